"""The range of every matrix's input, fixed before the model ships: what an int8 file answers then depends on nothing beside it.

A few loud channels would take most of a range that a whole tensor shares, so channels are divided by a factor that multiplies their
row of the weight instead (SmoothQuant, Xiao et al. 2023): s = max|x|^a / max|w|^(1 - a) per channel.
"""
from collections import namedtuple

import numpy as np
import torch

from corpus import POST_TOKENS, TARGET_TOKENS, tables, tokenizer
from text import normalise

ALPHA = 0.9  # chosen on validation posts (docs/model/runs.md)
BATCH = 32
# `smooth` [n]; scale and zero point of the smoothed input; `applied`: the graph must divide (else the matrix before has done it).
Range = namedtuple("Range", "smooth scale zero applied")


class Peaks:
    """Per channel, the least and the most that went into each matrix; tokens of padding do not count."""

    def __init__(self, model):
        self.least, self.most, self.real, self.hooks = {}, {}, None, []
        for i, layer in enumerate(model.layers):
            for name, module in (("qkv", layer.query), ("out", layer.out), ("up", layer.up), ("down", layer.down)):
                self.hooks.append(module.register_forward_pre_hook(lambda _, x, key=f"layers.{i}.{name}": self.see(key, x[0])))

    def see(self, key, x):
        x = x[self.real].float()
        low, high = x.amin(0), x.amax(0)
        self.least[key] = torch.minimum(self.least.get(key, low), low)
        self.most[key] = torch.maximum(self.most.get(key, high), high)


@torch.no_grad()
def measured(model, rows, table):
    """{matrix: Range} over rows of (post, [target, ...]) as texts."""
    tok = tokenizer()
    ids = lambda text, most: tok.encode(normalise(text, table), add_special_tokens=False).ids[:most]
    rows = sorted(((ids(post, POST_TOKENS - 2), [ids(t, TARGET_TOKENS) for t in targets]) for post, targets in rows), key=lambda r: len(r[0]))
    peaks = Peaks(model)
    for at in range(0, len(rows), BATCH):
        batch = [torch.from_numpy(v) for v in tables(rows[at:at + BATCH])]
        peaks.real = batch[1] >= 0
        model.hidden(*batch)
    for hook in peaks.hooks:
        hook.remove()
    state = {k: v.float().numpy() for k, v in model.state_dict().items()}
    return {key: ranged(key, peaks, state) for key in peaks.least}


def ranged(key, peaks, state):
    at, kind = key.rsplit(".", 1)
    names = ("query", "key", "value") if kind == "qkv" else (kind,)
    weight = np.concatenate([state[f"{at}.{n}.weight"] for n in names])
    low, high = peaks.least[key].numpy(), peaks.most[key].numpy()
    most = np.maximum(np.abs(low), np.abs(high)).clip(1e-5)
    smooth = (most ** ALPHA / np.abs(weight).max(0).clip(1e-5) ** (1 - ALPHA)).astype(np.float32)
    low, high = min(0, (low / smooth).min()), max(0, (high / smooth).max())
    scale = (high - low) / 255
    return Range(smooth, scale, round(-low / scale), kind != "out")
