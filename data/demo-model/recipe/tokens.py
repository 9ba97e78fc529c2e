#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo model's tokenizer: CLIP's byte-level pair encoding with a small vocabulary.

    tokens.py FOLDER [SIZE]     writes vocab.json, merges.txt and tokenizer_config.json

Learnt from all words that captions use, each of which becomes one token, and from a list of English words, so that
any other text still comes apart into something.  As CoCa has it, token 0 ("!") is the padding, too, and
<|endoftext|> has the highest number.
"""
import argparse
import json
import random
import re
from functools import lru_cache
from pathlib import Path

from open_clip.tokenizer import bytes_to_unicode

import scenes

ENGLISH = "/usr/share/dict/american-english"
PATTERN = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")
START, END = "<|startoftext|>", "<|endoftext|>"
CONTEXT = 32
CAPTION_WEIGHT = 400  # how often a caption word counts beside an English one
SAMPLES = 40000


def caption_words():
    rnd, words = random.Random(0), set()
    for name in scenes.NAMES:
        for count in (1, 2):
            words |= set(re.findall(r"\w+", scenes.noun(scenes.Thing(name, count=count))))
    for _ in range(SAMPLES):
        scene = scenes.sample(rnd)
        for text in (scenes.caption(scene, rnd)[0], scenes.phrase(rnd, scene)[0]):
            words |= set(re.findall(r"\w+", text))
    return words


def english_words():
    lines = (line.strip() for line in open(ENGLISH, encoding="utf-8"))
    return {line for line in lines if re.fullmatch(r"[a-z]{2,12}", line)}


def learn_merges(n, often, seldom):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=2 * len(letters) + n, initial_alphabet=letters,
                                  end_of_word_suffix="</w>", show_progress=False)
    bpe.train_from_iterator([" ".join(sorted(often))] * CAPTION_WEIGHT + [" ".join(sorted(seldom))], trainer)
    merges = json.loads(bpe.to_str())["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges][:n]


def write_tokenizer(folder, size):
    folder = Path(folder)
    alphabet = list(bytes_to_unicode().values())
    ours = caption_words()
    merges = learn_merges(size - 2 * len(alphabet) - 2, ours, english_words())
    vocabulary = (alphabet + [letter + "</w>" for letter in alphabet]
                  + [merge.replace(" ", "") for merge in merges] + [START, END])
    assert len(vocabulary) == len(set(vocabulary)), "duplicate token"
    ids = {token: number for number, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "CLIPTokenizer", "model_max_length": CONTEXT, "bos_token": START, "eos_token": END,
        "unk_token": END, "pad_token": "!"}, indent=1))
    tokens = Tokens(folder)
    split = sorted(word for word in ours if len(tokens.word(word)) > 1)
    print(f"{len(vocabulary)} tokens; {len(ours)} caption words, {len(split)} of them split: {split[:20]}")


class Tokens:
    """Reads vocab.json and merges.txt and encodes as open_clip's SimpleTokenizer does."""

    def __init__(self, folder):
        folder = Path(folder)
        self.vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        merges = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
        self.rank = {tuple(merge.split()): rank for rank, merge in enumerate(merges)}
        self.byte = bytes_to_unicode()
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]

    @lru_cache(None)
    def word(self, word):
        never = len(self.rank)
        parts = [self.byte[byte] for byte in word.encode()]
        parts[-1] += "</w>"
        while len(parts) > 1:
            rank, i = min((self.rank.get(pair, never), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == never:
                break
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
        return [self.vocabulary[part] for part in parts]

    def __call__(self, text):
        ids = [number for word in PATTERN.findall(text.lower()) for number in self.word(word)]
        return [self.start] + ids[:CONTEXT - 2] + [self.end]


def main():
    parser = argparse.ArgumentParser(description="Make the tokenizer of the demo model.")
    parser.add_argument("folder")
    parser.add_argument("size", type=int, nargs="?", default=1792)
    arguments = parser.parse_args()
    Path(arguments.folder).mkdir(parents=True, exist_ok=True)
    write_tokenizer(arguments.folder, arguments.size)


if __name__ == "__main__":
    main()
