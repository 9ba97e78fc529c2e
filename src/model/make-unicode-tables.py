#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes model-unicode-tables.c: what the tokenizer must know of Unicode, as the reference knows it.

    python3 make-unicode-tables.py > model-unicode-tables.c      (needs the package `regex`)

Letters and numbers are those of `regex`, lower case and the context of the final sigma those of Python's
str.lower, widths those of NFKC, names those of HTML 5.  GLib's own tables change with its version; these do not.
"""
import html.entities
import unicodedata

import regex

POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(points):
    out = []
    for c in points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def write_ranges(name, points):
    rows = ranges(points)
    print(f"\nconst ModelUnicodeRange {name}[] = {{")
    for k in range(0, len(rows), 6):
        print("  " + " ".join(f"{{ 0x{a:x}, 0x{b:x} }}," for a, b in rows[k:k + 6]))
    print(f"}};\nconst gsize n_{name} = {len(rows)};")


def write_pairs(name, pairs):
    print(f"\nconst ModelUnicodePair {name}[] = {{")
    for k in range(0, len(pairs), 6):
        print("  " + " ".join(f"{{ 0x{a:x}, 0x{b:x} }}," for a, b in pairs[k:k + 6]))
    print(f"}};\nconst gsize n_{name} = {len(pairs)};")


def sigma(text):
    return text.lower().endswith("ς")


def main():
    letter, number = regex.compile(r"\p{L}"), regex.compile(r"\p{N}")
    print("/* SPDX-License-Identifier: GPL-3.0-or-later */\n/* Written by make-unicode-tables.py. */")
    print('/* clang-format off */\n#include "model-unicode-tables.h"')
    write_ranges("model_unicode_letters", [c for c in POINTS if letter.match(chr(c))])
    write_ranges("model_unicode_numbers", [c for c in POINTS if number.match(chr(c))])
    ignorable = {c for c in POINTS if sigma("a" + chr(c) + "Σ") and not sigma(chr(c) + "Σ")}
    write_ranges("model_unicode_case_ignorable", sorted(ignorable))
    write_ranges("model_unicode_cased", [c for c in POINTS if sigma(chr(c) + "Σ")])
    write_pairs("model_unicode_lower", [(c, ord(chr(c).lower())) for c in POINTS if chr(c).lower() != chr(c) and len(chr(c).lower()) == 1])
    wide = [(c, unicodedata.normalize("NFKC", chr(c))) for c in [0x3000, *range(0xFF01, 0xFFF0)]]
    write_pairs("model_unicode_width", [(c, ord(n)) for c, n in wide if n != chr(c) and len(n) == 1])
    print("\n/* Sorted by name; a name without semicolon is one that HTML 5 also reads without. */")
    print("const ModelEntity model_unicode_entities[] = {")
    names = sorted(html.entities.html5.items(), key=lambda item: item[0].encode())
    for name, value in names:
        text = "".join(f"\\x{b:02x}" for b in value.encode())
        print(f'  {{ "{name}", "{text}" }},')
    print(f"}};\nconst gsize n_model_unicode_entities = {len(names)};")


if __name__ == "__main__":
    main()
