"""What a stage trains on: drawn rows, normalised and tokenised once, in batches of like kind and length.

A batch is either posts alone (all sentence heads, labels missing where a set has none) or (target, post) pairs. Draws per
set are fixed numbers, drawn as shuffled passes, so a set's number of epochs is known.
"""
import os
import random
from collections import namedtuple

import numpy as np
import torch
from tokenizers import Tokenizer

import data
import make_emoji
import stance
from model import SENTENCE_HEADS, base_folder
from text import EmojiTable, normalise

MASK = 103
SINGLE_TOKENS, PAIR_TOKENS, BATCH, GROUP = 96, 128, 64, 64
WEAK = {"ce": 0.7, "bd": 0.5, "dong": 0.5}  # loss weight of sentiment toward a topic taken as stance
SOFT = {"sentiment", "emotion4"}  # one class of several; the other sentence heads are independent labels


def tokenizer():
    tok = Tokenizer.from_file(os.path.join(base_folder(), "tokenizer.json"))
    tok.no_padding()
    tok.no_truncation()
    return tok


def passes(n, count, rng):
    """`count` indices below n, as shuffled passes."""
    assert n > 0, "a stage draws from a set that is empty"
    out = []
    while len(out) < count:
        out += rng.sample(range(n), n)
    return out[:count]


def class_weights(labels, size):
    counts = np.bincount(labels, minlength=size) + 1.0
    weights = counts ** -0.5
    return torch.tensor(weights * len(labels) / (weights[labels].sum()), dtype=torch.float)


# One row of a batch: ids of the post, or of the target and then of the post; `twin`: the next row asks about the opposite.
Example = namedtuple("Example", "set first second label twin", defaults=(False,))


def length(example):
    return len(example.first) + len(example.second or ())


class Corpus:
    """The training rows, normalised and tokenised once per stage."""

    def __init__(self, root, stage, seed):
        self.rng, self.tok = random.Random(seed), tokenizer()
        self.table = EmojiTable(make_emoji.table())
        self.sentences, pairs = data.sentences(root, "train"), data.pairs(root, "train")
        pairs["semst"] = [t for name in data.TWEETEVAL_TARGETS for t in pairs.pop(name)]
        self.weights = {n: class_weights([y for _, y in self.sentences[n]], k)
                        for n, k in SENTENCE_HEADS.items() if n in SOFT}
        # None for sentiment toward a topic: how rare "against" is there tells what it must be in a share.
        self.pair_weights = {n: class_weights([y for *_, y in rows], 3) for n, rows in pairs.items() if rows and n not in WEAK}
        self.sentence_units, self.pair_units = self.draw_sentences(stage), self.draw_pairs(stage, pairs)

    def draw_sentences(self, stage):
        out = []
        for name, count in stage["sentences"].items():
            rows = self.sentences[name]
            texts = self.tok.encode_batch([normalise(t, self.table) for t, _ in rows])
            out += [[Example(name, texts[i].ids[:SINGLE_TOKENS], None, rows[i][1])] for i in passes(len(rows), count, self.rng)]
        return out

    def draw_pairs(self, stage, pairs):
        nouns = stance.noun_phrases([t for rows in pairs.values() for t in rows])
        drawn = []
        for name, count in stage["pairs"].items():
            if name == "synthetic":
                drawn += [(name, [stance.synthetic(nouns, self.rng)]) for _ in range(count)]
                continue
            rows, targets = pairs[name], sorted({t for t, _, _ in pairs[name]})
            if name in ("pstance", "ruw", "mtsd"):
                targets = []  # rivals: a post about one is a post about the other
            drawn += [(name, stance.vary(rows[i], targets, nouns, self.rng)) for i in passes(len(rows), count, self.rng)]
        return self.tokenised(drawn)

    def tokenised(self, drawn):
        """Units of examples that stay together, from [(set, triples)]."""
        encode = lambda texts: self.tok.encode_batch([normalise(t, self.table) for t in texts], add_special_tokens=False)
        rows = [(name, row, at + 1 < len(unit)) for name, unit in drawn for at, row in enumerate(unit)]
        posts, targets = encode([p for _, (_, p, _), _ in rows]), encode([t for _, (t, _, _), _ in rows])
        units, open_unit = [], []
        for (name, (_, _, label), twin), post, target in zip(rows, posts, targets):
            first = [101, *target.ids[:48], 102]
            open_unit.append(Example(name, first, [*post.ids[:PAIR_TOKENS - len(first) - 1], 102], label, twin))
            if not twin:
                units.append(open_unit)
                open_unit = []
        return units

    def batches(self):
        """Batches of like kind and length, in random order; fixed by the seed. A unit is not torn: a batch may have one more."""
        out = []
        for units in (self.sentence_units, self.pair_units):
            self.rng.shuffle(units)
            for at in range(0, len(units), BATCH * GROUP):
                batch = []
                for unit in sorted(units[at:at + BATCH * GROUP], key=lambda u: max(map(length, u))):
                    batch += unit
                    if len(batch) >= BATCH:
                        out.append(batch)
                        batch = []
                out += [batch] if batch else []
        self.rng.shuffle(out)
        return out


def collate(batch, mask_rate, rng):
    width = -(-max(map(length, batch)) // 8) * 8
    ids, mask, types = (np.zeros((len(batch), width), np.int64) for _ in range(3))
    for row, example in enumerate(batch):
        whole = example.first + (example.second or [])
        ids[row, :len(whole)], mask[row, :len(whole)] = whole, 1
        types[row, len(example.first):len(whole)] = 1
    hidden = (rng.random(ids.shape) < mask_rate) & (ids > 999)
    ids[hidden] = MASK
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(types)
