#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""File names of every kind, as paths and as URIs, in and out."""
import os
import shutil
from urllib.parse import quote_from_bytes, unquote_to_bytes

import driver
from driver import SAMPLES, SOME_FAILED

NAMES = [
    b"with space.jpg", b"new\nline.jpg", b"tab\tand\\backslash.jpg", b'"quotes".jpg', b"-dash.jpg", b"--json",
    b"100%25.jpg", b"umlaut-\xc3\xa4.jpg", b"latin1-\xe4.jpg", b"http:odd.jpg", b"#frag?query.jpg", b"\xf0\x9f\x90\x95.jpg",
]


def to_bytes(name):
    """What a "file" member says, as the bytes of the path."""
    if name.startswith("file://"):
        return unquote_to_bytes(name[len("file://"):])
    return name.encode()


def is_text(name):
    try:
        return bool(name.decode())
    except UnicodeDecodeError:
        return False


class Names(driver.Test):
    def setUp(self):
        super().setUp()
        pictures = sorted(SAMPLES.glob("*.jpg"))
        self.paths = [os.fsencode(self.photos) + b"/" + name for name in NAMES]
        for path, picture in zip(self.paths, pictures):
            shutil.copy(os.fsencode(picture), path)

    def assert_named(self, text, path):
        self.assertEqual(to_bytes(text), path)
        self.assertEqual(text.startswith("file://"), not is_text(path))

    def test_index_and_search(self):
        totals = self.run_cli("index", str(self.photos)).rows[-1]
        self.assertEqual((totals["indexed"], totals["failed"], totals["ignored"]), (len(NAMES), 0, 0))
        *hits, _ = self.run_cli("search", "boat", "--all").rows
        self.assertEqual(sorted(to_bytes(hit["file"]) for hit in hits), sorted(self.paths))
        for hit in hits:
            self.assert_named(hit["file"], to_bytes(hit["file"]))
        self.similar_to_each()

    def similar_to_each(self):
        for path in self.paths[8:9] + self.paths[1:2]:
            *hits, _ = self.run_cli("similar", path, "--all").rows
            self.assertEqual(len(hits), len(NAMES) - 1)
            self.assertNotIn(path, [to_bytes(hit["file"]) for hit in hits])

    def test_embed_paths_and_uris(self):
        uris = ["file://" + quote_from_bytes(path) for path in self.paths]
        rows = self.run_cli("embed", *self.paths, *uris).rows
        for row, path in zip(rows, self.paths * 2, strict=True):
            self.assert_named(row["file"], path)
        for first, second in zip(rows[:len(NAMES)], rows[len(NAMES):]):
            self.assertEqual(first["embedding"], second["embedding"])

    def test_relative_names(self):
        shutil.copy(SAMPLES / "cat-in-the-desert.jpg", self.home / "-x.jpg")
        shutil.copy(SAMPLES / "cat-in-the-desert.jpg", self.home / "a:b.jpg")
        rows = self.run_bare("--device", "cpu", "embed", "--json", "a:b.jpg", "--", "-x.jpg", expect=0).rows
        self.assertEqual([row["file"] for row in rows], [str(self.home / "a:b.jpg"), str(self.home / "-x.jpg")])

    def test_failures_are_named_likewise(self):
        for path in self.paths:
            with open(path, "wb") as broken:
                broken.write(b"\xff\xd8\xff\xe0 no more")
        failures = [row for row in self.run_cli("index", str(self.photos), expect=SOME_FAILED).rows if "reason" in row]
        self.assertEqual(sorted(to_bytes(row["file"]) for row in failures), sorted(self.paths))
        problems = self.run_cli("problems").rows
        self.assertEqual(sorted(to_bytes(row["file"]) for row in problems), sorted(self.paths))

    def test_a_line_for_people_stays_one(self):
        with open(self.paths[1], "wb") as broken:
            broken.write(b"\xff\xd8\xff\xe0 no more")
        answer = self.run_bare(*self.command("index", str(self.photos), "--quiet")[1:], expect=SOME_FAILED)
        self.assert_one_line(answer, "new\\nline.jpg")


if __name__ == "__main__":
    driver.main()
