"""How much of the base model's notion of nearness a model's embedding keeps, within topics, which is where themes look.

    python training/nearness.py --data DIR --model models/undercurrent-minilm

Topics are the names and hashtags of TweetEval's sentiment test (shares.py's). Within each the embeddings are taken less their mean,
as perspectives/clusters.ts does, and the cosines of all pairs of posts are correlated with the base's.
"""
import argparse

import numpy as np

import data
from model import Encoder, load_base
from refit import pooled
from score import Scorer
from shares import keyword_topics


def cosines(vectors):
    """Of all pairs, each vector less the mean of all."""
    apart = vectors - vectors.mean(0)
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    return (apart @ apart.T)[np.triu_indices(len(apart), 1)]


def nearness(root, scorer):
    """Pearson correlations: their mean over the topics, their 10th percentile, the least."""
    texts = [text for text, _ in data.sentences(root, "test")["sentiment"]]
    ours, base = scorer.posts(texts)["embedding"], pooled(load_base(Encoder()).eval(), texts).numpy()
    kept = [np.corrcoef(cosines(ours[rows]), cosines(base[rows]))[0, 1] for rows in keyword_topics(texts, names=True).values()]
    return {"mean": round(float(np.mean(kept)), 3), "p10": round(float(np.quantile(kept, .1)), 3),
            "least": round(float(min(kept)), 3), "topics": len(kept)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    print(nearness(args.data, Scorer(args.model)))
