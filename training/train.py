"""Trains the multi-task encoder in stages; every stage is resumable from its last checkpoint.

The learning rate rises, then falls linearly to zero within each stage (schedule.py); what is drawn: corpus.py.
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import data
from corpus import BATCH, SOFT, WEAK, Corpus, collate
from model import Encoder, load_base
from schedule import Average, Clock

AGREE = 1.0  # weight of the demand that a post's answer about a target and about its opposite mirror each other


def sentence_loss(out, batch, corpus):
    total = 0.0
    for name in {e.set for e in batch}:
        rows = [i for i, e in enumerate(batch) if e.set == name]
        logits, labels = out[name][rows], [batch[i].label for i in rows]
        if name in SOFT:
            loss = F.cross_entropy(logits, torch.tensor(labels), weight=corpus.weights[name], reduction="sum")
        else:
            truth = torch.tensor(labels, dtype=torch.float).view(len(rows), -1)
            loss = (0.5 if truth.shape[1] > 1 else 1.5) * F.binary_cross_entropy_with_logits(logits, truth, reduction="sum")
        total = total + loss
    return total / len(batch)


def stance_loss(logits, batch, corpus):
    certain = [isinstance(e.label, int) for e in batch]
    allowed = torch.tensor([[k == e.label if sure else k in e.label for k in range(3)] for e, sure in zip(batch, certain)])
    two = torch.tensor([e.set in data.TWO_CLASS and sure and e.label != 1 for e, sure in zip(batch, certain)])
    masked = logits.masked_fill(two[:, None] & torch.tensor([False, True, False]), -1e4)
    loss = -torch.log_softmax(masked, 1).masked_fill(~allowed, -1e4).logsumexp(1)
    weight = torch.tensor([WEAK.get(e.set, 1.0) * (float(corpus.pair_weights[e.set][e.label].clamp(max=3))
                           if sure and e.set in corpus.pair_weights else 1.0) for e, sure in zip(batch, certain)])
    return (loss * weight).mean() + AGREE * mirrored(logits, batch)


def mirrored(logits, batch):
    """Symmetric divergence, per row of the batch, between what twins are answered: one turned must be the other."""
    at = [i for i, e in enumerate(batch) if e.twin]
    if not at:
        return 0.0
    p, q = torch.log_softmax(logits[at], 1), torch.log_softmax(logits[[i + 1 for i in at]].flip(1), 1)
    return 0.5 * ((p.exp() - q.exp()) * (p - q)).sum() / len(batch)


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
    if batch[0].second is not None:
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
    before = {name: value.clone() for name, value in model.state_dict().items()}
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
        loss = step_loss(model, parts["teacher"], batches[step], parts["corpus"], noise)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        adam.zero_grad()
        step += 1
        average.update(model, step)
        kind = "pairs" if batches[step - 1][0].second is not None else "posts"
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
