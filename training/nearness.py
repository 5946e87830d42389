"""How much of the base model's notion of nearness a model's embedding keeps, within topics, which is where themes look.

    python training/nearness.py --data DIR --model models/undercurrent-minilm

Topics are the names and hashtags of TweetEval's sentiment test (shares.py's). Within each the embeddings of both, of length 1, are taken
less their mean, as perspectives/clusters.ts does (without its sketch of 64 numbers), and the cosines of all pairs of posts compared.
"""
import argparse

import numpy as np

import data
from corpus import POST_TOKENS
from model import Encoder, load_base
from refit import pooled
from score import Scorer
from shares import keyword_topics


def cosines(vectors):
    """[n (n - 1) / 2] of all pairs of rows, after their mean is taken off."""
    centred = vectors - vectors.mean(0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return (centred @ centred.T)[np.triu_indices(len(centred), 1)]


def nearness(root, scorer):
    """Pearson correlations of our cosines with the base's, one for each topic: their mean, 10th percentile and least; number of topics."""
    texts = [text for text, _ in data.sentences(root, "test")["sentiment"]]
    ours, base = scorer.posts(texts)["embedding"], pooled(load_base(Encoder()).eval(), texts, POST_TOKENS).numpy()
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    correlations = [np.corrcoef(cosines(ours[rows]), cosines(base[rows]))[0, 1] for rows in keyword_topics(texts, names=True).values()]
    return {"mean": round(float(np.mean(correlations)), 3), "p10": round(float(np.quantile(correlations, .1)), 3),
            "least": round(float(min(correlations)), 3), "topics": len(correlations)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    args = parser.parse_args()
    print(nearness(args.data, Scorer(args.model)))
