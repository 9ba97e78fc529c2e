#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the known answers beside this script: small models with random weights, and what open_clip makes of them.

    pip install torch open_clip_torch ftfy safetensors        (open_clip 3.3 was used)
    make-golden.py

One folder a model: open_clip_config.json, open_clip_model.safetensors and expected.json with
    images: embeddings of the pictures that picture() draws (the tests draw the same)
    texts:  [{text, ids, embedding}]
The vocabulary is the bundled model's, which the tests add.  tokens.jsonl has what SimpleTokenizer makes of many
texts with it.  Every parameter is redrawn so that each term of the forward pass shows in the result.
"""
import copy
import gzip
import json
import random
import tempfile
from pathlib import Path

import numpy as np
import open_clip
import torch
from safetensors.torch import save_file

HERE = Path(__file__).resolve().parent
PACK = HERE.parent.parent / "data" / "demo-model" / "pack"
PICTURES = 5

VISION = dict(image_size=48, patch_size=12, width=64, layers=2, head_width=32)
TEXT = dict(context_length=32, vocab_size=1792, width=32, heads=2, layers=2)
COCA_TEXT = dict(TEXT, embed_cls=True, output_tokens=True)

MODELS = {
    "clip": ("f16", dict(embed_dim=32, vision_cfg=VISION, text_cfg=TEXT)),
    "clip-quickgelu": ("f32", dict(embed_dim=32, quick_gelu=True, vision_cfg=VISION, text_cfg=TEXT)),
    # heads of 80 and 40, patches of 14, an mlp ratio that is cut: nothing is a power of two
    "odd-sizes": ("f16", dict(embed_dim=24, vision_cfg=dict(image_size=42, patch_size=14, width=80, layers=2, head_width=80, mlp_ratio=2.3637),
                              text_cfg=dict(TEXT, width=40, heads=1))),
    "outlier": ("bf16", dict(embed_dim=32, vision_cfg=VISION, text_cfg=TEXT)),
    "coca": ("f16", dict(embed_dim=32, vision_cfg=dict(VISION, attentional_pool=True, attn_pooler_queries=9, attn_pooler_heads=2, output_tokens=True),
                         text_cfg=COCA_TEXT,
                         multimodal_cfg=dict(context_length=32, vocab_size=1792, width=32, heads=2, layers=1, attn_pooler_heads=2),
                         custom_text=True)),
}
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}

TEXTS = ["", "a red boat on the sea", "two dogs next to a pizza", "DON'T stop!", "café crème — “très bon”",
         "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
         "supercalifragilisticexpialidocious " * 4, "日本の写真 🐶", "!! hot! !"]


def picture(k, side):
    """Pixel (x, y, c) of picture k, as the tests compute it."""
    y, x, c = np.mgrid[0:side, 0:side, 0:3]
    return ((x * (3 + k) + y * (5 + 2 * k) + c * 41 + ((x * y * (k + 1)) >> 3)) & 255).astype(np.uint8)


def redraw(model, seed, outlier):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if "logit" in name:
                continue
            if p.ndim == 1:
                p.copy_(1 + 0.2 * noise if name.endswith("weight") else 0.1 * noise)
            elif any(part in name for part in ("embedding", "query", "cls_emb")):
                p.copy_(0.3 * noise)
            elif name.endswith("proj") or "projection" in name:
                p.copy_(noise * p.shape[0] ** -0.5)
            else:
                p.copy_(noise * p[0].numel() ** -0.5)
        if outlier:  # as trained models have: a channel far above the others, and norms that read past it
            named = dict(model.named_parameters())
            for name, p in named.items():
                if name in ("visual.ln_pre.bias", "positional_embedding"):
                    p[..., 3] += 100
                elif "ln_" in name and name.endswith("weight") and "ln_pre" not in name:
                    p *= 6
                    p[3] = 0.02


def tokenizer(context):
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        file.write(gzip.compress((PACK / "merges.txt").read_bytes().rstrip(b"\n")))
        file.flush()
        return open_clip.SimpleTokenizer(file.name, context_length=context)


def ids_of(row):
    ids = row.tolist()
    while ids[-1] == 0:
        ids.pop()
    return ids


def numbers(vector):
    return [round(float(v), 7) for v in vector]


def write_model(name, dtype, config, seed):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    arch = HERE / f"{name}-arch.json"
    arch.write_text(json.dumps(copy.deepcopy(config)))
    open_clip.add_model_config(arch)
    arch.unlink()
    model = open_clip.create_model(f"{name}-arch", precision="fp32").eval()
    redraw(model, seed, name == "outlier")
    state = {k: v.detach().to(TYPES[dtype]).contiguous().clone() for k, v in model.state_dict().items() if v.is_floating_point()}
    state = {k: v for k, v in state.items() if not k.startswith("text_decoder.")}  # the encoders alone
    model.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    save_file(state, folder / "open_clip_model.safetensors", metadata={"format": "pt"})
    mean, std = model.visual.image_mean, model.visual.image_std
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {"mean": mean, "std": std}}, indent=1) + "\n")

    side = config["vision_cfg"]["image_size"]
    pixels = torch.stack([torch.from_numpy(picture(k, side)).permute(2, 0, 1).float() / 255 for k in range(PICTURES)])
    pixels = (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
    tokens = tokenizer(config["text_cfg"]["context_length"])(TEXTS)
    with torch.inference_mode():
        images, texts = model.encode_image(pixels, normalize=True), model.encode_text(tokens, normalize=True)
    expected = {"images": [numbers(v) for v in images],
                "texts": [{"text": t, "ids": ids_of(i), "embedding": numbers(v)} for t, i, v in zip(TEXTS, tokens, texts)]}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")


ODD = ["", " ", "\t\n ", "“curly” ‘quotes’ — dash … ellipsis", "&amp;amp; &lt;b&gt; &eacute; &#39; &EACUTE; &notit; &amp", "<b>&eacute;</b>",
       "<start_of_text>", "a <end_of_text> b", "<|startoftext|>", "ＦＵＬＬ ｗｉｄｔｈ　ｓｐａｃｅ ｱ", "a\u0301 combining e\u0301", "zero\u200bwidth", "nbsp\u00a0here",
       "line\r\nbreak\u2028sep\u0085x", "tab\tand\x07bell \x1b[31mred", "🐶🏖️👨‍👩‍👧 ❤️", "'s 't 're 've 'm 'll 'd", "'S 'T 'RE", "ſ 'ſ K Å", "_-_-_", "a" * 300, "word " * 60,
       "1234567890", "l'été", "\ufeffbom", "–—―", "ΣΑΣ ΑΣ. ΑΣΑ", "İstanbul ISPARTA", "Größe STRASSE ẞ", "ǅ ǆ Ǆ ﬁne ﬂow eﬃcient ŉ", "½ ² Ⅷ ٣ 四 ➀ x²",
       "съешь ещё", "视野无限广", "다람쥐", "नमस्ते", "ภาพถ่าย", "\x80 \x93quote\x94", "&#x80; &#0; &#55296; &#99999999;", "don’t “stop”"]
WORDS = "a photo of the red blue green dog cat boat sunset beach can't I'll o'clock e.g. #1 50% $9.99 C++ foo_bar www.example.org/?q=1&x=2".split()


def write_tokens():
    draw = random.Random(1)
    blocks = [(0x20, 0x7e), (0xa1, 0x17f), (0x370, 0x3ff), (0x400, 0x4ff), (0x600, 0x6ff), (0x3040, 0x30ff), (0x4e00, 0x4fff), (0x1f300, 0x1f64f), (0x2000, 0x206f), (0x2150, 0x218f)]
    texts = list(ODD)
    while len(texts) < 300:
        if draw.random() < 0.4:
            texts.append(" ".join(draw.choices(WORDS, k=draw.randint(1, 14))))
        else:
            block = draw.choice(blocks)
            texts.append("".join(chr(draw.randint(*block)) for _ in range(draw.randint(1, 12))))
    rows = tokenizer(32)(texts)
    with (HERE / "tokens.jsonl").open("w") as out:
        for text, row in zip(texts, rows):
            out.write(json.dumps({"text": text, "ids": ids_of(row)}) + "\n")


def main():
    for seed, (name, (dtype, config)) in enumerate(MODELS.items(), 1):
        write_model(name, dtype, config, seed)
    write_tokens()


if __name__ == "__main__":
    main()
