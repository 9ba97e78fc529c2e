# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: open_clip's own CoCa, small; and the model folder it is saved as."""
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from open_clip.coca_model import CoCa
from open_clip.constants import OPENAI_DATASET_MEAN as MEAN, OPENAI_DATASET_STD as STD
from safetensors.torch import load_file, save_file

from pool import SIDE
from tokens import CONTEXT

DIM, VOCABULARY = 128, 1792
MODEL = {
    "embed_dim": DIM,
    "vision_cfg": {
        "image_size": SIDE, "patch_size": 12, "layers": 6, "width": 160, "head_width": 32, "mlp_ratio": 3.0,
        "attentional_pool": True, "attn_pooler_queries": 25, "attn_pooler_heads": 4, "output_tokens": True,
    },
    "text_cfg": {
        "context_length": CONTEXT, "vocab_size": VOCABULARY, "width": DIM, "heads": 4, "layers": 3,
        "embed_cls": True, "output_tokens": True,
        "hf_tokenizer_name": "local",  # without a name open_clip takes its own vocabulary, not the folder's
    },
    "multimodal_cfg": {
        "context_length": CONTEXT, "vocab_size": VOCABULARY, "width": DIM, "heads": 4, "layers": 2,
        "attn_pooler_heads": 4,
    },
    "custom_text": True,
}
PREPROCESS = {
    "size": SIDE, "mode": "RGB", "mean": MEAN, "std": STD, "interpolation": "bicubic", "resize_mode": "shortest",
    "fill_color": 0,
}


def build(weights=None):
    """A new network, or one with the weights of a saved one."""
    torch.manual_seed(0)
    network = CoCa(**{key: value for key, value in MODEL.items() if key != "custom_text"})
    network.text_decoder.text_projection.data.normal_(std=DIM ** -.5)  # open_clip leaves this one unset
    if weights:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    return network


def save(network, folder):
    """As open_clip publishes models, beside the tokenizer's files; the weights in half precision."""
    folder = Path(folder)
    config = {"model_cfg": MODEL, "preprocess_cfg": PREPROCESS}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=1))
    tensors = {name: tensor.detach().half().contiguous().cpu() for name, tensor in network.state_dict().items()}
    save_file(tensors, str(folder / "open_clip_model.safetensors"))


def plain_attention(self, query, key, value, key_padding_mask=None, need_weights=False, attn_mask=None, **_):
    """torch.nn.MultiheadAttention.forward by plain matrix products: training on a CPU becomes about three times
    faster than with the fused kernel, whose backward pass is slow there."""
    heads, biases = self.num_heads, self.in_proj_bias
    if not self._qkv_same_embed_dim:
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
    else:
        weights = self.in_proj_weight.chunk(3)
    if query is key and self._qkv_same_embed_dim:
        q, k, v = F.linear(query, self.in_proj_weight, biases).chunk(3, -1)
    else:
        q, k, v = (F.linear(x, weight, bias)
                   for x, weight, bias in zip((query, key, value), weights, biases.chunk(3)))
    q = q * (self.embed_dim // heads) ** -.5
    q, k, v = (x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (q, k, v))
    scores = q @ k.transpose(-1, -2)
    if attn_mask is not None:
        scores = scores + attn_mask.to(scores.dtype)
    return self.out_proj((scores.softmax(-1) @ v).transpose(1, 2).flatten(2)), None


def encode_text(network, ids):
    """The text tower on ids that are padded to the longest text and one more, instead of to the whole context: the
    same numbers (one padding place must stay) for less work.  (unit embeddings, token features)"""
    text, length = network.text, ids.shape[1]
    positions = torch.cat([text.positional_embedding[:length], text.positional_embedding[CONTEXT:]])
    x = torch.cat([text.token_embedding(ids), text.cls_emb.expand(len(ids), 1, -1)], 1) + positions
    seen = torch.cat([torch.ones_like(ids[:, :1]), ids], 1) != 0  # open_clip's historic mask, shifted by one
    causal = torch.ones(length + 1, length + 1, dtype=torch.bool, device=ids.device).tril()
    mask = torch.where(seen[:, None, None] & causal, 0., -math.inf)
    for block in text.transformer.resblocks:
        x = block(x, attn_mask=mask)
    embedding = text.ln_final(x[:, -1]) @ text.text_projection
    return F.normalize(embedding.float(), dim=-1), x[:, :-1]


def pad(tokens, texts):
    """Ids of texts as `encode_text` wants them."""
    rows = [tokens(text) for text in texts]
    length = min(max(map(len, rows)) + 1, CONTEXT)
    return torch.tensor([(row + [0] * length)[:length] for row in rows])


def prepare(pictures):
    """Bytes to normalised numbers, with the light varied a little: overall, by channel, and in level."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    n = len(x)
    x = x * (1 + .08 * torch.randn(n, 1, 1, 1)) * (1 + .02 * torch.randn(n, 3, 1, 1)) + .03 * torch.randn(n, 1, 1, 1)
    return (x.clamp(0, 1) - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
