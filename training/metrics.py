"""The benchmarks' official metrics, calibration error, and bootstrap intervals. Pure numpy.

A metric takes (truth, guess) arrays whose first axis is the posts, so that the bootstrap can resample.
"""
import numpy as np


def f1_per_label(truth, guess):
    """Truth and guess 0/1, [n, labels]."""
    hit = (truth * guess).sum(0)
    return 2 * hit / np.maximum(truth.sum(0) + guess.sum(0), 1)


def one_hot(classes, size):
    return np.eye(size, dtype=int)[classes]


def macro_f1(size):
    return lambda truth, guess: f1_per_label(one_hot(truth, size), one_hot(guess, size)).mean()


def f1_of(classes, size=3):
    """Mean F1 over some of the classes (stance: against and favor; irony: class 1)."""
    return lambda truth, guess: f1_per_label(one_hot(truth, size), one_hot(guess, size))[list(classes)].mean()


def macro_recall(size):
    def metric(truth, guess):
        return np.mean([(guess[truth == c] == c).mean() for c in range(size) if (truth == c).any()])
    return metric


def multi_macro_f1(truth, guess):
    return f1_per_label(truth, guess).mean()


def multi_micro_f1(truth, guess):
    return 2 * (truth * guess).sum() / max(truth.sum() + guess.sum(), 1)


def jaccard(truth, guess):
    """Mean over posts of |both| / |either|; 1 where both are empty."""
    either = ((truth + guess) > 0).sum(1)
    return np.where(either == 0, 1.0, (truth * guess).sum(1) / np.maximum(either, 1)).mean()


def auc(truth, score):
    """Area under the ROC curve of a score for truth 0/1 (ties count half)."""
    order = np.argsort(score, kind="stable")
    _, inverse, counts = np.unique(score[order], return_inverse=True, return_counts=True)
    ranks = np.empty(len(score))
    ranks[order] = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positives = truth.sum()
    return (ranks[truth == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives))


def ece(truth, probability, bins=15):
    """Expected calibration error over equal-mass bins; for several labels the mean over labels."""
    if probability.ndim == 2:
        return float(np.mean([ece(truth[:, k], probability[:, k], bins) for k in range(probability.shape[1])]))
    order = np.argsort(probability, kind="stable")
    parts = [p for p in np.array_split(order, bins) if len(p)]
    return float(sum(len(p) * abs(truth[p].mean() - probability[p].mean()) for p in parts) / len(order))


def interval(metric, truth, guess, times=300, seed=0):
    """The metric with its 95 % percentile bootstrap interval over posts."""
    rng, n = np.random.default_rng(seed), len(truth)
    draws = [metric(truth[i], guess[i]) for i in (rng.integers(0, n, n) for _ in range(times))]
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": round(float(metric(truth, guess)), 4), "low": round(float(low), 4), "high": round(float(high), 4), "n": n}
