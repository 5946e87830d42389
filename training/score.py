"""Runs a model folder's int8 file with ONNX Runtime: texts in, raw logits per head out.

Follows the contract analyze/encoder.ts follows: normalise, tokenise, a post is cut at maxTokens and a target at 48 tokens,
batches sorted by length.
"""
import os

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from corpus import TARGET_TOKENS, tables
from model import read_json
from text import EmojiTable, normalise


class Scorer:
    def __init__(self, folder, model=None, threads=2):
        self.labels = read_json(os.path.join(folder, "labels.json"))
        self.table = EmojiTable.read(os.path.join(folder, "emoji.json"))
        self.tok = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(model or os.path.join(folder, "onnx", "model_quantized.onnx"), options)
        self.names = [o.name for o in self.session.get_outputs()]

    def tokens(self, texts):
        encoded = self.tok.encode_batch([normalise(t, self.table) for t in texts], add_special_tokens=False)
        return [e.ids for e in encoded]

    def posts(self, texts):
        """{head: [n, k] logits} for posts alone."""
        limit = self.labels["maxTokens"] - 2
        return self.run([(ids[:limit], []) for ids in self.tokens(texts)], [n for n in self.names if n != "stance"])

    def stance(self, targets, texts):
        """[n, 3] logits of each target toward its post."""
        limit, pairs = self.labels["maxTokens"] - 2, zip(self.tokens(targets), self.tokens(texts), strict=True)
        return self.run([(post[:limit], [target[:TARGET_TOKENS]]) for target, post in pairs], ["stance"])["stance"][:, 0]

    def run(self, rows, names, size=32):
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + sum(map(len, rows[i][1])))
        out = {}
        for at in range(0, len(order), size):
            chosen = order[at:at + size]
            for name, value in zip(names, self.session.run(names, feed([rows[i] for i in chosen]))):
                out.setdefault(name, np.zeros((len(rows), *value.shape[1:]), np.float32))[chosen] = value
        return out


def feed(rows):
    """The graph's inputs for [(post ids, [target ids, ...])]."""
    ids, segments, positions = tables(rows)
    return {"input_ids": ids, "attention_mask": (segments >= 0).astype(np.int64), "token_type_ids": segments.clip(0), "position_ids": positions}


def probabilities(logits, head):
    """Calibrated probabilities of one head as labels.json describes it."""
    z = logits.astype(np.float64) * head["calibration"]["scale"] + head["calibration"]["bias"]
    if head["kind"] == "sigmoid":
        return 1 / (1 + np.exp(-z))
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)
