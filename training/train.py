"""Trains the multi-task encoder in stages; every stage is resumable from its last checkpoint.

A batch is either posts alone (all sentence heads, labels missing where a set has none) or
(target, post) pairs. Draws per set are fixed numbers, drawn as shuffled passes, so a set's number of
epochs is known. The learning rate rises, then falls linearly to zero within each stage (schedule.py).
"""
import json
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import data
import stance
from model import SENTENCE_HEADS, Encoder, base_folder, load_base
from schedule import Clock, Average
from text import EmojiTable, normalise
import make_emoji

MASK = 103
SINGLE_TOKENS, PAIR_TOKENS, BATCH, GROUP = 96, 96, 64, 64
WEAK = {"ce": 0.7, "bd": 0.5, "dong": 0.5}  # loss weight of sentiment toward a topic taken as stance
SOFT = {"sentiment", "emotion4"}  # one class of several; the other sentence heads are independent labels


def tokenizer():
    tok = Tokenizer.from_file(os.path.join(base_folder(), "tokenizer.json"))
    tok.no_padding()
    tok.no_truncation()
    return tok


def passes(n, count, rng):
    """`count` indices below n, as shuffled passes."""
    out = []
    while len(out) < count:
        out += rng.sample(range(n), n)
    return out[:count]


def class_weights(labels, size):
    counts = np.bincount(labels, minlength=size) + 1.0
    weights = counts ** -0.5
    return torch.tensor(weights * len(labels) / (weights[labels].sum()), dtype=torch.float)


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
        self.pair_weights = {n: class_weights([y for *_, y in rows], 3) for n, rows in pairs.items() if n not in WEAK}
        self.examples = self.draw_sentences(stage) + self.draw_pairs(stage, pairs)

    def draw_sentences(self, stage):
        out = []
        for name, count in stage["sentences"].items():
            rows = self.sentences[name]
            texts = self.tok.encode_batch([normalise(t, self.table) for t, _ in rows])
            out += [(name, texts[i].ids[:SINGLE_TOKENS], None, rows[i][1]) for i in passes(len(rows), count, self.rng)]
        return out

    def draw_pairs(self, stage, pairs):
        nouns = stance.noun_phrases([t for rows in pairs.values() for t in rows])
        drawn = []
        for name, count in stage["pairs"].items():
            if name == "synthetic":
                drawn += [(name, stance.synthetic(nouns, self.rng)) for _ in range(count)]
                continue
            rows, targets = pairs[name], sorted({t for t, _, _ in pairs[name]})
            if name in ("pstance", "ruw", "mtsd"):
                targets = []  # rivals: a post about one is a post about the other
            drawn += [(name, stance.vary(rows[i], targets, nouns, self.rng)) for i in passes(len(rows), count, self.rng)]
        posts = self.tok.encode_batch([normalise(p, self.table) for _, (_, p, _) in drawn], add_special_tokens=False)
        targets = self.tok.encode_batch([normalise(t, self.table) for _, (t, _, _) in drawn], add_special_tokens=False)
        out = []
        for (name, (_, _, label)), post, target in zip(drawn, posts, targets):
            first = [101, *target.ids[:48], 102]
            out.append((name, first, [*post.ids[:PAIR_TOKENS - len(first) - 1], 102], label))
        return out

    def batches(self):
        """Batches of like kind and length, in random order; fixed by the seed."""
        out = []
        for kind in (False, True):
            rows = [e for e in self.examples if (e[2] is not None) == kind]
            self.rng.shuffle(rows)
            for at in range(0, len(rows), BATCH * GROUP):
                group = sorted(rows[at:at + BATCH * GROUP], key=lambda e: len(e[1]) + len(e[2] or ()))
                out += [group[i:i + BATCH] for i in range(0, len(group), BATCH)]
        self.rng.shuffle(out)
        return out


def collate(batch, mask_rate, rng):
    width = max(len(a) + len(b or ()) for _, a, b, _ in batch)
    width = -(-width // 8) * 8
    ids, mask, types = (np.zeros((len(batch), width), np.int64) for _ in range(3))
    for row, (_, a, b, _) in enumerate(batch):
        whole = a + (b or [])
        ids[row, :len(whole)], mask[row, :len(whole)] = whole, 1
        types[row, len(a):len(whole)] = 1
    hidden = (rng.random(ids.shape) < mask_rate) & (ids > 999)
    ids[hidden] = MASK
    return torch.from_numpy(ids), torch.from_numpy(mask), torch.from_numpy(types)


def sentence_loss(out, batch, corpus):
    total = 0.0
    for name in {e[0] for e in batch}:
        rows = [i for i, e in enumerate(batch) if e[0] == name]
        logits, labels = out[name][rows], [batch[i][3] for i in rows]
        if name in SOFT:
            loss = F.cross_entropy(logits, torch.tensor(labels), weight=corpus.weights[name], reduction="sum")
        else:
            truth = torch.tensor(labels, dtype=torch.float).view(len(rows), -1)
            loss = (0.5 if truth.shape[1] > 1 else 1.5) * F.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
        total = total + loss
    return total / len(batch)


def stance_loss(logits, batch, corpus):
    labels = torch.tensor([e[3] for e in batch])
    two = torch.tensor([e[0] in data.TWO_CLASS and e[3] != 1 for e in batch])
    logits = logits.masked_fill(two[:, None] & torch.tensor([False, True, False]), -1e4)
    weight = torch.tensor([WEAK.get(e[0], 1.0) * (1.0 if e[0] not in corpus.pair_weights else
                           float(corpus.pair_weights[e[0]][e[3]].clamp(max=3))) for e in batch])
    return (F.cross_entropy(logits, labels, reduction="none") * weight).mean()


def optimiser(model, lr, head_lr, decay=0.9):
    groups = []
    for name, parameter in model.named_parameters():
        depth = int(name.split(".")[1]) + 1 if name.startswith("layers.") else 0
        is_head = name.startswith(("heads", "stance", "embed"))
        groups.append({"params": [parameter], "top": head_lr if is_head else lr * decay ** (len(model.layers) - depth),
                       "weight_decay": 0.01 if parameter.ndim > 1 else 0.0})
    return torch.optim.AdamW(groups, lr=lr, fused=True)


class Teacher:
    """The untouched base model: the embedding head learns to keep its notion of nearness."""

    def __init__(self):
        self.model = load_base(Encoder()).eval()

    @torch.no_grad()
    def __call__(self, ids, mask, types):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.model.hidden(ids, mask, types)
        return F.normalize(Encoder.mean(hidden, mask), dim=1)


def step_loss(model, teacher, batch, corpus, noise):
    ids, mask, types = collate(batch, 0.05, noise)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.hidden(ids, mask, types)
    if batch[0][2] is not None:
        return stance_loss(model.stance(hidden, mask, types), batch, corpus)
    pooled = model.mean(hidden, mask)
    loss = sentence_loss({n: head(pooled) for n, head in model.heads.items()}, batch, corpus)
    if noise.random() < 0.15:
        near = F.cosine_similarity(model.embed(pooled), teacher(ids, mask, types)).mean()
        loss = loss + 1.5 * (1 - near)
    return loss


def save(path, **state):
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def run_stage(name, stage, model, root, out):
    """Trains one stage; returns when its final weights are in out/NAME.pt."""
    final, partial = os.path.join(out, f"{name}.pt"), os.path.join(out, f"{name}.partial.pt")
    if os.path.exists(final):
        model.load_state_dict(torch.load(final)["model"])
        return
    torch.manual_seed(stage["seed"])
    corpus = Corpus(root, stage, stage["seed"])
    batches, teacher = corpus.batches(), Teacher()
    adam, start = optimiser(model, stage["lr"], stage["head_lr"]), 0
    clock, average = Clock(len(batches), stage.get("minutes")), Average(model)
    if os.path.exists(partial):
        saved = torch.load(partial)
        model.load_state_dict(saved["model"])
        adam.load_state_dict(saved["adam"])
        average.state, start = saved["average"], saved["step"]
        clock.resume(saved["spent"])
    train_steps(stage, model, {"corpus": corpus, "batches": batches, "teacher": teacher, "adam": adam, "clock": clock,
                               "average": average, "start": start, "partial": partial, "name": name})
    model.load_state_dict(average.state)
    save(final, model=model.state_dict())


def train_steps(stage, model, parts):
    """Steps until the schedule reaches zero, saving now and then."""
    batches, clock, average, adam = (parts[k] for k in ("batches", "clock", "average", "adam"))
    model.train()
    loss_mean, step = {}, parts["start"]
    while (scale := clock.rate(step)) > 0:
        for group in adam.param_groups:
            group["lr"] = group["top"] * scale
        noise = np.random.default_rng([stage["seed"], step])
        loss = step_loss(model, parts["teacher"], batches[step], parts["corpus"], noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
        step += 1
        average.update(model, step)
        kind = "pairs" if batches[step - 1][0][2] is not None else "posts"
        loss_mean[kind] = 0.98 * loss_mean.get(kind, float(loss.detach())) + 0.02 * float(loss.detach())
        if step % 50 == 0:
            pace = (step - parts["start"]) * BATCH / clock.here()
            print(json.dumps({"stage": parts["name"], "step": step, "of": len(batches), "per_s": round(pace), "rate": round(scale, 4),
                              "spent_s": round(clock.spent()), **{k: round(v, 4) for k, v in loss_mean.items()}}), flush=True)
        if step % 400 == 0:
            save(parts["partial"], model=model.state_dict(), adam=adam.state_dict(), step=step, average=average.state,
                 spent=clock.spent())


if __name__ == "__main__":
    print("use run.py", file=sys.stderr)
    sys.exit(2)
