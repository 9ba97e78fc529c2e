# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn, captioned holiday scenes: what the demo model learns from and is measured on.

A scene says which things stand where, in which place and at what time of day.  It can be drawn at any size
(`render`), put into words (`caption`, `phrase`), reduced to the statements that are true of it (`facts`) and
changed in exactly one way (`edit`).
"""
from .caption import RELATIONS, caption, noun, phrase
from .colours import COLOURS
from .places import OUTDOOR, PLACES, TIMES
from .render import render
from .scene import COUNTS, OPPOSITE, Scene, Thing, edit, facts, held_out, relation_facts, sample
from .things import FAMILY, KINDS, MASS, NAMES

__all__ = [
    "COLOURS", "COUNTS", "FAMILY", "KINDS", "MASS", "NAMES", "OPPOSITE", "OUTDOOR", "PLACES", "RELATIONS", "TIMES",
    "Scene", "Thing", "caption", "edit", "facts", "held_out", "noun", "phrase", "relation_facts", "render", "sample",
]
