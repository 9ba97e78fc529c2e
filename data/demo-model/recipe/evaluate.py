#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures a model folder, loaded as open_clip itself loads one, on freshly drawn scenes and on the samples.

    evaluate.py PACK [--n 1000] [--samples FOLDER] [--json FILE]

"Held-out" scenes show at least one pair (thing, colour) or (thing, place) that ordinary training never saw.
"""
import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F
from PIL import Image

import scenes
from scenes import Thing

SIDE = 224
SEED = 10 ** 6  # no picture of the training pool has it
GALLERY = 1000
STRENGTHS = (0, .75, 1., 1.25, 1.5)
LONGEST_CAPTION = 31


class Judge:
    """The model, as open_clip runs it."""

    def __init__(self, pack):
        name = f"local-dir:{pack}"
        self.model, _, self.preprocess = open_clip.create_model_and_transforms(name)
        self.model.eval()
        self.tokenizer = open_clip.get_tokenizer(name)
        self.serial = 0  # no scene is drawn twice in the same way

    def _draw(self, scene):
        self.serial += 1
        return scenes.render(scene, (SEED, self.serial), SIDE, SIDE)

    @torch.no_grad()
    def encode(self, pictures):
        """Embeddings and image tokens of pictures."""
        parts = [self.model._encode_image(torch.stack([self.preprocess(picture) for picture in pictures[i:i + 100]]))
                 for i in range(0, len(pictures), 100)]
        return torch.cat([part[0] for part in parts]), torch.cat([part[1] for part in parts])

    def images(self, shown):
        return self.encode([self._draw(scene) for scene in shown])

    @torch.no_grad()
    def texts(self, texts):
        parts = [self.model.encode_text(self.tokenizer(texts[i:i + 200]), normalize=True)
                 for i in range(0, len(texts), 200)]
        return torch.cat(parts)

    @torch.no_grad()
    def captions(self, image_tokens):
        """The likeliest word, one after the other."""
        vocabulary = self.tokenizer.tokenizer
        start, end = vocabulary.bos_token_id, vocabulary.eos_token_id
        ids = torch.full((len(image_tokens), 1), start)
        done = torch.zeros(len(ids), dtype=torch.bool)
        while not done.all() and ids.shape[1] < LONGEST_CAPTION:
            logits = self.model.text_decoder(image_tokens, self.model._encode_text(ids)[1])
            following = logits[:, -1].argmax(-1)
            following[done] = 0
            done |= following == end
            ids = torch.cat([ids, following[:, None]], 1)
        return [vocabulary.decode([i for i in row if i not in (0, start, end)]).strip() for row in ids.tolist()]


def draw_scenes(rnd, n, wanted):
    """n scenes with different plain captions."""
    shown, seen = [], set()
    while len(shown) < n:
        scene = scenes.sample(rnd)
        text, _ = scenes.caption(scene)
        if wanted(scene) and text not in seen:
            shown.append(scene)
            seen.add(text)
    return shown


def share(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def recall(similarity):
    """How often the right column is first, and among the first five, row by row."""
    rank = (similarity > similarity.diagonal()[:, None]).sum(1)
    return [(rank < k).float().mean().item() for k in (1, 5)]


def retrieval(judge, shown, rnd):
    images, _ = judge.images(shown)
    figures = {}
    for name, wording in (("plain", None), ("phrased", rnd)):
        similarity = images @ judge.texts([scenes.caption(scene, wording)[0] for scene in shown]).T
        figures[f"text to image, {name}"] = recall(similarity.T)
        figures[f"image to text, {name}"] = recall(similarity)
    return figures


def choose(judge, images, options, answers):
    """How often the right one of a picture's texts fits best.  options: as many texts for each picture."""
    texts = judge.texts([text for row in options for text in row]).view(len(options), len(options[0]), -1)
    fits = (texts @ images[:, :, None])[..., 0]
    return (fits.argmax(1) == torch.tensor(answers)).float().mean().item()


def attributes(judge, shown):
    """Which colour, count, place, time and thing?  Asked of scenes with one kind of thing."""
    single = [scene for scene in shown if len(scene.things) == 1]
    images, _ = judge.images(single)
    colours, places, times = list(scenes.COLOURS), list(scenes.PLACES), list(scenes.TIMES)

    def ask(asked, wordings, answer):
        rows = [i for i, scene in enumerate(single) if asked(scene)]
        return choose(judge, images[rows], [wordings(single[i]) for i in rows], [answer(single[i]) for i in rows])

    def where(scene, place):
        return f"{scenes.noun(scene.things[0])} {scenes.PLACES[place][0]}"

    words = judge.texts(["a " + name for name in scenes.NAMES])
    answers = torch.tensor([scenes.NAMES.index(scene.things[0].name) for scene in single])
    return {
        "colour of 10": ask(
            lambda scene: scene.things[0].colour,
            lambda scene: [scenes.noun(replace(scene.things[0], colour=colour)) for colour in colours],
            lambda scene: colours.index(scene.things[0].colour)),
        "count of 3": ask(
            lambda scene: scene.things[0].name not in scenes.MASS and not scene.things[0].size,
            lambda scene: [scenes.noun(replace(scene.things[0], count=count)) for count in (1, 2, 3)],
            lambda scene: scene.things[0].count - 1),
        "place of 11": ask(
            lambda scene: scene.place in places,
            lambda scene: [where(scene, place) for place in places],
            lambda scene: places.index(scene.place)),
        "time of 3": ask(
            lambda scene: scene.time,
            lambda scene: [f"{where(scene, scene.place)} {scenes.TIMES[time][0]}" for time in times],
            lambda scene: times.index(scene.time)),
        f"thing of {len(scenes.NAMES)}": ((images @ words.T).argmax(1) == answers).float().mean().item(),
    }


def draw_edits(rnd, per_kind, wanted, one_thing):
    edits = {kind: [] for kind in ("colour", "place", "time", "object", "count")}
    while any(len(rows) < per_kind for rows in edits.values()):
        scene = scenes.sample(rnd)
        edit = scenes.edit(rnd, scene)
        if edit is None or not (wanted(scene) or wanted(edit[0])) or len(edits[edit[1]]) >= per_kind:
            continue
        if one_thing and (len(scene.things) > 1 or (scene.things[0].count > 1 and edit[1] != "count")):
            continue
        edits[edit[1]].append((scene, *edit))
    return edits


def arithmetic(judge, rnd, per_kind, wanted, one_thing):
    """E(picture) + strength (E(new) - E(old)) against a gallery that also holds the sources drawn anew: how often
    the very scene wanted comes first, and among the first five."""
    edits = draw_edits(rnd, per_kind, wanted, one_thing)
    rows = [row for kind in edits.values() for row in kind]
    sources, goals, again = [row[0] for row in rows], [row[1] for row in rows], [row[0] for row in rows[::3]]
    others = draw_scenes(rnd, max(0, GALLERY - len(goals) - len(again)), lambda scene: True)
    shown = goals + again + others
    source, gallery = judge.images(sources)[0], judge.images(shown)[0]
    old, new = judge.texts([row[3] for row in rows]), judge.texts([row[4] for row in rows])
    truth = [scenes.facts(scene) for scene in shown]
    figures = {"gallery": len(shown)}
    for strength in STRENGTHS:
        query = F.normalize(source + strength * (new - old), dim=-1)
        best = (query @ gallery.T).topk(5).indices.tolist()
        first = 0
        for kind, kind_rows in edits.items():
            hits = [[truth[i] == scenes.facts(row[1]) for i in best[first + n]] for n, row in enumerate(kind_rows)]
            first += len(kind_rows)
            figures.setdefault(kind, {})[strength] = (share(hit[0] for hit in hits), share(any(hit) for hit in hits))
    return figures


def _names(thing):
    """Singular and plural, bare."""
    bare = Thing(thing.name)
    return [scenes.noun(bare, False), scenes.noun(replace(bare, count=2)).removeprefix("two ")]


def _says(text, words):
    return f" {words} " in text


def _relation_right(scene, text):
    first, second = (max(text.find(f" {name} ") for name in _names(thing)) for thing in scene.things)
    relation = next((relation for relation, words in scenes.RELATIONS.items() if _says(text, words)), None)
    return relation is not None and (relation if first < second else scenes.OPPOSITE[relation]) == scene.relation


def judge_caption(scene, text):
    """What a caption says right."""
    text = f" {text} "
    right = {"things": all(any(_says(text, name) for name in _names(thing)) for thing in scene.things)}
    coloured = [thing for thing in scene.things if thing.colour]
    if coloured:
        right["colours"] = all(any(_says(text, f"{thing.colour} {name}") for name in _names(thing))
                               for thing in coloured)
    if len(scene.things) == 1:
        said = next((count for count, word in scenes.COUNTS.items() if count > 1 and _says(text, word)), 1)
        right["count"] = said == scene.things[0].count
    right["place"] = any(_says(text, words)
                         for words in scenes.PLACES.get(scene.place, [f"{scene.place} background"]))
    if scene.time:
        said = {time for time, wordings in scenes.TIMES.items() if any(_says(text, words) for words in wordings)}
        right["time"] = said == {scene.time} or (scene.time == "day" and not said)
    if scene.relation and right["things"]:
        right["relation"] = _relation_right(scene, text)
    right["all"] = all(right.values())
    return right


def captioning(judge, shown, examples=8):
    texts = judge.captions(judge.images(shown)[1])
    verdicts = [judge_caption(scene, text) for scene, text in zip(shown, texts)]
    figures = {key: share(verdict[key] for verdict in verdicts if key in verdict)
               for key in ("things", "colours", "count", "place", "time", "relation", "all")}
    figures["examples"] = [(scenes.caption(scene)[0], text) for scene, text in zip(shown[:examples], texts)]
    return figures


def measure_samples(judge, folder):
    """The sample pictures: captions as searches, pictures to captions, the edits, and captions written."""
    described = json.loads((folder / "captions.json").read_text())
    files = [picture["file"] for picture in described["pictures"]]
    captions = [picture["caption"] for picture in described["pictures"]]
    images, tokens = judge.encode([Image.open(folder / file) for file in files])
    similarity = images @ judge.texts(captions).T
    diagonal = torch.arange(len(files))
    edits = 0
    for edit in described["edits"]:
        source = files.index(edit["picture"])
        old, new = judge.texts([edit["from"], edit["to"]])
        fits = images @ F.normalize(images[source] + new - old, dim=-1)
        fits[source] = -1
        edits += files[fits.argmax()] == edit["expect"]
    return {
        "pictures": len(files),
        "captions that find their picture first": int((similarity.argmax(0) == diagonal).sum()),
        "pictures that find their caption first": int((similarity.argmax(1) == diagonal).sum()),
        "edits": len(described["edits"]), "edits that come first": edits,
        "captions written word for word": sum(a == b for a, b in zip(judge.captions(tokens), captions)),
    }


def main():
    parser = argparse.ArgumentParser(description="Measure the demo model.")
    parser.add_argument("pack")
    parser.add_argument("--n", type=int, default=1000, help="scenes for each figure; 0: the samples only")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    judge, rnd, n, figures = Judge(arguments.pack), random.Random(4711), arguments.n, {}

    def report(name, result):
        figures[name] = result
        print(name, json.dumps(result, indent=1), flush=True)

    if arguments.samples:
        report("samples", measure_samples(judge, arguments.samples))
    groups = {"held out": scenes.held_out, "ordinary": lambda scene: not scenes.held_out(scene)}
    for name, wanted in groups.items() if n else ():
        shown = draw_scenes(rnd, n, wanted)
        report(f"{name}: retrieval", retrieval(judge, shown, rnd))
        report(f"{name}: attributes", attributes(judge, shown))
        report(f"{name}: captions", captioning(judge, shown[:max(100, n // 2)]))
    for name, wanted, one_thing in (("edits", lambda scene: True, False), ("edits, one thing", lambda scene: True, True),
                                    ("edits, held out", scenes.held_out, False)) if n else ():
        report(name, arithmetic(judge, rnd, max(20, n * 3 // 20), wanted, one_thing))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
