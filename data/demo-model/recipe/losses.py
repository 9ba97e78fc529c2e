# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network is trained for.

clip    A picture and its caption find each other in the batch; a caption that is true of another picture, too, is
        no mistake there.
caption CoCa's: the decoder says the caption word by word (captions that say everything only).
phrase  A word or two find all pictures they are true of.
bank    A picture finds its thing, colour, place, time and count among the words for all of them.
edit    normalise (E(picture) + l (E(new) - E(old))) finds the picture that differs in just that.
"""
from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F

import scenes
from network import encode_text, pad, prepare
from statements import BANK, bank_targets, bank_texts, includes, to_rows

NEVER = -1e4  # a score that no softmax picks


class Losses(NamedTuple):
    clip: torch.Tensor
    caption: torch.Tensor
    phrase: torch.Tensor
    edit: torch.Tensor
    bank: list  # by family, in the order of BANK
    rates: tuple  # how often right: picture to caption, edit, next word

    def total(self):
        thing, *others = self.bank
        return self.clip + 2 * self.caption + .2 * self.phrase + .5 * self.edit + .8 * thing + .2 * sum(others)


def _edit_words(rnd, source, edited, kind, old, new):
    """Words for what an edit takes away and what it brings; now and then with more around them."""
    if kind in ("colour", "object") and rnd.random() < .3:  # "a red boat" to "a blue boat"
        pair = next((a, b) for a, b in zip(source.things, edited.things) if a != b)
        return [scenes.noun(replace(thing, count=1, size=None)) for thing in pair]
    if kind == "object":
        return [scenes.noun(scenes.Thing(name), rnd.random() < .3) for name in (old, new)]
    if kind == "time" and rnd.random() < .3:
        wording = rnd.randrange(3)
        return [scenes.TIMES[time][wording] for time in (old, new)]
    if kind == "place" and rnd.random() < .3:
        wording = rnd.randrange(2)
        return [scenes.PLACES[place][wording] for place in (old, new)]
    return [old, new]


def _says_all(scene, said):
    """Day need not be said."""
    return (f"place {scene.place}" in said
            and (scene.time in (None, "day") or f"time {scene.time}" in said)
            and scenes.relation_facts(scene) <= said)


def _contrast(scale, pictures, captions, no_mistake):
    scores = (scale * pictures @ captions.T).masked_fill(no_mistake, NEVER)
    label = torch.arange(len(scores), device=scores.device)
    loss = (F.cross_entropy(scores, label) + F.cross_entropy(scores.T, label)) / 2
    return loss, (scores.argmax(1) == label).float().mean().item()


def _say(logits, ids, complete):
    target = ids[:, 1:].masked_fill(~complete[:, None], 0)
    loss = F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=0)
    return loss, (logits.argmax(-1) == target)[target > 0].float().mean().item()


def _phrase(phrases, pictures, true):
    log_share = (20 * phrases @ pictures.T).log_softmax(-1)
    return -(log_share * true).sum(1).div(true.sum(1)).mean()


def _bank(scale, pictures, words, targets):
    losses, first = [], 0
    for family in BANK.values():
        family_words, target = words[first:first + len(family)], targets[:, first:first + len(family)]
        first += len(family)
        log_share = (scale * pictures @ family_words.T).log_softmax(-1)
        shown = target.sum(1)
        losses.append(-((log_share * target).sum(1) / shown.clamp(min=1)).sum() / (shown > 0).sum().clamp(min=1))
    return losses


def _edit(scale, pictures, old, new, same):
    """Both ways: from the source to the edited picture, and back.  same[i, j]: i shows everything that j shows."""
    n, device = len(old), pictures.device
    step = (new - old) * torch.empty(n, 1, device=device).uniform_(.8, 1.5)
    query = F.normalize(pictures + torch.cat([step, -step]), dim=-1)
    goal = torch.cat([torch.arange(n, 2 * n), torch.arange(n)]).to(device)
    as_good = same.T[goal].clone()  # another picture of just the same scene
    as_good[torch.arange(2 * n, device=device), goal] = False
    scores = (scale * query @ pictures.T).masked_fill(as_good, NEVER)
    return F.cross_entropy(scores, goal), (scores.argmax(1) == goal).float().mean().item()


def compute(network, tokens, rnd, pictures, pairs, device):
    """pictures: the sources of the pairs, then what the edits made of them."""
    n = len(pairs)
    shown = [pair[0] for pair in pairs] + [pair[1] for pair in pairs]
    captions = [scenes.caption(scene, rnd if rnd.random() < .6 else None) for scene in shown]
    complete = torch.tensor([_says_all(scene, said) for scene, (_, said) in zip(shown, captions)]).to(device)
    edit_words = [word for pair in pairs for word in _edit_words(rnd, *pair)]
    phrases = [scenes.phrase(rnd, scene) for scene in shown[:n]]

    facts = to_rows([scenes.facts(scene) for scene in shown])
    others = includes(facts, to_rows([said for _, said in captions])) & ~torch.eye(2 * n, dtype=torch.bool)
    phrase_true = includes(facts, to_rows([said for _, said in phrases])).T.float()

    caption_ids = pad(tokens, [text for text, _ in captions]).to(device)
    word_ids = pad(tokens, edit_words + [text for text, _ in phrases] + bank_texts(rnd)).to(device)
    pixels = prepare(pictures).to(device)
    with torch.autocast(device, torch.bfloat16):
        picture, picture_tokens = network.visual(pixels)
        text, text_tokens = encode_text(network, caption_ids)
        words, _ = encode_text(network, word_ids)
        logits = network.text_decoder(picture_tokens, text_tokens[:, :-1]).float()
    picture, scale = F.normalize(picture.float(), dim=-1), network.logit_scale.exp().clamp(max=100)
    old, new, phrase, bank = words[0:2 * n:2], words[1:2 * n:2], words[2 * n:3 * n], words[3 * n:]

    clip, found = _contrast(scale, picture, text, others.to(device))
    caption, said = _say(logits, caption_ids, complete)
    edit, edited = _edit(scale, picture, old, new, includes(facts, facts).to(device))
    return Losses(clip, caption, _phrase(phrase, picture, phrase_true.to(device)), edit,
                  _bank(scale, picture, bank, bank_targets(shown, facts).to(device)), (found, edited, said))
