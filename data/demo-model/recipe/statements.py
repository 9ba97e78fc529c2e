# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts as rows of zeros and ones, so that a batch knows which text is true of which picture."""
import zlib
from functools import lru_cache

import torch

import scenes

COLUMNS, OWN = 4096, 512

# The plain facts by family, and the column of each: these must not share columns, or every bare word would be
# "true" of some picture that does not show it.  Combinations are hashed into the rest.
BANK = {
    "thing": scenes.NAMES,
    "colour": list(scenes.COLOURS),
    "place": list(scenes.PLACES),
    "time": list(scenes.TIMES),
    "count": list(scenes.COUNTS),
}
PLAIN = {f"{family} {word}": column
         for column, (family, word) in enumerate((family, word) for family, words in BANK.items() for word in words)}


@lru_cache(None)
def _column(fact):
    if fact in PLAIN:
        return PLAIN[fact]
    return OWN + zlib.crc32(fact.encode()) % (COLUMNS - OWN)


def to_rows(sets):
    rows = torch.zeros(len(sets), COLUMNS)
    for row, facts in zip(rows.numpy(), sets):
        row[[_column(fact) for fact in facts]] = 1
    return rows


def includes(facts, claims):
    """Is claim j part of facts i?"""
    return facts @ claims.T >= claims.sum(1) - .5


def bank_texts(rnd):
    """A text for each plain fact, in the order of PLAIN, worded by lot."""
    article, place, time = rnd.random() < .5, rnd.randrange(-3, 2), rnd.randrange(-3, 3)
    return ([scenes.noun(scenes.Thing(name), article) for name in scenes.NAMES] + list(scenes.COLOURS)
            + [name if place < 0 else wordings[place] for name, wordings in scenes.PLACES.items()]
            + [name if time < 0 else wordings[time] for name, wordings in scenes.TIMES.items()]
            + list(scenes.COUNTS.values()))


def bank_targets(shown, facts):
    """Which plain facts each scene shows, a column each.  Counts are asked only of scenes with one kind of thing."""
    asked = torch.tensor([[len(scene.things) == 1 or not fact.startswith("count") for fact in PLAIN]
                          for scene in shown])
    return facts[:, :len(PLAIN)] * asked
