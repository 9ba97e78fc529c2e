#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""index --watch: a run for each change, and 130 in the end."""
import json
import os
import signal
import threading

import driver
from driver import INTERRUPTED

BOAT, BLUE, CAT = "red-boat-on-the-sea.jpg", "blue-boat-on-the-sea.jpg", "cat-in-the-desert.jpg"


class Watch(driver.Test):
    def totals(self, process):
        """Those of the next run."""
        timer = threading.Timer(driver.PATIENCE, process.kill)
        timer.start()
        try:
            for line in process.stdout:
                row = json.loads(line)
                if "photos" in row:
                    return row
        finally:
            timer.cancel()
        self.fail("no run came")

    def test_watch(self):
        self.add_samples(BOAT)
        process = self.start("index", str(self.photos), "--watch")
        self.assertEqual(self.totals(process)["indexed"], 1)
        self.add_samples(BLUE)
        row = self.totals(process)
        self.assertEqual((row["indexed"], row["unchanged"]), (1, 1))
        below = self.photos / "below"
        below.mkdir()
        os.rename(self.photos / BLUE, below / BLUE)
        self.assertEqual(self.totals(process)["moved"], 1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=driver.PATIENCE)
        self.assertEqual((process.returncode, errors), (INTERRUPTED, b""))

    def test_the_library_lies_in_the_folder(self):
        """What a run writes is not followed by another run."""
        self.library = self.photos / "library"
        self.environment["XDG_CACHE_HOME"] = str(self.photos / "cache")
        self.add_samples(BOAT)
        process = self.start("index", "--watch", str(self.photos))
        self.assertEqual(self.totals(process)["indexed"], 1)
        self.add_samples(CAT)
        row = self.totals(process)
        self.assertEqual((row["indexed"], row["photos"]), (1, 2))
        runs = []
        reader = threading.Thread(target=lambda: runs.extend(line for line in process.stdout if b'"photos"' in line))
        reader.start()
        reader.join(6)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(driver.PATIENCE), INTERRUPTED)
        reader.join()
        self.assertLessEqual(len(runs), 1)  # a late note of what was changed


if __name__ == "__main__":
    driver.main()
