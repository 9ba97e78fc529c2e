#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""clang-format decides style.  Skipped where it is missing or not version 14, whose verdict the tree follows.

    check-format.py SOURCE_ROOT
"""
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def main(root):
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not tool or " 14." not in subprocess.run([tool, "--version"], capture_output=True, text=True).stdout:
        return SKIPPED
    files = [f for part in ("src", "tests") for f in sorted(Path(root, part).rglob("*.[ch]"))]
    return subprocess.run([tool, "--dry-run", "-Werror", "--style=file", *files]).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
