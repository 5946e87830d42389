"""Scores the int8 model on the official splits and probes what it reads; writes scorecard.json and .md.

Decisions are those that ship: calibrated probabilities, the largest one (of sentiment the largest p / threshold) or the thresholds.
`raw` beside a figure means the largest raw logit instead.
"""
import random

import numpy as np

import data
import metrics as m
from calibrate import few_each
from held import role
from package import EMOTIONS
from probes import FALSE_UNSEEN, NOUN_UNSEEN, UNRELATED
from score import probabilities
from stance import is_statement, lower_first

PUBLIC4 = ["anger", "joy", "optimism", "sadness"]


def pick(p, thresholds):
    return (p >= np.array(thresholds)).astype(int)


def sentence_figures(root, scorer, split="test"):
    out, heads, research = {}, scorer.labels["heads"], scorer.labels["research"]
    sets = data.sentences(root, split)
    for name, rows in sets.items():
        logits, truth = scorer.posts([t for t, _ in rows]), np.array([y for _, y in rows])
        if name == "sentiment":
            p = probabilities(logits[name], heads[name])
            guess = (p / heads[name].get("thresholds", 1)).argmax(1)
            out["tweeteval/sentiment macro recall"] = m.interval(m.macro_recall(3), truth, guess)
            out["tweeteval/sentiment macro recall (raw)"] = m.interval(m.macro_recall(3), truth, logits[name].argmax(1))
            out["ece/sentiment"] = ece_pair(m.one_hot(truth, 3), logits[name], heads[name], p)
        elif name == "emotion4":
            p = probabilities(logits["emotion"], heads["emotion"])[:, [list(EMOTIONS).index(l) for l in PUBLIC4]]
            out["tweeteval/emotion macro-F1"] = m.interval(m.macro_f1(4), truth, logits[name].argmax(1))
            out["tweeteval/emotion macro-F1 (public emotion head)"] = m.interval(m.macro_f1(4), truth, p.argmax(1))
        elif name == "ec":
            p = probabilities(logits["emotion"], heads["emotion"])[:, :11]
            guess = pick(p, heads["emotion"]["thresholds"][:11])
            for label, metric in (("Jaccard", m.jaccard), ("micro-F1", m.multi_micro_f1), ("macro-F1", m.multi_macro_f1)):
                out[f"E-c {label}"] = m.interval(metric, truth, guess)
            out["ece/emotion (E-c labels)"] = ece_pair(truth, logits["emotion"][:, :11], None, p)
        elif name == "goemotions":
            p = probabilities(logits[name], research[name])
            out["GoEmotions macro-F1 (28)"] = m.interval(m.multi_macro_f1, truth, pick(p, research[name]["thresholds"]))
            out["ece/goemotions"] = ece_pair(truth, logits[name], None, p)
        else:
            p = probabilities(logits[name], heads[name])
            guess = pick(p, heads[name]["thresholds"])[:, 0]
            metric, label = (m.f1_of([1], 2), "F1 of irony") if name == "irony" else (m.macro_f1(2), "macro-F1")
            out[f"tweeteval/{name} {label}"] = m.interval(metric, truth, guess)
            out[f"ece/{name}"] = ece_pair(truth[:, None], logits[name], None, p)
    return out


def ece_pair(truth, logits, head, p):
    """Calibration error before (raw logits) and after calibration."""
    if head and head["kind"] == "softmax":
        raw = probabilities(logits, head | {"calibration": {"scale": 1, "bias": 0}})
    else:
        raw = 1 / (1 + np.exp(-logits.astype(float)))
    return {"before": round(m.ece(truth, raw), 4), "after": round(m.ece(truth, p), 4), "n": len(truth)}


def guess_stance(scorer, rows, targets=None):
    logits = scorer.stance(targets or [t for t, _, _ in rows], [p for _, p, _ in rows])
    return probabilities(logits, scorer.labels["heads"]["stance"]), logits


def two_class(p):
    return np.where(p[:, 2] >= p[:, 0], 2, 0)


def deranged(rows, rng):
    """Every row's target replaced by another one of the set."""
    names = sorted({t for t, _, _ in rows})
    return [rng.choice([n for n in names if n != t]) for t, _, _ in rows]


def stance_sets(root, split):
    test, val = data.pairs(root, "test"), data.pairs(root, "val")
    if split == "val":
        test = val
    sets = {"tweeteval/stance": [t for name in data.TWEETEVAL_TARGETS for t in test[name]], "MTSD": test["mtsd"],
            "RUW val": val["ruw"], "P-Stance val": val["pstance"]}
    held = {kind: [t for t in rows if role(t[0]) != "calibrate"] for kind, rows in data.unseen_topics(root).items()}
    debates = held["debates"] + [t for t in val["ibmcs"] if role(t[0]) != "calibrate"]
    return sets | {"ArgKP dev": val["argkp"], "ArgKP test": test["argkp"], "debate topics held out": debates,
                   "tweet topics held out": few_each(held["tweets"], 40), "comment topics held out": held["comments"]}


def stance_figures(root, scorer, split="test"):
    out, rng = {}, random.Random(5)
    for name, rows in stance_sets(root, split).items():
        truth, (p, logits) = np.array([y for *_, y in rows]), guess_stance(scorer, rows)
        off, _ = guess_stance(scorer, rows, deranged(rows, rng))
        two = name.startswith(("P-Stance", "ArgKP"))
        metric = m.f1_of([0, 2]) if name == "tweeteval/stance" or two else m.macro_f1(3)
        label = "F1 of against and favor" if name == "tweeteval/stance" else "macro-F1 of 2" if two else "macro-F1 of 3"
        decide = two_class if two else (lambda q: q.argmax(1))
        out[f"{name} {label}"] = m.interval(metric, truth, decide(p))
        out[f"{name} {label}, targets deranged"] = m.interval(metric, truth, decide(off))
        sides = truth != 1
        favor = (p[:, 2] / (p[:, 0] + p[:, 2]))[sides]
        out[f"{name} AUC favor/against"] = m.interval(m.auc, (truth[sides] == 2).astype(int), favor)
        out[f"{name} opinionated posts called neither"] = share(p[sides].argmax(1) == 1)
        out |= {f"{name} {k}": v for k, v in negation(scorer, rows, p).items()}
        if not two:
            out[f"ece/stance {name}"] = ece_pair(m.one_hot(truth, 3), logits, scorer.labels["heads"]["stance"], p)
    return out


def share(hits):
    return m.interval(lambda t, g: g.mean(), hits, hits.astype(float))


def negation(scorer, rows, p, most=1500):
    """Of the posts whose side the model called: how often a negated target turns the call."""
    rng = random.Random(6)
    called = [i for i in range(len(rows)) if p[i].argmax() != 1][:most]
    side, picked = p[called].argmax(1), [rows[i] for i in called]
    q, _ = guess_stance(scorer, picked, [negate_unseen(t, rng) for t, _, _ in picked])
    return {"negated target turns the call (phrases never trained on)": share(q.argmax(1) == 2 - side)}


def negate_unseen(target, rng):
    x = lower_first(target)
    return rng.choice(FALSE_UNSEEN if is_statement(target) else NOUN_UNSEEN).format(x=x)


def other_languages(root, scorer):
    """Sentiment in languages the model was not made for: why labels.json names English alone."""
    out = {}
    for language in ("arabic", "french", "german", "hindi", "italian", "portuguese", "spanish"):
        rows = data.umsab(root, language)
        head = scorer.labels["heads"]["sentiment"]
        guess = (probabilities(scorer.posts([t for t, _ in rows])["sentiment"], head) / head.get("thresholds", 1)).argmax(1)
        out[f"not supported: {language} sentiment macro recall"] = m.interval(m.macro_recall(3), np.array([y for _, y in rows]), guess)
    return out


def unmentioned(root, scorer):
    """Posts with a target they do not mention or imply."""
    rng = random.Random(7)
    out = {}
    tests, posts = data.pairs(root, "test"), data.sentences(root, "test")
    for name, texts in (("stance tweets", [p for t in data.TWEETEVAL_TARGETS for _, p, _ in tests[t]]),
                        ("sentiment tweets", [p for p, _ in posts["sentiment"]][:2000]),
                        ("arguments", [p for _, p, _ in tests["argkp"]])):
        targets = [rng.choice([u for u in UNRELATED if u.split()[-1][:5].lower() not in p.lower()]) for p in texts]
        p, _ = guess_stance(scorer, [(t, x, 1) for t, x in zip(targets, texts)])
        out[f"unmentioned target gives neither ({name})"] = share(p.argmax(1) == 1)
    return out


def agreement(root, int8, fp32):
    """How often int8 and fp32 decide alike, and how near the embeddings are."""
    texts = [t for t, _ in data.sentences(root, "val")["sentiment"]]
    a, b = int8.posts(texts), fp32.posts(texts)
    out = {f"int8/fp32 same {n}": share(a[n].argmax(1) == b[n].argmax(1)) for n in ("sentiment", "emotion4")}
    out["int8/fp32 embedding cosine"] = round(float((a["embedding"] * b["embedding"]).sum(1).mean()), 4)
    rows = [t for n in data.TWEETEVAL_TARGETS for t in data.pairs(root, "val")[n]] + data.pairs(root, "val")["ruw"][:700]
    p, q = guess_stance(int8, rows)[0], guess_stance(fp32, rows)[0]
    return out | {"int8/fp32 same stance": share(p.argmax(1) == q.argmax(1))}
