"""Lays out a model folder the way Hugging Face tools and analyze/encoder.ts expect it.

Takes a checkpoint's state, writes onnx/model_quantized.onnx (optimised by ONNX Runtime once, so that
loading needs no optimisation), tokenizer, emoji table and labels.json. Calibration comes later, from
calibrate.py; until then scale is 1 and bias 0.
"""
import json
import os

import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType
from tokenizers import Tokenizer

import golden
import make_emoji
from export import LONGEST, quantise, write_fp32
from model import EC, GO, STANCE, Encoder, base_folder, read_json

NAME = "undercurrent-minilm@3"
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
    return {"model": NAME, "maxTokens": LONGEST, "languages": ["en"],
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


def loud_channels(state, most=8):
    """Per layer, the inner channels with the largest activations on the golden posts."""
    model = Encoder()
    model.load_state_dict(state)
    tok = Tokenizer.from_file(os.path.join(base_folder(), "tokenizer.json"))
    tok.no_truncation()
    tok.enable_padding(pad_id=0)
    encoded = tok.encode_batch([case[1][:200] for case in golden.CASES])
    ids, mask = (torch.tensor([getattr(e, name) for e in encoded])[:, :LONGEST] for name in ("ids", "attention_mask"))
    peaks = []
    for layer in model.layers:
        layer.down.register_forward_pre_hook(lambda _, x: peaks.append((x[0] * mask[..., None]).abs().amax((0, 1))))
    with torch.no_grad():
        model.eval().hidden(ids, mask, torch.zeros_like(ids))
    return [sorted(p.topk(most).indices.tolist()) for p in peaks]


def package(state, folder, work, left=()):
    """Writes everything but the card; `work` keeps the fp32 graph, which is not shipped. `left`: folds that never trained."""
    os.makedirs(os.path.join(folder, "onnx"), exist_ok=True)
    os.makedirs(work, exist_ok=True)
    fp32, int8 = os.path.join(work, "fp32.onnx"), os.path.join(folder, "onnx", "model_quantized.onnx")
    write_fp32(state, EMOTIONS, fp32, loud_channels(state))
    quantise(fp32, int8, QuantType.QInt8)
    optimise(int8)
    base = base_folder()
    tokenizer = read_json(os.path.join(base, "tokenizer.json")) | {"truncation": None, "padding": None}
    write_json(os.path.join(folder, "tokenizer.json"), tokenizer)
    settings = read_json(os.path.join(base, "tokenizer_config.json"))
    settings |= {"name_or_path": NAME, "model_max_length": LONGEST}
    write_json(os.path.join(folder, "tokenizer_config.json"), settings)
    config = read_json(os.path.join(base, "config.json"))
    config |= {"_name_or_path": NAME, "max_position_embeddings": LONGEST}
    write_json(os.path.join(folder, "config.json"), config)
    apart = {"model": NAME.replace("@", "-left-out@"), "leftOut": list(left)} if left else {}
    write_json(os.path.join(folder, "labels.json"), labels() | apart)
    with open(os.path.join(folder, "emoji.json"), "w", encoding="utf-8") as file:
        json.dump(make_emoji.table(), file, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        file.write("\n")
