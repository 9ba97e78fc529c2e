# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes in words, together with the facts that the words state."""
from dataclasses import replace

from .places import PLACES, TIMES
from .scene import COUNTS, OPPOSITE, Thing, facts, relation_facts
from .things import MASS, plural

RELATIONS = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}
LEADS = ("a photo of {}", "a holiday photo of {}", "a picture of {}", "our vacation: {}", "a snapshot of {}",
         "{} on our trip", "a drawing of {}", "look, {}")


def noun(thing, article=True):
    """ "a red boat", "three small dogs"; without the article "red boat"."""
    name = plural(thing.name) if thing.count > 1 else thing.name
    words = " ".join(word for word in (thing.size, thing.colour, name) if word)
    if thing.count > 1:
        return f"{COUNTS[thing.count]} {words}"
    if not article or thing.name in MASS:
        return words
    return ("an " if words[0] in "aeiou" else "a ") + words


def _pick(rnd, wordings):
    """The first wording more often than the others; always without rnd."""
    return wordings[0] if rnd is None or rnd.random() < .6 else rnd.choice(wordings)


def _what(scene, rnd):
    """The words for the things, and whether they say how the things stand."""
    names = [noun(thing) for thing in scene.things]
    if len(names) == 1:
        return names[0], True
    lot = 0 if rnd is None else rnd.random()
    if lot < .7:
        return f"{names[0]} {RELATIONS[scene.relation]} {names[1]}", True
    if lot < .85:
        return f"{names[1]} {RELATIONS[OPPOSITE[scene.relation]]} {names[0]}", True
    return f"{names[0]} {rnd.choice(('and', 'next to', 'with'))} {names[1]}", False


def _where(scene, rnd):
    if scene.place in PLACES:
        return _pick(rnd, PLACES[scene.place])
    return f"on a {scene.place} background".replace("a orange", "an orange")


def _when(scene, rnd):
    """Nothing indoors; by day, mostly nothing."""
    if scene.time is None or (scene.time == "day" and (rnd is None or rnd.random() < .7)):
        return ""
    return _pick(rnd, TIMES[scene.time])


def caption(scene, rnd=None):
    """(text, facts it states).  Without rnd the plain caption, which says everything."""
    text, says_relation = _what(scene, rnd)
    said = {fact for fact in facts(scene) if not fact.startswith(("time", "place"))}
    if not says_relation:
        said -= relation_facts(scene)
    where, when = _where(scene, rnd), _when(scene, rnd)
    if rnd is None or rnd.random() < .9:
        text += " " + where
        said.add(f"place {scene.place}")
    if when and (rnd is None or rnd.random() < .9):
        text += " " + when
        said.add(f"time {scene.time}")
    if rnd is not None and rnd.random() < .2:
        text = rnd.choice(LEADS).format(text)
    return text, said


def phrase(rnd, scene):
    """A word or two that are true of the scene, with the facts they state: what people type and edits use."""
    thing, lot = rnd.choice(scene.things), rnd.random()
    if lot < .4:
        return noun(Thing(thing.name), rnd.random() < .5), {f"thing {thing.name}"}
    if lot < .55 and thing.colour:
        return thing.colour, {f"colour {thing.colour}"}
    if lot < .65 and scene.time:
        return rnd.choice([scene.time] + TIMES[scene.time]), {f"time {scene.time}"}
    if lot < .8 and scene.place in PLACES:
        return rnd.choice([scene.place] * 2 + PLACES[scene.place]), {f"place {scene.place}"}
    if lot < .88:
        return COUNTS[thing.count], {f"count {thing.count}"}
    said = {f"thing {thing.name}", f"{thing.name} x{thing.count}"}
    if thing.colour:
        said.add(f"{thing.name} colour {thing.colour}")
    return noun(replace(thing, size=None)), said
