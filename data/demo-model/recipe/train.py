#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the demo model on the pictures of pool.py, on a CPU (bf16) or a GPU.

    train.py --pool FOLDER --pack FOLDER [--minutes 60] [--device cuda]

The learning rate falls with the clock, so the result depends on how fast the machine is.
"""
import argparse
import math
import random
import time

import numpy as np
import torch

from losses import compute
from network import build, plain_attention, save
from pool import Pool
from tokens import Tokens

SAVE_EVERY = 150  # seconds
REPORT_EVERY = 20  # steps


def parse():
    parser = argparse.ArgumentParser(description="Train the demo model.")
    parser.add_argument("--pool", required=True)
    parser.add_argument("--pack", required=True, help="the model folder; tokens.py has put the vocabulary there")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--pairs", type=int, default=80, help="pairs of pictures in a batch")
    parser.add_argument("--rate", type=float, default=1e-3, help="the highest learning rate")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", help="weights to go on from")
    return parser.parse_args()


def make_optimiser(network):
    matrices = [p for p in network.parameters() if p.ndim > 1]
    vectors = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": .03}, {"params": vectors, "weight_decay": 0}]
    return torch.optim.AdamW(groups, betas=(.9, .98), fused=True)


def set_rate(optimiser, highest, step, warm_up, elapsed):
    """Up over the first steps, then down a cosine; elapsed: share of the time, 0 to 1."""
    rate = highest * min((step + 1) / warm_up, .5 + .5 * math.cos(math.pi * elapsed) + 1e-3)
    for group in optimiser.param_groups:
        group["lr"] = rate


class Report:
    """Running means, a line now and then."""

    def __init__(self):
        self.start, self.mean = time.time(), None

    def add(self, step, losses, images, shards, scale):
        now = np.array([losses.clip.item(), losses.caption.item(), losses.bank[0].item(), losses.edit.item(),
                        *losses.rates])
        self.mean = now if self.mean is None else .95 * self.mean + .05 * now
        if step % REPORT_EVERY == 0:
            seconds = time.time() - self.start
            clip, caption, thing, edit, found, edited, said = self.mean
            print(f"{seconds:6.0f} s  step {step}, {shards} shards, {step * images / seconds:.0f} pictures/s | "
                  f"clip {clip:.3f} caption {caption:.3f} thing {thing:.3f} edit {edit:.3f} | "
                  f"picture to caption {found:.3f} edits {edited:.3f} words {said:.3f} | scale {scale:.1f}", flush=True)


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    torch.nn.MultiheadAttention.forward = plain_attention
    network = build(arguments.resume).to(arguments.device)
    torch.manual_seed(arguments.seed)
    rnd, pool, tokens = random.Random(arguments.seed), Pool(arguments.pool), Tokens(arguments.pack)
    optimiser, report = make_optimiser(network), Report()
    start = saved = time.time()
    step = 0
    while (elapsed := (time.time() - start) / 60 / arguments.minutes) < 1:
        if step % 50 == 0:
            pool.refresh()
        set_rate(optimiser, arguments.rate, step, 60 if arguments.resume else 250, elapsed)
        losses = compute(network, tokens, rnd, *pool.batch(rnd, arguments.pairs), arguments.device)
        losses.total().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            network.logit_scale.clamp_(max=math.log(100))
        step += 1
        report.add(step, losses, 2 * arguments.pairs, len(pool.pixels), network.logit_scale.exp().item())
        if time.time() - saved > SAVE_EVERY:
            save(network, arguments.pack)
            saved = time.time()
    save(network, arguments.pack)
    print(step, "steps")


if __name__ == "__main__":
    main()
