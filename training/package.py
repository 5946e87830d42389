"""Lays out a model folder as Hugging Face exports are, for analyze/encoder.ts (docs/model-folder.md).

Takes a checkpoint's state, writes onnx/model_quantized.onnx (optimised by ONNX Runtime once, so that
loading needs no optimisation), tokenizer, emoji table and labels.json. Calibration comes later, from
calibrate.py; until then scale is 1 and bias 0.
"""
import json
import os

import numpy as np
import onnxruntime as ort
import torch

import data
import make_emoji
import ranges
from corpus import POST_TOKENS, tables
from export import write
from held import slug
from model import EC, GO, STANCE, base_folder, read_json
from score import feed
from text import EmojiTable

NAME = "undercurrent-minilm@5"
CALIBRATING = 600  # posts, and as many with a target, that fix the ranges of int8
# The eleven of SemEval-2018 E-c (learned on tweets), then GoEmotions' other labels (learned on Reddit).
EMOTIONS = {label: "ec" for label in EC} | {l: "goemotions" for l in GO if l not in EC and l != "neutral"}
FAMILIES = {"anger": ["anger", "annoyance", "disapproval", "disgust"], "fear": ["fear", "nervousness"],
            "sadness": ["sadness", "disappointment", "grief", "remorse", "embarrassment", "pessimism"],
            "joy": ["joy", "amusement", "excitement", "relief", "pride", "gratitude", "admiration"],
            "love": ["love", "caring", "desire"], "hope": ["optimism", "anticipation", "trust", "approval"],
            "surprise": ["surprise", "realization", "confusion", "curiosity"]}


def head(kind, labels, **more):
    return {"kind": kind, "labels": labels,
            "calibration": {"scale": [1] * len(labels), "bias": [0] * len(labels)}} | more


def labels():
    """labels.json before calibration. `research` heads exist for evaluation only."""
    binary = {n: head("sigmoid", [n], thresholds=[0.5]) for n in ("irony", "offensive", "hate")}
    emotions = list(EMOTIONS)
    provisional = {"against": 0.1, "neither": 0.1, "favor": 0.1}
    sentiment = {"negative": 0.08, "neutral": 0.08, "positive": 0.08}
    return {"model": NAME, "maxTokens": POST_TOKENS, "languages": ["en"],
            "heads": {"sentiment": head("softmax", ["negative", "neutral", "positive"]),
                      "emotion": head("sigmoid", emotions, thresholds=[0.5] * len(emotions), families=FAMILIES),
                      **binary, "stance": head("softmax", STANCE)},
            "research": {"emotion4": head("softmax", ["anger", "joy", "optimism", "sadness"]),
                         "goemotions": head("sigmoid", GO, thresholds=[0.5] * len(GO))},
            "modelError": {"sentiment": {"share": sentiment, "difference": sentiment},
                           "emotion": {"share": {e: 0.08 for e in emotions}, "difference": {e: 0.08 for e in emotions}},
                           "stance": {"share": provisional, "difference": provisional}}}


def write_json(path, value):
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(path + ".part", path)


def optimise(path):
    """Replaces the model by ONNX Runtime's own optimised form of it (without SkipLayerNormFusion)."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = path + ".part"
    options.log_severity_level = 3
    ort.InferenceSession(path, options, disabled_optimizers=["SkipLayerNormFusion"])
    os.replace(path + ".part", path)


def calibrating(root):
    """(post, targets) of validation sets: half of them alone, half with a target."""
    sets = data.without_left(data.pairs(root, "val"))
    pairs = [(post, [target]) for name in (*data.TWEETEVAL_TARGETS, "ruw", "mtsd", "argkp") for target, post, _ in sets[name]]
    posts = [(text, []) for name in ("sentiment", "goemotions") for text, _ in data.sentences(root, "val")[name]]
    return [row for rows in (posts, pairs) for row in rows[::max(1, len(rows) // CALIBRATING)]]


@torch.no_grad()
def check(model, path):
    """The graph laid down by hand must say what the model says."""
    rows = [([2000 + 7 * n for n in range(length)], [[3000 + length] * 3, [4000]][:length % 3]) for length in range(1, 40)]
    session, wanted = ort.InferenceSession(path), model(*map(torch.from_numpy, tables(rows)))
    for name, value in zip((o.name for o in session.get_outputs()), session.run(None, feed(rows))):
        if name in wanted and name != "embedding":
            assert np.abs(value - wanted[name].numpy()).max() < 1e-3, f"{path}: {name} is not what the model says"


def package(model, folder, work, root, left=()):
    """Writes everything but the card; `work` keeps the fp32 graph, which is not shipped. `left`: folds that never trained."""
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    os.makedirs(work, exist_ok=True)
    int8, emoji = os.path.join(folder, "onnx", "model_quantized.onnx"), make_emoji.table()
    found = ranges.measured(model, calibrating(root), EmojiTable(emoji))
    write(model.state_dict(), EMOTIONS, os.path.join(work, "fp32.onnx"))
    check(model, os.path.join(work, "fp32.onnx"))
    write(model.state_dict(), EMOTIONS, int8, found)
    optimise(int8)
    base = base_folder()
    tokenizer = read_json(os.path.join(base, "tokenizer.json")) | {"truncation": None, "padding": None}
    write_json(os.path.join(folder, "tokenizer.json"), tokenizer)
    settings = read_json(os.path.join(base, "tokenizer_config.json"))
    settings |= {"name_or_path": NAME, "model_max_length": POST_TOKENS}
    write_json(os.path.join(folder, "tokenizer_config.json"), settings)
    config = read_json(os.path.join(base, "config.json"))
    config |= {"_name_or_path": NAME, "max_position_embeddings": POST_TOKENS}
    write_json(os.path.join(folder, "config.json"), config)
    what = "all" if len(left) > 1 else slug("".join(left))
    apart = {"model": NAME.replace("@", f"-without-{what}@"), "leftOut": list(left)} if left else {}
    write_json(os.path.join(folder, "labels.json"), labels() | apart)
    with open(os.path.join(folder, "emoji.json"), "w", encoding="utf-8") as file:
        json.dump(emoji, file, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        file.write("\n")
