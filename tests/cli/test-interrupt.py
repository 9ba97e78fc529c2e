#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted at work: status 130 soon, and a later run finishes what is left.

    test-interrupt.py PROGRAM FAULTY_WORKER
"""
import json
import signal

import driver
from driver import INTERRUPTED, SAMPLES

FAULTY = driver.MORE[0]


class Interrupt(driver.Test):
    def setUp(self):
        super().setUp()
        self.names = sorted(path.name for path in SAMPLES.glob("*.jpg"))[:12]
        self.add_samples(*self.names)
        # In the end the run waits here for twenty seconds: it is at work when the signal comes.
        (self.photos / "zz-sleep.jpg").write_text("FAULT sleep")

    def interrupt(self, number):
        process = self.start("index", str(self.photos), environment={"EIDETIC_WORKER": FAULTY})
        line = json.loads(process.stdout.readline())
        self.assertEqual(set(line), {"done", "total", "photos_per_second"})
        process.send_signal(number)
        output, errors = process.communicate(timeout=driver.PATIENCE)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertEqual(errors, b"")
        self.assertFalse([line for line in output.decode().splitlines() if "photos" in json.loads(line)])

    def finish(self):
        (self.photos / "zz-sleep.jpg").unlink()
        totals = self.run_cli("index", str(self.photos)).rows[-1]
        self.assertEqual(totals["indexed"] + totals["unchanged"], len(self.names), totals)
        self.assertEqual(totals["failed"], 0)
        self.assertEqual(self.run_cli("search", "boat").rows[-1]["total"], len(self.names))

    def test_interrupted(self):
        self.interrupt(signal.SIGINT)
        self.finish()

    def test_terminated(self):
        self.interrupt(signal.SIGTERM)
        self.finish()

    def test_killed(self):
        process = self.start("index", str(self.photos), environment={"EIDETIC_WORKER": FAULTY})
        process.stdout.readline()
        process.kill()
        process.wait(driver.PATIENCE)
        self.finish()


if __name__ == "__main__":
    driver.main()
