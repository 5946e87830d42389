"""Trains the multi-task encoder in stages; every stage is resumable from its last checkpoint.

The learning rate rises, then falls linearly to zero within each stage (schedule.py); what is drawn: corpus.py.
"""
import json
import os
import sys
from collections import namedtuple

import numpy as np
import torch
import torch.nn.functional as F

import data
from corpus import BATCH, SOFT, WEAK, Corpus, collate
from model import SENTENCE_HEADS, Encoder, load_base
from schedule import Average, Clock

TAUGHT = 3.0  # weight of the teachers' answers about targets beside the labels
AGREE = 1.0  # weight of the demand that a post's answer about a target and about its opposite mirror each other


def sentence_loss(out, batch, corpus):
    """Loss of the posts that came with a label, each for the head its set is named like."""
    total = out["sentiment"].sum() * 0.0  # a batch may have no such post
    for name in {e.set for e in batch if e.label is not None}:
        rows = [i for i, e in enumerate(batch) if e.set == name]
        logits, labels = out[name][rows], [batch[i].label for i in rows]
        if name in SOFT:
            loss = F.cross_entropy(logits, torch.tensor(labels), weight=corpus.weights[name], reduction="sum")
        else:
            truth = torch.tensor(labels, dtype=torch.float).view(len(rows), -1)
            loss = (0.5 if truth.shape[1] > 1 else 1.5) * F.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
        total = total + loss
    return total / len(batch)


def taught_sentences(out, answers):
    """Every sentence head learns what the teachers answer to every post, whatever set it is of and whatever was told."""
    total = 0.0
    for name in SENTENCE_HEADS:
        if name in SOFT:
            loss = F.cross_entropy(out[name], answers[name], reduction="sum")
        else:
            loss = 0.5 * F.binary_cross_entropy_with_logits(out[name], answers[name], reduction="sum")
        total = total + loss
    return total / len(out["sentiment"])


def picked(logits, some):
    return logits[[q.row for q in some], [q.at for q in some]]


# A question of a batch: its row, which of the row's targets, its set, the question.
Question = namedtuple("Question", "row at set asked")


def questions(batch):
    return [Question(row, at, e.set, asked) for row, e in enumerate(batch) for at, asked in enumerate(e.asked)]


def stance_loss(logits, told, corpus):
    """Mean loss of the questions `told` ([n, 3] logits), whose label is one class, or several that it may be."""
    certain = [isinstance(q.asked.label, int) for q in told]
    allowed = torch.tensor([[k == q.asked.label if sure else k in q.asked.label for k in range(3)] for q, sure in zip(told, certain)])
    two = torch.tensor([q.set in data.TWO_CLASS and sure and q.asked.label != 1 for q, sure in zip(told, certain)])
    masked = logits.masked_fill(two[:, None] & torch.tensor([False, True, False]), -1e4)
    loss = -torch.log_softmax(masked, 1).masked_fill(~allowed, -1e4).logsumexp(1)
    weight = torch.tensor([WEAK.get(q.set, 1.0) * (float(corpus.pair_weights[q.set][q.asked.label].clamp(max=3))
                           if sure and q.set in corpus.pair_weights else 1.0) for q, sure in zip(told, certain)])
    return (loss * weight).mean() + AGREE * mirrored(logits, told)


def mirrored(logits, told):
    """Symmetric divergence, per question, between what twins are answered: one turned must be the other."""
    at = [i for i, q in enumerate(told) if q.asked.twin]
    if not at:
        return 0.0
    p, q = torch.log_softmax(logits[at], 1), torch.log_softmax(logits[[i + 1 for i in at]].flip(1), 1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum() / len(told)


def taught_questions(asked):
    """What teachers answer: not about rivals, of whom they were told something else, nor about opposites: their twin's answer says it."""
    opposite = {(q.row, q.at + 1) for q in asked if q.asked.twin}
    return [q for q in asked if (q.row, q.at) not in opposite and (q.set != "rivals" or q.asked.label is None)]


def target_loss(logits, asked, corpus):
    """Of the labels that were told."""
    loss = logits.sum() * 0.0
    if told := [q for q in asked if q.asked.label is not None]:
        loss = stance_loss(picked(logits, told), told, corpus)
    return loss


def optimiser(model, lr, head_lr, decay=0.9):
    groups = []
    for name, parameter in model.named_parameters():
        depth = int(name.split(".")[1]) + 1 if name.startswith("layers.") else 0
        is_head = name.startswith(("heads", "stance", "embed"))
        groups.append({"params": [parameter], "top": head_lr if is_head else lr * decay ** (len(model.layers) - depth),
                       "weight_decay": 0.01 if parameter.ndim > 1 else 0.0})
    return torch.optim.AdamW(groups, lr=lr, fused=True)


class Base:
    """The untouched base model, where no teacher is: the embedding head learns to keep its notion of nearness."""

    def __init__(self):
        self.model = load_base(Encoder()).eval()

    @torch.no_grad()
    def __call__(self, tables):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.model.hidden(*tables)
        return self.model.pooled(hidden, tables[1])


def step_loss(model, guides, batch, corpus, noise):
    teachers, base = guides
    tables = collate(batch, 0.05, noise)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = model.hidden(*tables)
    segments, asked = tables[1], questions(batch)
    pooled = model.pooled(hidden, segments)
    out = {n: head(pooled) for n, head in model.heads.items()}
    stance = model.stance(hidden, segments, pooled) if asked else None
    answers = teachers and teachers.posts(batch)
    loss = taught_sentences(out, answers) if teachers else sentence_loss(out, batch, corpus)
    parts = {"posts": float(loss.detach())}
    if asked:
        targets = target_loss(stance, asked, corpus)
        if teachers and (taught := taught_questions(asked)):
            about = teachers.stance(batch, [(q.row, q.at) for q in taught])
            targets = targets + TAUGHT * F.cross_entropy(picked(stance, taught), about)
        loss, parts["targets"] = loss + targets, float(targets.detach())
    if teachers or noise.random() < 0.15:
        near = F.cosine_similarity(model.embed(pooled), answers["embedding"] if teachers else base(tables)).mean()
        loss = loss + (0.3 if teachers else 1.5) * (1 - near)
    return loss, parts


def save(path, **state):
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def run_stage(name, stage, model, paths):
    """Trains one stage; returns when its final weights are in OUT/NAME.pt. `paths`: data, out, and Teachers if there are any."""
    root, out, teachers = paths
    final, partial = os.path.join(out, f"{name}.pt"), os.path.join(out, f"{name}.partial.pt")
    if os.path.exists(final):
        model.load_state_dict(torch.load(final)["model"])
        return
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(stage["seed"])
    corpus = Corpus(root, stage, stage["seed"], taught=bool(teachers))
    batches, guides = corpus.batches(), (teachers, None) if teachers else (None, Base())
    adam, start = optimiser(model, stage["lr"], stage["head_lr"]), 0
    clock, average = Clock(len(batches), stage.get("minutes")), Average(model)
    if os.path.exists(partial):
        saved = torch.load(partial)
        model.load_state_dict(saved["model"])
        adam.load_state_dict(saved["adam"])
        average.state, start = saved["average"], saved["step"]
        clock.resume(saved["spent"])
    train_steps(stage, model, {"corpus": corpus, "batches": batches, "guides": guides, "adam": adam, "clock": clock,
                               "average": average, "start": start, "partial": partial, "name": name})
    part = stage.get("blend", 1)
    model.load_state_dict({name: torch.lerp(before[name], value, part) for name, value in average.state.items()})
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
        loss, shown = step_loss(model, parts["guides"], batches[step], parts["corpus"], noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
        step += 1
        average.update(model, step)
        for kind, value in shown.items():
            loss_mean[kind] = 0.98 * loss_mean.get(kind, value) + 0.02 * value
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
