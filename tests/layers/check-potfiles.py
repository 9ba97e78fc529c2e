#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file with words for people is named in po/POTFILES.in, and no other: a forgotten one would stay English.

    check-potfiles.py SOURCE_ROOT
"""
import re
import sys
from pathlib import Path

MARKED = re.compile(r'\b(?:N?C?_|ngettext|g_dngettext) \("')


def has_words(path):
    text = path.read_text(encoding="utf-8")
    return bool(MARKED.search(text)) if path.suffix == ".c" else 'translatable="yes"' in text


def main():
    root = Path(sys.argv[1])
    named = [line for line in (root / "po/POTFILES.in").read_text().splitlines() if line and not line.startswith("#")]
    wanted = [p for p in [*root.glob("src/**/*.c"), *root.glob("ui/*.ui")] if has_words(p)]
    wanted += [p for pattern in ("*.desktop.in", "*.metainfo.xml.in", "*.gschema.xml") for p in root.glob("data/" + pattern)]
    wanted = sorted(str(p.relative_to(root)) for p in wanted)
    for name in sorted(set(wanted) ^ set(named)):
        print(f"po/POTFILES.in: {'misses' if name in wanted else 'names without need'} {name}")
    if named != sorted(named):
        print("po/POTFILES.in: not in order")
    return 0 if named == wanted else 1


sys.exit(main())
