#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bundled model is good for: captions find their pictures, and edits the pictures they describe.

    test-samples.py PROGRAM DEVICE
"""
import glob
import json
import os
import sys

import driver
from driver import SAMPLES

DEVICE = driver.MORE[0]
DESCRIBED = json.loads((SAMPLES / "captions.json").read_text())
CAPTIONS_FIRST = 44  # of 48; open_clip itself brings 45 first


def has_software_vulkan():
    folders = ("/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d")
    return any(glob.glob(os.path.join(folder, "lvp_icd*.json")) for folder in folders)


class Samples(driver.Test):
    def command(self, *arguments):
        return [driver.PROGRAM, "--library", str(self.library), "--device", DEVICE, *arguments]

    def names(self, *arguments):
        *hits, _ = self.run_cli(*arguments).rows
        return [os.path.basename(hit["file"]) for hit in hits]

    def test_samples(self):
        totals = self.run_cli("index", str(SAMPLES)).rows[-1]
        self.assertEqual((totals["photos"], totals["indexed"], totals["failed"]), (48, 48, 0))
        self.assertEqual(totals["device"].split(":")[0], DEVICE.replace("software-", ""))
        self.captions()
        self.edits()

    def captions(self):
        wrong = [picture["caption"] for picture in DESCRIBED["pictures"]
                 if self.names("search", picture["caption"], "--limit", "1") != [picture["file"]]]
        self.assertEqual(len(DESCRIBED["pictures"]), 48)
        self.assertLessEqual(len(wrong), 48 - CAPTIONS_FIRST, wrong)

    def edits(self):
        self.assertEqual(len(DESCRIBED["edits"]), 12)
        for edit in DESCRIBED["edits"]:
            names = self.names("similar", str(SAMPLES / edit["picture"]), "--less", edit["from"], "--more", edit["to"],
                               "--limit", "3")
            self.assertIn(edit["expect"], names, edit)


if __name__ == "__main__":
    if DEVICE == "software-vulkan" and not has_software_vulkan():
        print("Mesa's software Vulkan driver is not installed")
        sys.exit(driver.SKIP)
    driver.main()
