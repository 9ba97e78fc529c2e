# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes: drawn by lot, changed in one way, and reduced to what is true of them."""
import zlib
from dataclasses import dataclass, replace

from .colours import COLOURS
from .places import INDOOR, OUTDOOR, PLACES, TIMES
from .things import FAMILY, KINDS, MASS, NAMES

COUNTS = {1: "one", 2: "two", 3: "three"}
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


@dataclass(frozen=True)
class Thing:
    """One thing, or two or three of a kind."""
    name: str
    colour: str | None = None  # of painted things
    count: int = 1
    size: str | None = None  # "small", "big"


@dataclass(frozen=True)
class Scene:
    place: str  # or the colour of a plain background
    time: str | None  # outdoors only
    things: tuple  # one Thing, or two of different names
    relation: str | None = None  # where the first of two stands, seen from the second


def _lot(*parts):
    return zlib.crc32("|".join(parts).encode())


def held_out(scene):
    """Does it show a pair (thing, colour) or (thing, place) that is kept for measuring and never trained on?"""
    return any(
        (thing.colour and _lot(thing.name, thing.colour, "c") % 10 == 0)
        or _lot(thing.name, scene.place, "p") % 12 == 0
        for thing in scene.things)


def _sample_thing(rnd):
    name = rnd.choice(list(KINDS["painted"]) if rnd.random() < .4 else NAMES)
    return Thing(name, rnd.choice(list(COLOURS)) if FAMILY[name] == "painted" else None)


def _sample_pair(rnd, first):
    second = _sample_thing(rnd)
    while second.name == first.name:
        second = _sample_thing(rnd)
    return (first, second), rnd.choice(("left", "right", "above", "below"))


def _sample_count(rnd, thing):
    count = 1 if thing.name in MASS else rnd.choice((1, 1, 1, 1, 2, 2, 3, 3))
    size = rnd.choice(("small", "big")) if count == 1 and rnd.random() < .2 else None
    return replace(thing, count=count, size=size)


def sample(rnd):
    """A scene by lot."""
    place = rnd.choice(list(PLACES) if rnd.random() < .92 else list(COLOURS))
    time = rnd.choice(("day", "day", "sunset", "night", "night")) if place in OUTDOOR else None
    thing, relation = _sample_thing(rnd), None
    if rnd.random() < .35:
        things, relation = _sample_pair(rnd, thing)
    else:
        things = (_sample_count(rnd, thing),)
    if any(thing.colour == place for thing in things):  # red on red cannot be seen
        return sample(rnd)
    return Scene(place, time, things, relation)


def _change(scene, index, **changes):
    things = list(scene.things)
    things[index] = replace(things[index], **changes)
    return replace(scene, things=tuple(things))


def _edit_colour(rnd, scene, index):
    old = scene.things[index].colour
    if old:
        new = rnd.choice([colour for colour in COLOURS if colour not in (old, scene.place)])
        return _change(scene, index, colour=new), old, new


def _edit_object(rnd, scene, index):
    thing, taken = scene.things[index], [thing.name for thing in scene.things]
    new = rnd.choice([name for name in KINDS[FAMILY[thing.name]]
                      if name not in taken and (name not in MASS or thing.count == 1)])
    return _change(scene, index, name=new), thing.name, new


def _edit_place(rnd, scene, index):
    if scene.place in PLACES:
        new = rnd.choice([place for place in (OUTDOOR if scene.place in OUTDOOR else INDOOR) if place != scene.place])
        return replace(scene, place=new), scene.place, new


def _edit_time(rnd, scene, index):
    if scene.time:
        new = rnd.choice([time for time in TIMES if time != scene.time])
        return replace(scene, time=new), scene.time, new


def _edit_count(rnd, scene, index):
    thing = scene.things[index]
    if len(scene.things) == 1 and not thing.size and thing.name not in MASS:
        new = rnd.choice([count for count in COUNTS if count != thing.count])
        return _change(scene, index, count=new), COUNTS[thing.count], COUNTS[new]


EDITS = {"object": _edit_object, "place": _edit_place, "colour": _edit_colour, "time": _edit_time,
         "count": _edit_count}


def edit(rnd, scene):
    """Changes one thing about a scene: (new scene, kind of edit, old word, new word); None where the lot fell on
    something that cannot be changed."""
    index = rnd.choice(range(len(scene.things)))
    kind = rnd.choice(("object", "object", "place", "place", "colour", "colour", "time", "count"))
    edited = EDITS[kind](rnd, scene, index)
    if edited is None:
        return None
    new_scene, old, new = edited
    return new_scene, kind, old, new


def relation_facts(scene):
    """The two ways to say where the things stand, or nothing."""
    if not scene.relation:
        return set()
    first, second = (thing.name for thing in scene.things)
    return {f"{first} {scene.relation} {second}", f"{second} {OPPOSITE[scene.relation]} {first}"}


def facts(scene):
    """Everything that is true of a scene, as strings; a caption states some of them."""
    true = {f"place {scene.place}", f"time {scene.time}"} | relation_facts(scene)
    for thing in scene.things:
        true |= {
            f"thing {thing.name}", f"count {thing.count}", f"{thing.name} x{thing.count}",
            f"colour {thing.colour}", f"{thing.name} colour {thing.colour}", f"{thing.name} size {thing.size}",
        }
    return true
