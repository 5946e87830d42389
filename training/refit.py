"""Refits the E-c head on a frozen encoder so that its probabilities hold beyond E-c's own tweets.

E-c's tweets were collected by feeling words: a head that saw only them finds joy in 40 % of any posts. Here the linear
head learns from E-c's tweets and GoEmotions' posts together (a quarter of the weight on the latter): the labels both sets have carry
over, a neutral post has none of the eleven, and what GoEmotions does not say about a label is left out. It is held near
the trained head: refitted freely, it loses on E-c what the encoder and it had learned together.
"""
import numpy as np
import torch

import data
import make_emoji
from corpus import tables, tokenizer
from model import EC, GO
from text import EmojiTable, normalise

# GoEmotions labels that count as one of E-c's.
SAME = {"anger": ["anger", "annoyance"], "disgust": ["disgust"], "fear": ["fear", "nervousness"],
        "joy": ["joy", "amusement", "excitement", "gratitude", "pride", "relief"], "love": ["love", "caring"],
        "optimism": ["optimism"], "sadness": ["sadness", "grief", "disappointment", "remorse"], "surprise": ["surprise"]}
MOST, LIMIT, BATCH, RIDGE = 16_000, 96, 64, 1e-2
ELSEWHERE = 0.25  # weight of the posts that are not E-c's


def shared_truth(labels):
    """GoEmotions' 28 columns as E-c's 11; NaN where GoEmotions cannot say."""
    labels = np.array(labels)
    out = np.full((len(labels), len(EC)), np.nan)
    out[labels[:, GO.index("neutral")] == 1] = 0
    for label, names in SAME.items():
        out[:, EC.index(label)] = labels[:, [GO.index(n) for n in names]].max(1)
    return out


@torch.no_grad()
def pooled(model, texts, limit=LIMIT):
    """[posts, 384]: the mean over each post's tokens, cut at `limit` with [CLS] and [SEP]; in bf16."""
    table = EmojiTable(make_emoji.table())
    ids = [e.ids[:limit - 2] for e in tokenizer().encode_batch([normalise(t, table) for t in texts], add_special_tokens=False)]
    order, out = sorted(range(len(ids)), key=lambda i: len(ids[i])), np.zeros((len(ids), 384), np.float32)
    for at in range(0, len(order), BATCH):
        rows = order[at:at + BATCH]
        batch = [torch.from_numpy(v) for v in tables([(ids[i], []) for i in rows])]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = model.hidden(*batch)
        out[rows] = model.pooled(x, batch[1]).numpy()
    return torch.tensor(out)


def solve(x, y, weight, start):
    """Logistic regression per label, held near the head there is; missing labels do not count."""
    w, b = start[0].clone().requires_grad_(), start[1].clone().requires_grad_()
    known, y = ~torch.isnan(y), torch.nan_to_num(y)
    solver = torch.optim.LBFGS([w, b], max_iter=300, line_search_fn="strong_wolfe")

    def closure():
        solver.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w.T + b, y, reduction="none")
        loss = (loss * known * weight[:, None]).sum() / weight.sum() + RIDGE * ((w - start[0]) ** 2).sum()
        loss.backward()
        return loss

    solver.step(closure)
    return w.detach(), b.detach()


def refit(model, root):
    """Replaces the weights of the ec head."""
    sets = data.sentences(root, "train")
    ec, go = sets["ec"], sets["goemotions"][:MOST]
    x = pooled(model, [t for t, _ in ec] + [t for t, _ in go])
    y = torch.tensor(np.concatenate([np.array([v for _, v in ec], float), shared_truth([v for _, v in go])])).float()
    weight = torch.tensor([(1 - ELSEWHERE) / len(ec)] * len(ec) + [ELSEWHERE / len(go)] * len(go))
    head = model.heads["ec"]
    w, b = solve(x, y, weight, (head.weight.data, head.bias.data))
    head.weight.data.copy_(w)
    head.bias.data.copy_(b)
    return model
