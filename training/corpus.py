"""What a stage trains on: drawn posts with what is asked about them, normalised and tokenised once, in batches of like length.

A row is a post and its targets (model.py). Draws per set are fixed numbers, drawn as shuffled passes, so a set's number of epochs is known.
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
from held import apart, fold
from model import SENTENCE_HEADS, base_folder
from text import EmojiTable, normalise

START, END, MASK = 101, 102, 103
POST_TOKENS, TARGET_TOKENS, BATCH, GROUP = 128, 48, 64, 64
WEAK = {"ce": 0.7, "bd": 0.5, "dong": 0.5}  # loss weight of sentiment toward a topic taken as stance
SOFT = {"sentiment", "emotion4"}  # one class of several; the other sentence heads are independent labels
UNASKED = 0.6  # rows drawn with one more target, that only teachers (teacher.py) answer


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


# A row: ids of the post and what is asked of it; `label`: the post's own, for the head that is named like the set.
Example = namedtuple("Example", "set post asked label", defaults=(None,))
# A question: ids of a target; its label, several that it may be, or None where nobody told; `twin`: the next asks about the opposite.
Asked = namedtuple("Asked", "target label twin")


def length(example):
    return len(example.post) + 2 + sum(len(a.target) + 1 for a in example.asked)


class Corpus:
    """The training rows, normalised and tokenised once per stage."""

    def __init__(self, root, stage, seed, taught=False):
        self.rng, self.tok, self.taught = random.Random(seed), tokenizer(), taught
        self.table = EmojiTable(make_emoji.table())
        sentences, pairs = data.sentences(root, "train"), data.pairs(root, "train")
        pairs["semst"] = [t for name in data.TWEETEVAL_TARGETS for t in pairs.pop(name)]
        pairs["rivals"] = [t for name in ("pstance", "mtsd") for t in pairs[name] if t[2] != 1 and stance.absent(t)]
        self.away = {fold(t) for rows in data.held_pairs(root).values() for t, _, _ in rows}
        self.nouns = stance.noun_phrases([t for rows in pairs.values() for t in rows])
        self.weights = {n: class_weights([y for _, y in sentences[n]], k) for n, k in SENTENCE_HEADS.items() if n in SOFT}
        # None for sentiment toward a topic: how rare "against" is there tells what it must be in a share.
        self.pair_weights = {n: class_weights([y for *_, y in rows], 3) for n, rows in pairs.items()
                             if rows and n not in WEAK and n != "rivals"}
        drawn = self.draw_sentences(stage, sentences) + self.draw_pairs(stage, pairs)
        self.rows = self.tokenised(drawn)

    def draw_sentences(self, stage, sentences):
        """[(set, post, label, [(target, label, twin)])]."""
        out = []
        for name, count in stage["sentences"].items():
            rows = sentences[name]
            for i in passes(len(rows), count, self.rng):
                post, label = rows[i]
                out.append((name, post, label, self.more(post, self.nouns)))
        return out

    def draw_pairs(self, stage, pairs):
        out = []
        for name, count in stage["pairs"].items():
            rows = pairs.get(name, [])
            if data.LEFT and name in pairs and not rows:
                print(f"{name} is left out whole")
                continue
            names = sorted({t for t, _, _ in rows}) or self.nouns
            # Rivals are not drawn as targets that a post says nothing about: a post about one is a post about the other.
            others = [] if name in ("pstance", "rivals", "ruw", "mtsd") else names
            picks = range(count) if name == "synthetic" else passes(len(rows), count, self.rng)
            for i in picks:
                unit = ([stance.synthetic(self.nouns, self.rng)] if name == "synthetic" else
                        [stance.rival(rows[i], self.rng)] if name == "rivals" else
                        stance.vary(rows[i], others, self.nouns, self.rng))
                asked = [(target, label, at + 1 < len(unit)) for at, (target, _, label) in enumerate(unit)]
                out.append((name, unit[0][1], None, asked + self.more(unit[0][1], others or self.nouns)))
        return out

    def more(self, post, others):
        """One more target that nobody told about, if teachers will; apart from the topics held out of tweets and comments."""
        if not self.taught or self.rng.random() >= UNASKED:
            return []
        target = stance.unasked(post, others, self.rng)
        return [(target, None, False)] if apart(target, self.away) else []

    def tokenised(self, drawn):
        encode = lambda texts: [e.ids for e in self.tok.encode_batch([normalise(t, self.table) for t in texts], add_special_tokens=False)]
        posts = encode([post for _, post, _, _ in drawn])
        targets = iter(encode([target for *_, asked in drawn for target, _, _ in asked]))
        return [Example(name, ids[:POST_TOKENS - 2], [Asked(next(targets)[:TARGET_TOKENS], y, twin) for _, y, twin in asked], label)
                for ids, (name, _, label, asked) in zip(posts, drawn)]

    def batches(self):
        """Batches of like length, in random order; fixed by the seed."""
        out = []
        self.rng.shuffle(self.rows)
        for at in range(0, len(self.rows), BATCH * GROUP):
            rows = sorted(self.rows[at:at + BATCH * GROUP], key=length)
            out += [rows[i:i + BATCH] for i in range(0, len(rows), BATCH)]
        self.rng.shuffle(out)
        return out


def tables(rows, multiple=8):
    """ids, segments and positions, [rows, tokens] each (padding: segment -1), of [(post ids, [target ids, ...])]."""
    whole = [[(0, [START, *post, END], 0)] + [(k, [*ids, END], 1) for k, ids in enumerate(targets, 1)] for post, targets in rows]
    width = -(-max(sum(len(ids) for _, ids, _ in parts) for parts in whole) // multiple) * multiple
    ids, segments, positions = np.zeros((len(rows), width), np.int64), np.full((len(rows), width), -1), np.zeros((len(rows), width), np.int64)
    for row, parts in enumerate(whole):
        at = 0
        for segment, part, first in parts:
            cut = slice(at, at + len(part))
            ids[row, cut], segments[row, cut], positions[row, cut] = part, segment, np.arange(first, first + len(part))
            at += len(part)
    return ids, segments, positions


def collate(batch, mask_rate, rng):
    """The tables of a batch as tensors, some words masked."""
    ids, segments, positions = tables([(e.post, [a.target for a in e.asked]) for e in batch])
    ids[(rng.random(ids.shape) < mask_rate) & (ids > 999)] = MASK
    return torch.from_numpy(ids), torch.from_numpy(segments), torch.from_numpy(positions)
