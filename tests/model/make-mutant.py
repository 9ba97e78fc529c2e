#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies a source with one fault planted: make-mutant.py IN OUT OLD NEW.  OLD must stand in it exactly once."""
import sys
from pathlib import Path

source, target, old, new = sys.argv[1:]
text = Path(source).read_text(encoding="utf-8")
if text.count(old) != 1:
    sys.exit(f"{source}: “{old}” stands {text.count(old)} times, so no mutant can be made of it")
Path(target).write_text(text.replace(old, new), encoding="utf-8")
