#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""index, search, similar and problems: the shape of every line, and that every file is counted once."""
import os
import shutil

import driver
from driver import COULD_NOT_RUN, DONE, SAMPLES, SOME_FAILED

TOTALS = {"photos", "indexed", "unchanged", "moved", "failed", "ignored", "seconds", "photos_per_second", "device",
          "model"}
BOAT, BLUE, CAT = "red-boat-on-the-sea.jpg", "blue-boat-on-the-sea.jpg", "cat-in-the-desert.jpg"


def counts(totals):
    return {key: totals[key] for key in ("photos", "indexed", "unchanged", "moved", "failed", "ignored")}


class Index(driver.Test):
    def index(self, *folders, expect=DONE):
        """(totals, failures), after looking at every line."""
        rows = self.run_cli("index", *map(str, folders or [self.photos]), expect=expect).rows
        *others, totals = rows
        self.assertEqual(set(totals), TOTALS)
        progress = [row for row in others if set(row) == {"done", "total", "photos_per_second"}]
        failures = [row for row in others if set(row) == {"file", "reason", "detail"}]
        self.assertEqual(len(progress) + len(failures), len(others), rows)
        self.assertGreaterEqual(len(progress), 1)
        self.assertTrue(all(row["done"] <= row["total"] for row in progress), progress)
        self.assertEqual([row["done"] for row in progress], sorted(row["done"] for row in progress))
        self.assertEqual(len(failures), totals["failed"])
        return totals, failures

    def test_every_file_is_counted_once(self):
        self.add_samples(BOAT, BLUE, CAT)
        (self.photos / "notes.txt").write_text("no picture")
        (self.photos / "text.jpg").write_text("no picture either")
        (self.photos / "empty.png").write_bytes(b"")
        (self.photos / "cut.jpg").write_bytes((SAMPLES / BOAT).read_bytes()[:9000])
        totals, failures = self.index(expect=SOME_FAILED)
        self.assertEqual(counts(totals), {"photos": 3, "indexed": 3, "unchanged": 0, "moved": 0, "failed": 3,
                                          "ignored": 1})
        self.assertEqual(totals["device"], "cpu")
        reasons = {os.path.basename(row["file"]): row["reason"] for row in failures}
        self.assertEqual(reasons["text.jpg"], "not-an-image")
        self.assertEqual(reasons["cut.jpg"], "truncated")
        self.assertIn(reasons["empty.png"], ("not-an-image", "truncated"))
        self.assertTrue(all(row["detail"] for row in failures))

        problems = self.run_cli("problems").rows
        self.assertEqual({row["file"]: row["reason"] for row in problems},
                         {row["file"]: row["reason"] for row in failures})
        self.assertTrue(all(set(row) == {"file", "reason", "detail", "attempts"} and row["attempts"] == 1
                            for row in problems), problems)

    def test_a_second_run_has_little_to_do(self):
        self.add_samples(BOAT, CAT)
        self.index()
        self.add_samples(BLUE)
        totals, _ = self.index()
        self.assertEqual(counts(totals), {"photos": 3, "indexed": 1, "unchanged": 2, "moved": 0, "failed": 0,
                                          "ignored": 0})

    def test_a_moved_file_costs_nothing(self):
        boat, _ = self.add_samples(BOAT, CAT)
        self.index()
        boat.rename(self.photos / "renamed.jpg")
        totals, _ = self.index()
        self.assertEqual(counts(totals), {"photos": 2, "indexed": 0, "unchanged": 1, "moved": 1, "failed": 0,
                                          "ignored": 0})
        first = self.run_cli("search", "red boat on the sea").rows[0]
        self.assertEqual(first["file"], str(self.photos / "renamed.jpg"))

    def test_a_file_that_is_mended(self):
        broken = self.photos / "photo.jpg"
        broken.write_text("not yet")
        self.index(expect=SOME_FAILED)
        shutil.copy(SAMPLES / CAT, broken)
        self.assertEqual(counts(self.index()[0])["indexed"], 1)
        self.assertEqual(self.run_cli("problems").rows, [])

    def test_retry(self):
        broken, = self.add_samples(BOAT)
        stamp = os.stat(broken)
        broken.write_bytes(b"x" * stamp.st_size)
        os.utime(broken, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        self.index(expect=SOME_FAILED)
        shutil.copy(SAMPLES / BOAT, broken)
        os.utime(broken, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        self.assertEqual(self.run_cli("problems", "--retry").rows, [])
        self.assertEqual(self.run_cli("search", "boat").rows[-1]["total"], 1)

    def test_a_folder_that_is_not_there(self):
        self.add_samples(BOAT)
        answer = self.run_cli("index", str(self.home / "nowhere"), expect=None)
        self.assertIn(answer.status, (SOME_FAILED, COULD_NOT_RUN))
        said = answer.errors + answer.output.decode()
        self.assertIn("nowhere", said)
        self.assertEqual(counts(self.index()[0])["photos"], 1)

    def test_a_folder_that_may_not_be_read(self):
        if os.geteuid() != 0:
            self.closed_folder(as_nobody=False)
        elif shutil.which("setpriv") is None:
            self.skipTest("root reads everything, and there is no setpriv")
        else:
            try:
                self.closed_folder(as_nobody=True)
            except PermissionError as error:  # the build lies where only root may look
                self.skipTest(str(error))

    def closed_folder(self, as_nobody):
        self.add_samples(BOAT)
        closed = self.photos / "closed"
        closed.mkdir()
        self.add_samples(CAT, folder=closed)
        if as_nobody:
            for path in (self.home, self.photos):
                os.chown(path, 65534, 65534)
            os.chmod(self.home, 0o755)
        os.chmod(closed, 0)
        self.addCleanup(os.chmod, closed, 0o755)
        answer = self.run_cli("index", str(self.photos), expect=SOME_FAILED, as_nobody=as_nobody)
        failure, = [row for row in answer.rows if "reason" in row]
        self.assertEqual((failure["file"], failure["reason"]), (str(closed), "no-permission"))
        self.assertEqual(answer.rows[-1]["indexed"], 1)

    def test_for_people(self):
        self.add_samples(BOAT)
        (self.photos / "text.jpg").write_text("no picture")
        answer = self.run_bare(*self.command("index", str(self.photos))[1:], expect=SOME_FAILED)
        self.assertIn("1 indexed", answer.output.decode())
        self.assertIn("text.jpg", answer.errors)
        self.assertIn("not-an-image", answer.errors)
        quiet = self.run_bare(*self.command("index", str(self.photos), "--quiet")[1:], expect=None)
        self.assertEqual(quiet.output, b"")


class Search(driver.Test):
    def setUp(self):
        super().setUp()
        self.paths = self.add_samples(BOAT, BLUE, CAT, "dog-in-the-desert.jpg", "red-boat-on-the-sea-at-night.jpg")
        self.run_cli("index", str(self.photos))

    def hits(self, *arguments, total=None):
        *hits, last = self.run_cli(*arguments).rows
        self.assertEqual(set(last), {"total", "strong", "searched", "photos", "generation", "milliseconds"})
        self.assertEqual(last["total"], len(self.paths) if total is None else total)
        self.assertGreaterEqual(last["milliseconds"], 0)
        for rank, hit in enumerate(hits, 1):
            self.assertEqual(set(hit), {"rank", "score", "file", "strong", "caption"})
            self.assertEqual(hit["rank"], rank)
            self.assertTrue(os.path.isabs(hit["file"]) and os.path.exists(hit["file"]))
            self.assertIsInstance(hit["strong"], bool)
        self.assertEqual([hit["score"] for hit in hits], sorted((hit["score"] for hit in hits), reverse=True))
        return [os.path.basename(hit["file"]) for hit in hits]

    def test_words(self):
        self.assertEqual(self.hits("search", "a blue boat on the sea")[0], BLUE)
        self.assertEqual(self.hits("search", "a", "cat", "in", "the", "desert")[0], CAT)

    def test_limit(self):
        self.assertEqual(len(self.hits("search", "boat", "--limit", "2")), 2)
        self.assertEqual(len(self.hits("search", "boat", "--limit", "100")), len(self.paths))
        self.assertEqual(len(self.hits("search", "boat", "--limit", "1", "--all")), len(self.paths))

    def test_without_a_word(self):
        names = self.hits("search", "--", "desert", "-cat")
        self.assertEqual(names[0], "dog-in-the-desert.jpg")

    def test_with_a_picture(self):
        self.assertEqual(self.hits("search", "--image", str(SAMPLES / CAT))[0], CAT)

    def test_without_a_picture(self):
        names = self.hits("search", "boat", "--without-image", str(SAMPLES / "red-boat-on-the-sea-at-night.jpg"))
        self.assertNotEqual(names[0], "red-boat-on-the-sea-at-night.jpg")

    def test_in_a_folder(self):
        other = self.home / "other folder"
        other.mkdir()
        self.add_samples("tiger-in-the-snow.jpg", folder=other)
        self.run_cli("index", str(other))
        *hits, last = self.run_cli("search", "boat", f"folder:{other}").rows
        self.assertEqual([hit["file"] for hit in hits], [str(other / "tiger-in-the-snow.jpg")])
        self.assertEqual(last["total"], 1)

    def test_similar(self):
        without_itself = len(self.paths) - 1
        names = self.hits("similar", str(self.photos / BOAT), total=without_itself)
        self.assertNotIn(BOAT, names)
        self.assertEqual(len(names), len(self.paths) - 1)
        self.assertEqual(self.hits("similar", str(self.photos / BOAT), "--less", "red", "--more", "blue",
                                   total=without_itself)[0], BLUE)
        self.assertEqual(self.hits("similar", str(self.photos / BOAT), "--less", "day", "--more", "night",
                                   "--strength", "1.5", total=without_itself)[0], "red-boat-on-the-sea-at-night.jpg")

    def test_similar_but_not_at_all(self):
        total = len(self.paths) - 1
        self.assertEqual(self.hits("similar", str(self.photos / BOAT), "--less", "boat", "--more", "cat",
                                   "--strength", "0", total=total),
                         self.hits("similar", str(self.photos / BOAT), total=total))

    def test_similar_to_a_stranger(self):
        self.assertEqual(self.hits("similar", str(SAMPLES / "cat-in-the-mountains.jpg"), "--less", "mountains",
                                   "--more", "desert")[0], CAT)

    def test_similar_to_nothing(self):
        gone = self.home / "gone.jpg"
        self.assert_one_line(self.run_cli("similar", str(gone), expect=COULD_NOT_RUN), gone)
        words = self.home / "words.jpg"
        words.write_text("words")
        self.assert_one_line(self.run_cli("similar", str(words), expect=COULD_NOT_RUN), words)

    def test_for_people(self):
        answer = self.run_bare(*self.command("search", "blue boat on the sea", "--limit", "2")[1:], expect=DONE)
        lines = [line for line in answer.output.decode().splitlines() if "──" not in line]
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], rf"^ +1 +-?\d\.\d\d\d  .*{BLUE}")
        self.assertEqual(len(answer.error_lines), 1)

    def test_an_empty_library(self):
        self.library = self.home / "empty"
        rows = self.run_cli("search", "boat").rows
        self.assertEqual([row["total"] for row in rows], [0])


if __name__ == "__main__":
    driver.main()
