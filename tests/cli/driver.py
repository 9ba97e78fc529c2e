# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real program on a library of its own, and reads what it answers.

A test file is started as  test-NAME.py PROGRAM [MORE...]  and ends with driver.main().
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

# Paths, as meson gives them, may be relative to the folder the test starts in; the program runs in another.
PROGRAM, *MORE = [os.path.abspath(a) if os.path.exists(a) else a for a in sys.argv[1:]] or [None]
DATA = Path(os.environ.get("EIDETIC_DATA_DIR", Path(__file__).parents[2] / "data"))
SAMPLES = DATA / "samples"
DEMO_MODEL = DATA / "demo-model" / "pack"
SKIP = 77
PATIENCE = 120  # seconds, for machines under load; nothing takes nearly as long

DONE, SOME_FAILED, USAGE, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 3, 130


class Answer:
    def __init__(self, status, output, errors):
        self.status, self.output = status, output
        self.errors = errors.decode("utf-8", "surrogateescape")
        self.error_lines = self.errors.splitlines()

    @property
    def rows(self):
        """The JSON objects, one a line: anything else on standard output is an error."""
        text = self.output.decode("utf-8")  # strict: JSON is UTF-8
        assert text == "" or text.endswith("\n"), text
        rows = [json.loads(line, parse_constant=self._refuse) for line in text.split("\n")[:-1]]
        assert all(isinstance(row, dict) for row in rows), text
        return rows

    @staticmethod
    def _refuse(constant):
        raise ValueError(f"{constant} is not JSON")


class Test(unittest.TestCase):
    """Each test has an empty home, an empty library and a folder to put photos into."""

    maxDiff = None

    def setUp(self):
        self.home = Path(tempfile.mkdtemp(prefix="eidetic-cli-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.library = self.home / "library"
        self.photos = self.home / "photos"
        self.photos.mkdir()
        self.environment = {
            **os.environ, "HOME": str(self.home), "TMPDIR": str(self.home), "EIDETIC_THREADS": "1",
            "XDG_DATA_HOME": str(self.home / "data"), "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_CONFIG_HOME": str(self.home / "config"), "XDG_STATE_HOME": str(self.home / "state"),
        }
        self.environment.pop("EIDETIC_DEVICE", None)

    def command(self, *arguments):
        return [PROGRAM, "--library", str(self.library), "--device", "cpu", *arguments]

    def run_bare(self, *arguments, text=b"", environment={}, expect=None, as_nobody=False):
        """Exactly these arguments."""
        if isinstance(text, str):
            text = text.encode()
        done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, timeout=PATIENCE,
                              cwd=self.home, env={**self.environment, **environment},
                              **({"user": "nobody", "group": "nogroup", "extra_groups": []} if as_nobody else {}))
        answer = Answer(done.returncode, done.stdout, done.stderr)
        if expect is not None:
            self.assertEqual(answer.status, expect, answer.errors)
        return answer

    def run_cli(self, *arguments, **more):
        """On the library of the test, on the processor, with JSON."""
        more.setdefault("expect", DONE)
        return self.run_bare(*self.command("--json", *arguments)[1:], **more)

    def start(self, *arguments, environment={}):
        process = subprocess.Popen(self.command(*arguments, "--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.home, env={**self.environment, **environment})
        self.addCleanup(self._stop, process)
        return process

    @staticmethod
    def _stop(process):
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()

    def add_samples(self, *names, folder=None):
        """Copies sample pictures into the folder of photos; their paths."""
        folder = folder or self.photos
        return [Path(shutil.copy(SAMPLES / name, folder / name)) for name in names]

    def assert_one_line(self, answer, *words):
        """One clear line on standard error, and it has these words."""
        self.assertEqual(len(answer.error_lines), 1, answer.errors)
        for word in words:
            self.assertIn(str(word), answer.errors)


def main():
    unittest.main(argv=[sys.argv[0]], verbosity=2)
