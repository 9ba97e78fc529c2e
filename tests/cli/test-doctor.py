#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""doctor: each check a line; the status says whether all were good."""
import driver
from driver import DONE, SOME_FAILED


class Doctor(driver.Test):
    def checks(self, *arguments, expect=DONE):
        rows = self.run_cli("doctor", *arguments, expect=expect).rows
        self.assertTrue(all(set(row) == {"check", "ok", "detail"} and row["detail"] for row in rows), rows)
        return {row["check"]: row["ok"] for row in rows}

    def test_a_sound_machine(self):
        checks = self.checks()
        self.assertTrue(all(checks.values()))
        for what in ("cpu", "model", "library"):
            self.assertTrue(any(what in check for check in checks), checks)

    def test_a_model_that_is_none(self):
        checks = self.checks("--model", str(self.photos), expect=SOME_FAILED)
        self.assertEqual([ok for check, ok in checks.items() if "model" in check], [False])

    def test_a_library_that_is_scrap(self):
        self.add_samples("red-boat-on-the-sea.jpg")
        self.run_cli("index", str(self.photos))
        store, = self.library.rglob("data.mdb")
        store.write_bytes(b"scrap" * 4096)
        checks = self.checks(expect=SOME_FAILED)
        self.assertEqual([ok for check, ok in checks.items() if "library" in check], [False])

    def test_for_people(self):
        answer = self.run_bare(*self.command("doctor")[1:], expect=DONE)
        self.assertTrue(all(line.startswith("✓") for line in answer.output.decode().splitlines()))


if __name__ == "__main__":
    driver.main()
