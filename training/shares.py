"""How far a topic's mean calibrated probability lies from its labelled share, and the terms for it.

Protocol (fixed before looking): a topic is a word that 40 to 400 posts of a test split contain, no two
topics sharing half their posts; for sentiment only names and hashtags (written with a capital or # in
80 % of their posts), which are what SemEval-2017 collected by. Every other topic, in order of a hash of its name, fits;
the rest checks. Stance topics are the held-out targets of sets with three labels and at least 25 posts, and
held.role says what each is for; SemEval-2017's among them check sentiment too. Label noise, sum p(1-p) / n^2, is
taken out of the squared error: it belongs to the gold labels, not to the model. `difference` compares
the shorter with the longer half of a topic's posts.
"""
import re
import zlib

import numpy as np

import data
from held import fold, role
from model import EC, GO
from package import EMOTIONS
from refit import SAME, shared_truth
from score import probabilities

LEAST, MOST, FLOOR, WIDE, LEAST_STANCE = 40, 400, 0.02, 1.96, 25


def words(text):
    """{word in lower case: whether it is written like a name}; the # is no part of the word."""
    found = re.findall(r"(#?)([A-Za-z][A-Za-z']{3,})", text)
    return {w.lower(): bool(tag) or w[0].isupper() for tag, w in found if w.lower() not in ("user", "http", "https")}


def keyword_topics(texts, names=False):
    """{word: post indices}, greedy by name hash, no two with more than half the posts of the smaller in common."""
    index, named = {}, {}
    for i, text in enumerate(texts):
        for word, is_name in words(text).items():
            index.setdefault(word, []).append(i)
            named[word] = named.get(word, 0) + is_name
    chosen = {}
    for word in sorted(index, key=lambda w: zlib.crc32(w.encode())):
        posts = set(index[word])
        if names and named[word] < 0.8 * len(posts):
            continue
        if LEAST <= len(posts) <= MOST and all(len(posts & o) <= 0.5 * min(len(posts), len(o)) for o in chosen.values()):
            chosen[word] = posts
        if len(chosen) == 160:
            break
    return {w: sorted(p) for w, p in chosen.items()}


def halves(rows, lengths):
    order = sorted(rows, key=lambda i: lengths[i])
    return order[:len(order) // 2], order[len(order) // 2:]


def topic_errors(p, truth, topics, lengths):
    """Per topic: share error, its label noise, gold share, estimate; and the same for the two halves' difference."""
    out = []
    for name in sorted(topics, key=lambda w: zlib.crc32(w.encode())):
        rows = np.array(topics[name])
        a, b = (np.array(part) for part in halves(topics[name], lengths))
        noise = lambda r: (p[r] * (1 - p[r])).sum(0) / len(r) ** 2
        gap = (p[a].mean(0) - p[b].mean(0)) - (truth[a].mean(0) - truth[b].mean(0))
        out.append({"error": p[rows].mean(0) - truth[rows].mean(0), "noise": noise(rows), "gold": truth[rows].mean(0),
                    "gap": gap, "gap noise": noise(a) + noise(b), "n": len(rows)})
    return out


def spread(topics, key, noise):
    squares = np.mean([t[key] ** 2 - t[noise] for t in topics], 0)
    return np.sqrt(np.maximum(squares, FLOOR ** 2))


def interval_score(error, half):
    """Gneiting and Raftery's, for a 95 % interval of the given half width around the estimate."""
    return 2 * half + (2 / 0.05) * np.maximum(np.abs(error) - half, 0)


def fit_and_check(p, truth, topics, texts, labels):
    """Every other topic fits."""
    found = topic_errors(p, truth, topics, [len(t) for t in texts])
    return terms(found[::2], labels), checked(found[::2], found[1::2])


def terms(fit, labels):
    name = lambda values: {label: round(float(v), 4) for label, v in zip(labels, values)}
    return {"share": name(spread(fit, "error", "noise")), "difference": name(spread(fit, "gap", "gap noise"))}


def checked(fit, check):
    if not check:
        return {"fitted on": len(fit), "topics": 0}
    share, gap = spread(fit, "error", "noise"), spread(fit, "gap", "gap noise")
    error, noise = (np.array([t[k] for t in check]) for k in ("error", "noise"))
    half = WIDE * np.sqrt(share ** 2 + noise)
    gold = np.array([t["gold"] for t in fit])
    blind = np.array([t["gold"] for t in check]) - gold.mean(0)
    gaps, gap_noise = (np.array([t[k] for t in check]) for k in ("gap", "gap noise"))
    return {"fitted on": len(fit), "topics": len(check), "posts per topic": round(float(np.mean([t["n"] for t in check])), 1),
            "mean absolute error": round(float(np.abs(error).mean()), 4),
            "p90 absolute error": round(float(np.quantile(np.abs(error), 0.9)), 4),
            "coverage of 95% intervals": round(float((np.abs(error) <= half).mean()), 4),
            "coverage, differences": round(float((np.abs(gaps) <= WIDE * np.sqrt(gap ** 2 + gap_noise)).mean()), 4),
            "interval score": round(float(interval_score(error, half).mean()), 4),
            "interval score ignoring posts": round(float(interval_score(blind, WIDE * gold.std(0, ddof=1)).mean()), 4)}


def sentiment(root, scorer):
    rows = data.sentences(root, "test")["sentiment"]
    texts, truth = [t for t, _ in rows], np.eye(3)[[y for _, y in rows]]
    head = scorer.labels["heads"]["sentiment"]
    p = probabilities(scorer.posts(texts)["sentiment"], head)
    found, report = fit_and_check(p, truth, keyword_topics(texts, names=True), texts, head["labels"])
    fit = topic_errors(p, truth, keyword_topics(texts, names=True), [len(t) for t in texts])[::2]
    return found, {"keywords of the test year": report, "SemEval-2017 topics that never trained": checked(fit, topics_of_semeval(root, scorer))}


def topics_of_semeval(root, scorer):
    """Sentiment of the posts of the held-out topics, none of which trained any head."""
    labels, rows = data.post_sentiment(root), data.held_pairs(root)["ce"]
    rows = [(t, p, labels[fold(p)]) for t, p, _ in rows if fold(p) in labels]
    p = probabilities(scorer.posts([p for _, p, _ in rows])["sentiment"], scorer.labels["heads"]["sentiment"])
    topics = {}
    for i, (target, _, _) in enumerate(rows):
        topics.setdefault(fold(target), []).append(i)
    return topic_errors(p, np.eye(3)[[y for *_, y in rows]], topics, [len(p) for _, p, _ in rows])


def emotion(root, scorer):
    """The eleven labels on E-c's tweets, the others on GoEmotions' posts."""
    sets, head, terms, reports = data.sentences(root, "test"), scorer.labels["heads"]["emotion"], {}, {}
    for source in ("ec", "goemotions"):
        names = {"ec": EC, "goemotions": GO}[source]
        columns = [i for i, label in enumerate(EMOTIONS) if EMOTIONS[label] == source]
        labels = [list(EMOTIONS)[i] for i in columns]
        texts = [t for t, _ in sets[source]]
        truth = np.array([y for _, y in sets[source]])[:, [names.index(label) for label in labels]]
        p = probabilities(scorer.posts(texts)["emotion"], head)[:, columns]
        term, reports[source] = fit_and_check(p, truth, keyword_topics(texts), texts, labels)
        for kind, values in term.items():
            terms.setdefault(kind, {}).update(values)
    terms["share"], reports["across domains"] = widen(terms["share"], sets["goemotions"], scorer)
    return terms, reports


def widen(share, posts, scorer):
    """E-c's tweets were collected by feeling words, so its labels are two to ten times as frequent there as elsewhere.

    Topics of E-c alone cannot show what that does to a share of other posts; the labels that GoEmotions has as well
    can: the difference between their mean probability and their gold share there is added in quadrature, and for the
    other E-c labels the root mean square of these differences. GoEmotions' own labels have no second set: not widened.
    """
    head, names = scorer.labels["heads"]["emotion"], list(EMOTIONS)
    p = probabilities(scorer.posts([t for t, _ in posts])["emotion"], head)
    gold = shared_truth([y for _, y in posts])
    bias = {label: float((p[:, names.index(label)] - gold[:, EC.index(label)]).mean()) for label in SAME}
    typical = float(np.sqrt(np.mean([b ** 2 for b in bias.values()])))
    wide = {label: round(float(np.hypot(sd, bias.get(label, typical) if EMOTIONS[label] == "ec" else 0)), 4)
            for label, sd in share.items()}
    return wide, {label: round(b, 4) for label, b in bias.items()} | {"root mean square": round(typical, 4)}


def stance_topics(root):
    """(triples, {kind: {target: rows}}) of the held-out targets of sets with three labels, less those that calibrate."""
    rows, kinds = [], {}
    for kind in ("tweets", "comments", "debates"):
        for triple in (t for t in data.unseen_topics(root)[kind] if role(t[0]) != "calibrate"):
            kinds.setdefault(kind, {}).setdefault(fold(triple[0]), []).append(len(rows))
            rows.append(triple)
    return rows, {kind: {t: r for t, r in topics.items() if len(r) >= LEAST_STANCE} for kind, topics in kinds.items()}


def stance(root, scorer):
    """The terms are fitted on all kinds together and checked on all, and on each kind."""
    rows, kinds = stance_topics(root)
    head, texts = scorer.labels["heads"]["stance"], [p for _, p, _ in rows]
    truth = np.eye(3)[[y for *_, y in rows]]
    p = probabilities(scorer.stance([t for t, _, _ in rows], texts), head)
    lengths = [len(t) for t in texts]
    errors = lambda part, chosen: [e for k in chosen for e in topic_errors(
        p, truth, {t: r for t, r in kinds[k].items() if role(t) == part}, lengths)]
    fit = errors("fit", kinds)
    reports = {"all kinds": checked(fit, errors("check", kinds))}
    reports |= {kind: checked(fit, errors("check", [kind])) for kind in kinds}
    return terms(fit, head["labels"]), reports
