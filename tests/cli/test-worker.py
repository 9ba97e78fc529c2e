#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers that crash, hang or cannot be started: the file is named, everything else goes on.

    test-worker.py PROGRAM FAULTY_WORKER

The faulty worker decodes as the real one does, except for files that ask for a fault.
"""
import json
import os
import pty
import subprocess
import time

import driver
from driver import COULD_NOT_RUN, INTERRUPTED, SAMPLES, SOME_FAILED

FAULTY = driver.MORE[0]
BOAT, CAT = "red-boat-on-the-sea.jpg", "cat-in-the-desert.jpg"


class Worker(driver.Test):
    def setUp(self):
        super().setUp()
        self.add_samples(BOAT, CAT)

    def fault(self, name):
        """A file that makes the worker misbehave; it lies between the sound ones."""
        (self.photos / f"d-{name}.jpg").write_text("FAULT " + name)

    def index_with(self, **reasons):
        for name in reasons:
            self.fault(name.replace("_", "-"))
        answer = self.run_cli("index", str(self.photos), expect=SOME_FAILED, environment={"EIDETIC_WORKER": FAULTY})
        failures = {os.path.basename(row["file"]): row["reason"] for row in answer.rows if "reason" in row}
        self.assertEqual(failures, {f"d-{name.replace('_', '-')}.jpg": reason for name, reason in reasons.items()})
        self.assertEqual(answer.rows[-1]["indexed"], 2)
        first = self.run_cli("search", "a cat in the desert").rows[0]
        self.assertEqual(os.path.basename(first["file"]), CAT)

    def test_crashes(self):
        self.index_with(crash="decoder-crashed", abort="decoder-crashed", leave="decoder-crashed")

    def test_hangs(self):
        self.index_with(sleep="too-slow")

    def test_a_hang_delays_nothing_else(self):
        """One thread, and it hangs: another one stands in for it."""
        self.fault("sleep")
        begun = time.monotonic()
        process = self.start("index", str(self.photos), environment={"EIDETIC_WORKER": FAULTY, "EIDETIC_THREADS": "1"})
        for line in process.stdout:
            if json.loads(line).get("done") == 2:
                break
        self.assertLess(time.monotonic() - begun, 15)
        process.terminate()
        process.communicate(timeout=driver.PATIENCE)
        self.assertEqual(process.returncode, INTERRUPTED)

    def test_embed_goes_on_after_a_crash(self):
        self.fault("crash")
        answer = self.run_cli("embed", str(self.photos / "d-crash.jpg"), str(SAMPLES / BOAT), expect=SOME_FAILED,
                              environment={"EIDETIC_WORKER": FAULTY})
        crashed, boat = answer.rows
        self.assertEqual(crashed["reason"], "decoder-crashed")
        self.assertEqual(len(boat["embedding"]), 128)
        self.assert_one_line(answer, "d-crash.jpg")

    def test_progress_on_a_terminal(self):
        for number in range(40):  # a little more than a second of work
            (self.photos / f"{number}.jpg").write_text("FAULT work")
        try:
            terminal, inside = pty.openpty()
        except OSError as error:  # a bare chroot has none
            self.skipTest(str(error))
        process = subprocess.Popen(self.command("index", str(self.photos)), stdin=inside, stdout=inside, stderr=inside,
                                   env={**self.environment, "EIDETIC_WORKER": FAULTY})
        os.close(inside)
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
        os.close(terminal)
        self.assertEqual(process.wait(driver.PATIENCE), SOME_FAILED)
        self.assertRegex(shown, rb"\r\x1b\[K\d+ of \d+ photos")
        self.assertRegex(shown, rb"\r\x1b\[K42 photos: 2 indexed|\r\x1b\[K2 photos: 2 indexed|\n2 photos: 2 indexed")
        self.assertNotRegex(shown, rb"left\d")

    def test_no_worker(self):
        for program in ("/nonexistent/worker", "/bin/false", str(SAMPLES / BOAT)):
            answer = self.run_cli("embed", str(SAMPLES / BOAT), expect=COULD_NOT_RUN,
                                  environment={"EIDETIC_WORKER": program})
            self.assertEqual(answer.output, b"")
            self.assert_one_line(answer)
            answer = self.run_cli("index", str(self.photos), expect=COULD_NOT_RUN,
                                  environment={"EIDETIC_WORKER": program})
            self.assert_one_line(answer)
        self.assertEqual(self.run_cli("problems").rows, [])
        totals = self.run_cli("index", str(self.photos)).rows[-1]
        self.assertEqual((totals["indexed"], totals["failed"]), (2, 0))


if __name__ == "__main__":
    driver.main()
