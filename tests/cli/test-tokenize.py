#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tokenize: ids of the bundled vocabulary, and texts of every kind through arguments and standard input."""
import json

import driver
from driver import DONE, INTERRUPTED

VOCABULARY = json.loads((driver.DEMO_MODEL / "vocab.json").read_text(encoding="utf-8"))
START, END = VOCABULARY["<|startoftext|>"], VOCABULARY["<|endoftext|>"]


def ids(*words):
    return [START] + [VOCABULARY[word + "</w>"] for word in words] + [END]


class Tokenize(driver.Test):
    def test_ids(self):
        rows = self.run_cli("tokenize", "a red boat", "A Red  BOAT ", "").rows
        self.assertEqual(rows, [
            {"text": "a red boat", "ids": ids("a", "red", "boat")},
            {"text": "A Red  BOAT ", "ids": ids("a", "red", "boat")},
            {"text": "", "ids": ids()},
        ])

    def test_a_long_text_is_cut_to_the_context(self):
        row, = self.run_cli("tokenize", "boat " * 100).rows
        self.assertEqual(row["ids"], ids(*["boat"] * 30))

    def test_standard_input(self):
        text = 'a boat\n"quoted"\n\nlast'
        rows = self.run_cli("tokenize", "first", "--stdin", text=text).rows
        self.assertEqual([row["text"] for row in rows], ["first", "a boat", '"quoted"', "", "last"])
        self.assertEqual(rows[1]["ids"], ids("a", "boat"))

    def test_every_character_comes_back(self):
        text = "\"\\/\b\f\t\r \x01\x1f\x7f é 🐕 \u2028 \U0010ffff"
        for row in self.run_cli("tokenize", text).rows + self.run_cli("tokenize", "--stdin", text=text + "\n").rows:
            self.assertEqual(row["text"], text)

    def test_a_row_is_a_line_for_every_reader(self):
        answer = self.run_cli("tokenize", "a\u2028b\u2029c\x85d\x0be\x1cf")
        self.assertEqual(len(answer.output.decode().splitlines()), 1)
        self.assertEqual(answer.rows[0]["text"], "a\u2028b\u2029c\x85d\x0be\x1cf")

    def test_what_is_not_text_is_repaired(self):
        row, = self.run_cli("tokenize", b"a \xff\xfe boat").rows
        self.assertNotIn("\ufffe", row["text"])
        self.assertTrue(row["text"].startswith("a ") and row["text"].endswith(" boat"))
        row, = self.run_cli("tokenize", "--stdin", text=b"nul\0 \xc3\n").rows
        self.assertEqual(row["text"], "nul\ufffd \ufffd")

    def test_texts_do_not_depend_on_the_locale(self):
        for locale in ("C", "C.UTF-8"):
            row, = self.run_cli("tokenize", "Über 🐕", environment={"LC_ALL": locale}).rows
            self.assertEqual(row["text"], "Über 🐕")

    def test_for_people(self):
        answer = self.run_bare("tokenize", "a boat", expect=DONE)
        self.assertEqual(answer.output.decode(), " ".join(map(str, ids("a", "boat"))) + "\n")

    def test_no_library_is_made(self):
        self.run_cli("tokenize", "a")
        self.assertFalse(self.library.exists())

    def test_interrupted_while_waiting_for_input(self):
        process = self.start("tokenize", "first", "--stdin")
        self.assertEqual(json.loads(process.stdout.readline())["text"], "first")
        process.stdin.write(b"second\n")
        process.stdin.flush()
        self.assertEqual(json.loads(process.stdout.readline())["text"], "second")
        process.send_signal(driver.signal.SIGINT)
        self.assertEqual(process.wait(driver.PATIENCE), INTERRUPTED)


if __name__ == "__main__":
    driver.main()
