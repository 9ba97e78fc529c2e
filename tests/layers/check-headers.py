#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every header compiles by itself, in the order nobody thought of.

    check-headers.py SOURCE_ROOT BUILD_ROOT COMPILER...
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def flags_of(folder, commands):
    """Include and define flags that the build uses for the folder's sources."""
    for entry in commands:
        if Path(entry["file"]).parent.name == folder:
            words = entry["command"].split()
            base = Path(entry["directory"])
            kept = [w for w in words if w.startswith(("-I", "-D", "-isystem", "-pthread"))]
            return ["-I" + str(base / w[2:]) if w.startswith("-I") and not w[2:].startswith("/") else w.replace("'", "").replace('\\"', '"') for w in kept]
    return []


def main(root, build, *compiler):
    commands = json.loads((Path(build) / "compile_commands.json").read_text())
    failed = 0
    for header in sorted(Path(root, "src").glob("*/*.h")):
        with tempfile.NamedTemporaryFile("w", suffix=".c") as unit:
            unit.write(f'#include "{header}"\nextern int nothing;\n')
            unit.flush()
            command = [*compiler, "-std=gnu11", "-fsyntax-only", "-Werror", *flags_of(header.parent.name, commands), unit.name]
            result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            failed += 1
            print(header, result.stderr, sep="\n")
    print(failed, "headers failed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
