#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample pictures of the program, with captions.json: what each shows, and edits to try.

    gallery.py FOLDER

The same pictures come out byte for byte with Noto Color Emoji 2.042 and Pillow 13.0.
"""
import argparse
import io
import json
from dataclasses import asdict
from pathlib import Path

import scenes
from scenes import Scene, Thing

SEED = 77
SIZES = [(512, 384), (480, 480), (384, 512), (640, 480), (576, 384)]
LARGEST_FILE = 40000

PICTURES = [
    Scene("sea", "day", (Thing("boat", "red"),)),
    Scene("sea", "day", (Thing("boat", "blue"),)),
    Scene("sea", "night", (Thing("boat", "red"),)),
    Scene("sea", "sunset", (Thing("boat", "red"),)),
    Scene("sea", "day", (Thing("boat", "purple"),)),
    Scene("sea", "night", (Thing("boat", "purple"),)),
    Scene("beach", "day", (Thing("car", "red"),)),
    Scene("beach", "day", (Thing("car", "purple"),)),
    Scene("beach", "night", (Thing("car", "red"),)),
    Scene("city", "day", (Thing("car", "purple"),)),
    Scene("snow", "day", (Thing("truck", "yellow"),)),
    Scene("snow", "day", (Thing("truck", "red"),)),
    Scene("snow", "night", (Thing("truck", "red"),)),
    Scene("meadow", "day", (Thing("tent", "green"),)),
    Scene("forest", "night", (Thing("tent", "green"),)),
    Scene("mountains", "sunset", (Thing("tent", "green"),)),
    Scene("city", "night", (Thing("tent", "red"),)),
    Scene("meadow", "day", (Thing("ball", "red"),)),
    Scene("meadow", "day", (Thing("ball", "blue"),)),
    Scene("meadow", "day", (Thing("ball", "red", 2),)),
    Scene("meadow", "day", (Thing("ball", "red", 3),)),
    Scene("beach", "day", (Thing("ball", "pink"),)),
    Scene("meadow", "day", (Thing("house", "yellow"),)),
    Scene("snow", "day", (Thing("house", "yellow"),)),
    Scene("beach", "sunset", (Thing("house", "yellow"),)),
    Scene("meadow", "day", (Thing("flower", "red"),)),
    Scene("meadow", "day", (Thing("flower", "white", 3),)),
    Scene("desert", "day", (Thing("cat"),)),
    Scene("desert", "day", (Thing("dog"),)),
    Scene("mountains", "day", (Thing("cat"),)),
    Scene("mountains", "day", (Thing("dog"),)),
    Scene("mountains", "night", (Thing("cat"),)),
    Scene("beach", "day", (Thing("lion"),)),
    Scene("snow", "day", (Thing("tiger"),)),
    Scene("mountains", "day", (Thing("penguin"),)),
    Scene("meadow", "day", (Thing("elephant"),)),
    Scene("meadow", "sunset", (Thing("elephant"),)),
    Scene("city", "day", (Thing("horse"),)),
    Scene("beach", "day", (Thing("dolphin"),)),
    Scene("desert", "sunset", (Thing("airplane"),)),
    Scene("forest", "day", (Thing("skier"),)),
    Scene("snow", "night", (Thing("castle"),)),
    Scene("sea", "sunset", (Thing("surfer"),)),
    Scene("underwater", None, (Thing("robot"),)),
    Scene("room", None, (Thing("balloon", "red"),)),
    Scene("beach", "day", (Thing("dog"), Thing("pizza")), "left"),
    Scene("meadow", "day", (Thing("cat"), Thing("balloon", "blue")), "right"),
    Scene("beach", "day", (Thing("pineapple"), Thing("umbrella", "red")), "above"),
]

# Picture, words taken away, words added, the picture that this should find: pictures by their captions.
EDITS = [
    ("a red boat on the sea", "red", "blue", "a blue boat on the sea"),
    ("a red boat on the sea", "day", "night", "a red boat on the sea at night"),
    ("a red boat on the sea at night", "red", "purple", "a purple boat on the sea at night"),
    ("a purple car on the beach", "beach", "city", "a purple car in the city"),
    ("a red ball in a meadow", "one", "three", "three red balls in a meadow"),
    ("a red ball in a meadow", "red", "blue", "a blue ball in a meadow"),
    ("a cat in the desert", "cat", "dog", "a dog in the desert"),
    ("a cat in the mountains", "day", "night", "a cat in the mountains at night"),
    ("a cat in the desert", "desert", "mountains", "a cat in the mountains"),
    ("a yellow house in a meadow", "meadow", "snow", "a yellow house in the snow"),
    ("a red truck in the snow", "red", "yellow", "a yellow truck in the snow"),
    ("an elephant in a meadow", "day", "sunset", "an elephant in a meadow at sunset"),
]


def file_name(caption):
    return caption.replace(" ", "-").removeprefix("a-").removeprefix("an-") + ".jpg"


def to_jpeg(image):
    """As good as fits."""
    for quality in range(92, 30, -3):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
        if buffer.tell() <= LARGEST_FILE:
            break
    return buffer.getvalue()


def describe(scene, caption):
    return {
        "file": file_name(caption), "caption": caption, "place": scene.place, "time": scene.time,
        "relation": scene.relation, "things": [asdict(thing) for thing in scene.things],
        "held_out_pair": scenes.held_out(scene),
    }


def main():
    parser = argparse.ArgumentParser(description="Draw the sample pictures.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    for number, scene in enumerate(PICTURES):
        caption, _ = scenes.caption(scene)
        image = scenes.render(scene, (SEED, number), *SIZES[number % len(SIZES)])
        (folder / file_name(caption)).write_bytes(to_jpeg(image))
        pictures.append(describe(scene, caption))
    edits = [{"picture": file_name(picture), "from": old, "to": new, "expect": file_name(expected)}
             for picture, old, new, expected in EDITS]
    (folder / "captions.json").write_text(json.dumps({"pictures": pictures, "edits": edits}, indent=1))
    held_out = sum(picture["held_out_pair"] for picture in pictures)
    print(f"{len(pictures)} pictures, {held_out} of them with a held-out pair")


if __name__ == "__main__":
    main()
