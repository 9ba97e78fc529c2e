#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line accepts and refuses, before anything is opened."""
import driver
from driver import COULD_NOT_RUN, DONE, USAGE

COMMANDS = ["index", "search", "similar", "embed", "tokenize", "models", "problems", "doctor"]
NOT_YET = ["caption", "compare", "teach", "evaluate", "export", "bench"]


class Help(driver.Test):
    def test_help_lists_every_command(self):
        text = self.run_bare("--help", expect=DONE).output.decode()
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} ")
        for command in NOT_YET:
            self.assertNotRegex(text, rf"(?m)^  {command}\b")

    def test_commands_help(self):
        for command in COMMANDS:
            text = self.run_bare(command, "--help", expect=DONE).output.decode()
            for option in ("--library", "--model", "--device", "--json", "--precision", "--quiet"):
                self.assertIn(option, text, command)

    def test_version(self):
        self.assertRegex(self.run_bare("--version", expect=DONE).output.decode(), r"^eidetic-cli \d+\.\d+\.\d+\n$")


class Refused(driver.Test):
    def refuse(self, *arguments, words=()):
        answer = self.run_bare(*arguments, expect=USAGE)
        self.assertEqual(answer.output, b"")
        self.assert_one_line(answer, *words)

    def test_no_command(self):
        self.refuse()
        self.refuse("--json")

    def test_unknown_commands(self):
        self.refuse("frobnicate", words=["unknown command", "frobnicate"])
        for command in NOT_YET:
            self.refuse(command, words=["unknown command", command])

    def test_unknown_options(self):
        self.refuse("--frobnicate", words=["--frobnicate"])
        self.refuse("search", "boat", "--frobnicate", words=["--frobnicate"])

    def test_a_minus_word_needs_the_dashes(self):
        self.refuse("search", "boat", "-windmill", words=["-windmill"])

    def test_missing_arguments(self):
        for command in ("index", "search", "similar", "embed", "tokenize"):
            self.refuse(command, words=["--help"])
        self.refuse("similar", "a.jpg", "b.jpg")
        self.refuse("models", "use")
        self.refuse("models", "fetch", "ViT-B-32")
        self.refuse("problems", "everything", words=["everything"])
        self.refuse("doctor", "who", words=["who"])

    def test_bad_values(self):
        self.refuse("search", "boat", "--limit", "0", words=["--limit"])
        self.refuse("search", "boat", "--limit", "-3", words=["--limit"])
        self.refuse("search", "boat", "--limit", "many", words=["many"])
        self.refuse("similar", "a.jpg", "--strength", "nan", words=["--strength"])
        self.refuse("similar", "a.jpg", "--strength", "much", words=["much"])
        self.refuse("--precision", "sloppy", "search", "boat", words=["sloppy"])
        self.refuse("--device", "gpu", "search", "boat", words=["gpu"])
        self.refuse("--device", "vulkan:x", "search", "boat", words=["vulkan:x"])
        self.refuse("--library", "", "search", "boat", words=["--library"])
        self.refuse("index", "", words=["empty"])
        self.refuse("index", ".", "--rate", "-1", words=["--rate"])
        self.refuse("index", ".", "--rate", "nan", words=["--rate"])
        self.refuse("index", ".", "--rate", "fast", words=["fast"])
        self.refuse("embed", "https://example.org/a.jpg", words=["https://example.org/a.jpg"])

    def test_a_bad_date(self):
        answer = self.run_cli("search", "date:soon", expect=USAGE)
        self.assert_one_line(answer, "soon")

    def test_one_line_whatever_the_name(self):
        self.refuse("a\nb", words=["a\\nb"])
        self.refuse(b"\xff\xfe", words=["unknown command"])


class Accepted(driver.Test):
    def tokens(self, *arguments):
        return self.run_bare(*arguments, expect=DONE).rows

    def test_common_options_anywhere(self):
        wanted = self.tokens("--json", "--library", "l", "tokenize", "a boat")
        self.assertEqual(self.tokens("tokenize", "--json", "--library", "l", "a boat"), wanted)
        self.assertEqual(self.tokens("tokenize", "a boat", "--library=l", "--json", "--quiet"), wanted)
        self.assertEqual(self.tokens("--device", "cpu", "tokenize", "a boat", "--precision", "fast", "--json"), wanted)

    def test_the_last_one_counts(self):
        answer = self.run_bare("--model", "nonsense", "tokenize", "--model", driver.DEMO_MODEL, "a", expect=DONE)
        self.assertEqual(answer.errors, "")

    def test_dashes_end_the_options(self):
        rows = self.tokens("tokenize", "--json", "--", "--json", "-boat", "--")
        self.assertEqual([row["text"] for row in rows], ["--json", "-boat", "--"])

    def test_a_device_that_is_not_there(self):
        answer = self.run_bare("embed", "--text", "a", "--device", "vulkan:99", "--json", expect=COULD_NOT_RUN)
        self.assertEqual(answer.output, b"")
        self.assert_one_line(answer, "vulkan:99")

    def test_standard_output_that_is_full(self):
        with open("/dev/full", "wb") as full:
            import subprocess
            done = subprocess.run([driver.PROGRAM, "tokenize", "a", "--json"], stdout=full, stderr=subprocess.PIPE,
                                  env=self.environment, timeout=driver.PATIENCE)
        self.assertEqual(done.returncode, COULD_NOT_RUN)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    driver.main()
