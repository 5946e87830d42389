"""Fits, on validation data and the int8 model, what turns logits into probabilities, and the thresholds.

Softmax heads: one common scale and a bias per class. Sigmoid heads: scale and bias per label (Platt).
Both are pulled towards scale 1, bias 0, so that rare labels stay sane. Writes into labels.json.
"""
import os

import numpy as np
import torch

import data
from held import role
from metrics import f1_of, f1_per_label, jaccard, macro_f1, one_hot
from model import EC, GO
from package import EMOTIONS, write_json
from refit import shared_truth
from score import Scorer, probabilities

MOST_EACH = 60
RIDGE = 2.0  # worth about this many posts of doubt


def fit(logits, truth, kind, without=None):
    """Scale and bias per column that minimise the log loss plus a small pull to (1, 0); `without`: entries no label can be."""
    x, y = torch.tensor(logits, dtype=torch.float64), torch.tensor(truth, dtype=torch.float64)
    scale = torch.ones(x.shape[1] if kind == "sigmoid" else 1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(x.shape[1], dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([scale, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure():
        solver.zero_grad()
        z = x * scale + bias
        z = z if without is None else z.masked_fill(torch.tensor(without), -1e4)
        if kind == "sigmoid":
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum")
        else:
            loss = -(y * torch.log_softmax(z, 1)).sum()
        loss = loss + RIDGE * ((scale - 1) ** 2).sum() + 0.1 * RIDGE * (bias ** 2).sum()
        loss.backward()
        return loss

    solver.step(closure)
    scales = scale.detach().numpy() * np.ones(x.shape[1])
    return {"scale": [round(float(v), 4) for v in scales], "bias": [round(float(v), 4) for v in bias.detach()]}


def best_threshold(truth, probability, metric):
    """The cut with the best metric; among near-equals the middle one, which travels better."""
    cuts = np.unique(np.quantile(probability, np.linspace(0.02, 0.995, 120)).round(4))
    values = np.array([metric(truth, (probability >= c).astype(int)) for c in cuts])
    good = cuts[values >= values.max() - 0.002]
    return round(float(np.clip(np.median(good), 0.02, 0.98)), 4)


def label_f1(truth, guess):
    return f1_per_label(truth[:, None], guess[:, None])[0]


def sigmoid_head(head, logits, truth, metric):
    head["calibration"] = fit(logits, truth, "sigmoid")
    p = probabilities(logits, head)
    head["thresholds"] = [best_threshold(truth[:, k], p[:, k], metric) for k in range(truth.shape[1])]


def emotion_head(head, logits, truth, wider):
    """Probabilities that hold on E-c's tweets and GoEmotions' posts alike; thresholds for the label's own set."""
    head["calibration"] = {"scale": [], "bias": []}
    for k in range(truth.shape[1]):
        x, y = logits[:, [k]], truth[:, [k]]
        if wider is not None:
            known = ~np.isnan(wider[1][:, k])
            x, y = np.concatenate([x, wider[0][known][:, [k]]]), np.concatenate([y, wider[1][known][:, [k]]])
        for name, values in fit(x, y, "sigmoid").items():
            head["calibration"][name] += values
    p = probabilities(logits, head)
    head["thresholds"] = ([best_threshold(truth[:, k], p[:, k], label_f1) for k in range(truth.shape[1])] if wider is None
                          else thresholds_for_jaccard(head, logits, truth))


def thresholds_for_jaccard(head, logits, truth):
    """One common cut of probabilities that hold on the tweets alone, told in the head's own probabilities."""
    own = {"kind": "sigmoid", "calibration": fit(logits, truth, "sigmoid")}
    p = probabilities(logits, own)
    cut = max(np.arange(0.2, 0.6, 0.02), key=lambda c: jaccard(truth, (p >= c).astype(int)))
    scale, bias = (np.array(own["calibration"][name]) for name in ("scale", "bias"))
    at = (np.log(cut / (1 - cut)) - bias) / scale
    return [round(float(t), 4) for t in probabilities(at[None], head)[0]]


def stance_rows(root):
    """(triples, whether "neither" is no choice in the set): trained targets, and those that never trained and calibrate."""
    sets = data.without_left(data.pairs(root, "val"))
    rows = [(t, False) for name in (*data.TWEETEVAL_TARGETS, "mtsd") for t in sets[name]]
    for kind, held in data.unseen_topics(root).items():
        mine = data.without_left({kind: [t for t in held if role(t[0]) == "calibrate"]})[kind]
        rows += [(t, kind == "arguments") for t in few_each(mine, MOST_EACH)]
    return [t for t, _ in rows], np.array([two for _, two in rows])


def few_each(triples, most):
    """At most so many posts of each target, spread over its rows."""
    by = {}
    for triple in triples:
        by.setdefault(triple[0], []).append(triple)
    return [rows[i * len(rows) // min(most, len(rows))] for rows in by.values() for i in range(min(most, len(rows)))]


def calibrate_sentences(root, scorer, heads, research):
    sets = data.sentences(root, "val")
    logits = {name: scorer.posts([t for t, _ in rows]) for name, rows in sets.items()}
    truth = {name: np.array([y for _, y in rows]) for name, rows in sets.items()}
    for name, head in (("sentiment", heads["sentiment"]), ("emotion4", research["emotion4"])):
        head["calibration"] = fit(logits[name][name], one_hot(truth[name], len(head["labels"])), "softmax")
    # The largest p / frequency has the best macro recall whatever the frequencies are (logit adjustment, Menon et al. 2021).
    heads["sentiment"]["thresholds"] = one_hot(truth["sentiment"], 3).mean(0).round(4).tolist()
    for name, metric in (("irony", label_f1), ("offensive", macro_f1(2)), ("hate", macro_f1(2))):
        sigmoid_head(heads[name], logits[name][name], truth[name][:, None], metric)
    sigmoid_head(research["goemotions"], logits["goemotions"]["goemotions"], truth["goemotions"], label_f1)
    columns = list(EMOTIONS)
    parts = {}
    for source, names in (("ec", EC), ("goemotions", GO)):
        chosen = [label for label in columns if EMOTIONS[label] == source]
        part = {"kind": "sigmoid"}
        at = [columns.index(label) for label in chosen]
        wider = (logits["goemotions"]["emotion"][:, at], shared_truth(truth["goemotions"])) if source == "ec" else None
        emotion_head(part, logits[source]["emotion"][:, at], truth[source][:, [names.index(c) for c in chosen]], wider)
        parts |= {label: (part["calibration"]["scale"][i], part["calibration"]["bias"][i], part["thresholds"][i])
                  for i, label in enumerate(chosen)}
    scale, bias, cuts = (list(v) for v in zip(*(parts[label] for label in columns)))
    heads["emotion"] |= {"calibration": {"scale": scale, "bias": bias}, "thresholds": cuts}


def calibrate(root, folder):
    scorer = Scorer(folder)
    labels = scorer.labels
    calibrate_sentences(root, scorer, labels["heads"], labels["research"])
    rows, two = stance_rows(root)
    logits = scorer.stance([t for t, _, _ in rows], [p for _, p, _ in rows])
    truth, neither = one_hot(np.array([y for *_, y in rows]), 3), np.array([[False, True, False]])
    labels["heads"]["stance"]["calibration"] = fit(logits, truth, "softmax", two[:, None] & neither)
    write_json(os.path.join(folder, "labels.json"), labels)
