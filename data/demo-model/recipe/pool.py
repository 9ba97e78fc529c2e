#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The training pictures: shards of 1,000 pairs (a scene, the same scene with one edit), drawn ahead of training.

    pool.py FOLDER SHARDS [--processes N] [--first K]

Training may start as soon as the first shards are there.  Shards below number 900 show no held-out combination;
shards from 900 on show nothing else: for the model that is shipped, once the figures have been taken.
"""
import argparse
import multiprocessing
import pickle
import random
from pathlib import Path

import numpy as np

import scenes

SIDE = 96
PAIRS = 1000
HELD_OUT_FROM = 900


def wanted(scene, edited, held_out):
    return (scenes.held_out(scene) or scenes.held_out(edited)) == held_out


def draw_shard(job):
    folder, number = job
    pixels_path, pairs_path = folder / f"{number:03d}.npy", folder / f"{number:03d}.pkl"
    if pairs_path.exists():
        return
    rnd, pairs = random.Random(number), []
    pixels = np.empty((PAIRS, 2, SIDE, SIDE, 3), np.uint8)
    while len(pairs) < PAIRS:
        scene = scenes.sample(rnd)
        edit = scenes.edit(rnd, scene)
        if edit is None or not wanted(scene, edit[0], number >= HELD_OUT_FROM):
            continue
        i = len(pairs)
        pixels[i, 0] = scenes.render(scene, (number, i, 0), SIDE, SIDE)
        pixels[i, 1] = scenes.render(edit[0], (number, i, 1), SIDE, SIDE)
        pairs.append((scene, *edit))
    np.save(pixels_path, pixels)
    # The pairs appear last and at once: a shard is complete when they are there.
    partial = pairs_path.with_suffix(".part")
    partial.write_bytes(pickle.dumps(pairs))
    partial.rename(pairs_path)
    print(number, flush=True)


class Pool:
    """The shards that are there, and batches out of them."""

    def __init__(self, folder):
        self.folder, self.seen = Path(folder), set()
        self.pixels, self.pairs = [], []
        # (shard, row) of pairs by place and time, by family of things, by both
        self.groups = [{}, {}, {}]

    def refresh(self):
        """Takes in shards that were finished since."""
        for path in sorted(set(self.folder.glob("*.pkl")) - self.seen):
            self.seen.add(path)
            self.pixels.append(np.load(path.with_suffix(".npy")))
            self.pairs.append(pickle.loads(path.read_bytes()))
            for row, (scene, *_) in enumerate(self.pairs[-1]):
                where, what = (scene.place, scene.time), scenes.FAMILY[scene.things[0].name]
                for group, key in zip(self.groups, (where, what, (where, what))):
                    group.setdefault(key, []).append((len(self.pixels) - 1, row))

    def batch(self, rnd, n):
        """n pairs in four clusters that share a place and time, a family, or both: what is hard to tell apart.
        (pictures, n sources and then n edited ones; the pairs)"""
        picks = []
        while len(picks) < n:
            cluster = rnd.choice(list(rnd.choice(self.groups).values()))
            picks += rnd.choices(cluster, k=n // 4)
        sources = [self.pixels[shard][row, 0] for shard, row in picks]
        edited = [self.pixels[shard][row, 1] for shard, row in picks]
        return shift(rnd, np.concatenate([sources, edited])), [self.pairs[shard][row] for shard, row in picks]


def shift(rnd, pictures, most=5):
    """Each picture moved by up to so many pixels, the borders mirrored."""
    out = np.empty_like(pictures)
    side = pictures.shape[1]
    padded = np.pad(pictures, ((0, 0), (most, most), (most, most), (0, 0)), "reflect")
    for i, picture in enumerate(padded):
        y, x = rnd.randrange(2 * most + 1), rnd.randrange(2 * most + 1)
        out[i] = picture[y:y + side, x:x + side]
    return out


def main():
    parser = argparse.ArgumentParser(description="Draw training pictures.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("shards", type=int)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    numbers = range(arguments.first, arguments.first + arguments.shards)
    with multiprocessing.Pool(arguments.processes) as processes:
        processes.map(draw_shard, [(arguments.folder, number) for number in numbers], chunksize=1)


if __name__ == "__main__":
    main()
