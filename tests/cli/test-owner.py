#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process owns the library; the others have their work done there, and go on by themselves when it goes away."""
import json
import shutil
import signal
import time

import driver
from driver import COULD_NOT_RUN, DEMO_MODEL, INTERRUPTED, SAMPLES


class Owner(driver.Test):
    def setUp(self):
        super().setUp()
        self.names = sorted(path.name for path in SAMPLES.glob("*.jpg"))
        self.add_samples(*self.names)

    def own(self):
        """A process that opens the library and stays."""
        self.library.mkdir(exist_ok=True)
        process = self.start("embed", "--stdin")
        process.stdin.write(b"anything\n")
        process.stdin.flush()
        self.assertIn("embedding", json.loads(process.stdout.readline()))
        self.assertEqual(self.owner(), process.pid)
        return process

    def owner(self):
        return int((self.library / "owner.lock").read_text())

    def index_all(self, **more):
        return self.run_cli("index", str(self.photos), **more).rows[-1]

    def many(self, copies):
        """More pictures, each of its own content."""
        for copy in range(copies):
            for name in self.names:
                data = (SAMPLES / name).read_bytes()
                (self.photos / f"{copy}-{name}").write_bytes(data + f"{copy}{name}".encode())

    def finish(self, process):
        output, errors = process.communicate(timeout=driver.PATIENCE)
        rows = [json.loads(line) for line in output.decode().splitlines()]
        return process.returncode, rows, errors.decode()

    def test_work_is_done_in_the_owner(self):
        owner = self.own()
        self.assertEqual(self.index_all()["indexed"], 48)
        alone = self.run_cli("search", "a boat", "--limit", "5").rows
        self.assertEqual(self.owner(), owner.pid)
        self.assertEqual(self.finish(owner)[0], 0)
        self.assertFalse((self.library / "owner.socket").exists())
        after = self.run_cli("search", "a boat", "--limit", "5").rows
        self.assertNotEqual(self.owner(), owner.pid)
        self.assertEqual(alone[:-1], after[:-1])
        self.assertEqual(alone[-1]["total"], after[-1]["total"])

    def test_everything_goes_through(self):
        self.own()
        (self.photos / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
        rows = self.run_cli("index", str(self.photos), expect=driver.SOME_FAILED).rows
        self.assertEqual([row["reason"] for row in rows if "reason" in row], ["truncated"])
        self.assertEqual(self.run_cli("problems").rows[0]["attempts"], 1)
        self.assertEqual(self.run_cli("problems", "--retry").rows[0]["attempts"], 2)
        picture = str(self.photos / self.names[0])
        self.assertEqual(len(self.run_cli("similar", picture, "--limit", "3").rows), 4)
        self.assertEqual(len(self.run_cli("search", "--image", picture, "--limit", "3").rows), 4)
        library = [row for row in self.run_cli("doctor").rows if row["check"] == "library"][0]
        self.assertTrue(library["ok"] and "48 photographs" in library["detail"], library)
        self.run_cli("models", "use", "demo")
        self.assertEqual([row["state"] for row in self.run_cli("models").rows if row["name"] == "demo"], ["in-use"])

    def test_errors_come_back_as_they_are(self):
        def errors():
            return (self.run_cli("index", str(self.home / "nowhere"), expect=COULD_NOT_RUN).errors,
                    self.run_cli("search", "--image", str(self.home / "no.jpg"), expect=COULD_NOT_RUN).errors)

        alone = errors()
        self.own()
        self.assertEqual(errors(), alone)

    def test_a_model_of_ones_own(self):
        """A client's options hold for its job, wherever that is done."""
        copy = self.home / "copy"
        shutil.copytree(DEMO_MODEL, copy)
        self.own()
        self.index_all()
        totals = self.run_bare("--library", str(self.library), "--device", "cpu", "--json", "--model", "./copy", "index",
                               str(self.photos), expect=driver.DONE).rows[-1]
        self.assertEqual((totals["model"], totals["indexed"] + totals["unchanged"]), ("copy", 48))

    def test_two_clients_and_the_owner_killed(self):
        self.many(12)
        total = 48 * 13
        for death in (signal.SIGKILL, signal.SIGTERM):
            shutil.rmtree(self.library, ignore_errors=True)
            owner = self.own()
            index = self.start("index", str(self.photos))
            progress = json.loads(index.stdout.readline())
            self.assertIn("done", progress)
            searches = [self.start("search", "boat", "--limit", "3") for _ in range(3)]
            owner.send_signal(death)
            for search in searches:
                status, rows, errors = self.finish(search)
                self.assertEqual(status, 0, errors)
                self.assertIn("total", rows[-1])
            status, rows, errors = self.finish(index)
            self.assertEqual(status, 0, errors)
            self.assertEqual(rows[-1]["photos"], total, rows[-1])
            again = self.index_all()
            self.assertEqual((again["unchanged"], again["indexed"]), (total, 0))

    def test_cancelled_by_its_client(self):
        self.many(12)
        owner = self.own()
        index = self.start("index", str(self.photos))
        json.loads(index.stdout.readline())
        index.send_signal(signal.SIGINT)
        status, _, errors = self.finish(index)
        self.assertEqual((status, errors), (INTERRUPTED, ""))
        self.assertIsNone(owner.poll())
        self.assertEqual(self.index_all()["photos"], 48 * 13)

    def test_a_client_that_is_killed(self):
        """Its run ends with it, so that the next one does not wait for it."""
        self.many(12)
        self.own()
        index = self.start("index", str(self.photos))
        json.loads(index.stdout.readline())
        index.kill()
        self.assertEqual(self.index_all()["photos"], 48 * 13)

    def test_an_owner_that_hangs(self):
        owner = self.own()
        owner.send_signal(signal.SIGSTOP)
        try:
            answer = self.run_cli("search", "boat", expect=COULD_NOT_RUN)
        finally:
            owner.send_signal(signal.SIGCONT)
        self.assert_one_line(answer, owner.pid, "does not answer")

    def test_left_behind_socket(self):
        self.own().kill()
        time.sleep(0.1)
        self.assertTrue((self.library / "owner.socket").exists())
        self.assertEqual(self.index_all()["indexed"], 48)

    def test_a_folder_too_deep_for_a_socket(self):
        self.library = self.home / ("x" * 120) / ("y" * 120)
        self.library.mkdir(parents=True)
        owner = self.own()
        self.assertEqual(self.index_all()["indexed"], 48)
        self.assertEqual(self.owner(), owner.pid)

    def test_many_at_once(self):
        """Fifty starts on one new library: each does its work, whoever comes to own it."""
        processes = [self.start("search", "boat", "--limit", "1") if i % 5 else self.start("index", str(self.photos)) for i in range(50)]
        for process in processes:
            status, rows, errors = self.finish(process)
            self.assertEqual(status, 0, errors)
        self.assertEqual(self.index_all()["unchanged"], 48)


if __name__ == "__main__":
    driver.main()
