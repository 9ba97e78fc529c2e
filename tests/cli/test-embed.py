#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""embed: vectors of pictures and texts without a library."""
import math

import driver
from driver import COULD_NOT_RUN, DONE, SAMPLES, SOME_FAILED

BOAT, CAT = SAMPLES / "red-boat-on-the-sea.jpg", SAMPLES / "cat-in-the-desert.jpg"


def cosine(a, b):
    return sum(x * y for x, y in zip(a["embedding"], b["embedding"]))


class Embed(driver.Test):
    def test_in_the_order_given(self):
        rows = self.run_cli("embed", "--text", "a red boat on the sea", str(BOAT), "--text", "a cat in the desert",
                            CAT.as_uri(), "--stdin", text="a boat\n\n").rows
        self.assertEqual([row.get("file") or row["text"] for row in rows],
                         ["a red boat on the sea", str(BOAT), "a cat in the desert", str(CAT), "a boat", ""])
        boat_text, boat, cat_text, cat, *_ = rows
        for row in rows:
            self.assertEqual(len(row["embedding"]), 128)
            self.assertAlmostEqual(cosine(row, row), 1, places=5)
            self.assertEqual("tokens" in row, "text" in row)
        self.assertGreater(cosine(boat_text, boat), cosine(boat_text, cat) + .2)
        self.assertGreater(cosine(cat_text, cat), cosine(cat_text, boat) + .2)

    def test_tokens_are_those_of_tokenize(self):
        row, = self.run_cli("embed", "--text", "a red boat").rows
        tokens, = self.run_cli("tokenize", "a red boat").rows
        self.assertEqual(row["tokens"], tokens["ids"])

    def test_numbers_keep_their_digits(self):
        row, = self.run_cli("embed", "--text", "a red boat", environment={"LC_ALL": "de_DE.UTF-8"}).rows
        exact = [math.frexp(number)[0] * 2 ** 24 for number in row["embedding"]]
        # Nine digits name one float: reading them gives numbers with 24 bits, to the rounding of the ninth digit.
        self.assertTrue(all(abs(number - round(number)) < .2 for number in exact))

    def test_the_same_every_time(self):
        first, second = (self.run_cli("embed", str(BOAT)).rows for _ in range(2))
        self.assertEqual(first, second)

    def test_fast_is_close_to_exact(self):
        exact, = self.run_cli("embed", str(BOAT), "--precision", "exact").rows
        fast, = self.run_cli("embed", str(BOAT), "--precision", "fast").rows
        self.assertGreater(cosine(exact, fast), .999)

    def test_a_file_that_fails_stops_nothing(self):
        text = self.home / "text.jpg"
        text.write_text("just words")
        gone = self.home / "gone.jpg"
        answer = self.run_cli("embed", str(text), str(BOAT), str(gone), "--text", "boat", expect=SOME_FAILED)
        first, boat, second, last = answer.rows
        self.assertEqual((first["file"], first["reason"]), (str(text), "not-an-image"))
        self.assertEqual((second["file"], second["reason"]), (str(gone), "gone"))
        self.assertTrue(first["detail"] and second["detail"])
        self.assertEqual((boat["file"], last["text"]), (str(BOAT), "boat"))
        self.assertEqual(len(answer.error_lines), 2, answer.errors)

    def test_a_model_that_is_none(self):
        answer = self.run_cli("embed", str(BOAT), str(CAT), "--model", str(self.photos), expect=COULD_NOT_RUN)
        self.assertEqual(answer.output, b"")
        self.assert_one_line(answer, self.photos)

    def test_for_people(self):
        answer = self.run_bare("--device", "cpu", "embed", "--text", "a boat", expect=DONE)
        name, numbers = answer.output.decode().rstrip("\n").split("\t")
        self.assertEqual((name, len(numbers.split())), ("a boat", 128))

    def test_no_library_is_made(self):
        self.run_cli("embed", "--text", "a")
        self.assertFalse(self.library.exists())


if __name__ == "__main__":
    driver.main()
