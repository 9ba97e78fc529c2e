#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person with a screen reader or another language would miss, found in the templates.

    check-templates.py UI_FOLDER

- A control without words of its own has an accessible label; one with words has none, for both would be read.
- Words for people are marked as translatable; a mnemonic label is spelt out for screen readers.
"""
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CONTROLS = {"GtkButton", "GtkMenuButton", "GtkToggleButton", "GtkEntry", "GtkSearchEntry", "GtkScale", "GtkSpinner",
            "GtkGridView", "GtkListView", "GtkListBox", "GtkFlowBox", "GtkProgressBar"}
WORDS = {"label", "title", "description", "subtitle", "tooltip-text", "placeholder-text"}


def complaints(tree):
    for thing in tree.iter("object"):
        label = thing.find("accessibility/property[@name='label']")
        words = thing.find("property[@name='label']")
        if thing.get("class") in CONTROLS and label is None and words is None:
            yield f"{thing.get('class')} “{thing.get('id')}” has no accessible label"
        if label is not None and words is not None:
            yield f"{thing.get('class')} “{thing.get('id')}” would be read twice"
    for words in tree.iter("property"):
        if words.get("name") in WORDS and words.text and any(c.isalpha() for c in words.text):
            if words.get("translatable") != "yes":
                yield f"“{words.text}” is not marked as translatable"


def main():
    failed = 0
    for path in sorted(Path(sys.argv[1]).glob("*.ui")):
        for complaint in complaints(ElementTree.parse(path)):
            print(f"{path.name}: {complaint}")
            failed = 1
    return failed


sys.exit(main())
