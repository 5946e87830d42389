"""Runs a model folder's int8 file with ONNX Runtime: texts in, raw logits per head out.

Follows the contract analyze/encoder.ts follows: normalise, tokenise, a target is cut at 48 tokens,
the whole at maxTokens by cutting the post, batches sorted by length.
"""
import os

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from model import read_json
from text import EmojiTable, normalise

LONGEST_TARGET, START, END = 48, 101, 102


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
        limit = self.labels["maxTokens"]
        return self.run([([START, *ids[:limit - 2], END], []) for ids in self.tokens(texts)])

    def stance(self, targets, texts):
        """[n, 3] logits for (target, post) pairs."""
        limit, rows = self.labels["maxTokens"], []
        for target, post in zip(self.tokens(targets), self.tokens(texts), strict=True):
            first = [START, *target[:LONGEST_TARGET], END]
            rows.append((first, [*post[:limit - len(first) - 1], END]))
        return self.run(rows)["stance"]

    def run(self, rows, size=32):
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1]))
        out = {}
        for at in range(0, len(order), size):
            chosen = order[at:at + size]
            for name, value in zip(self.names, self.session.run(None, feed([rows[i] for i in chosen]))):
                out.setdefault(name, np.zeros((len(rows), value.shape[1]), np.float32))[chosen] = value
        return out


def feed(rows):
    width = max(len(a) + len(b) for a, b in rows)
    ids, mask, types = (np.zeros((len(rows), width), np.int64) for _ in range(3))
    for row, (a, b) in enumerate(rows):
        ids[row, :len(a) + len(b)], mask[row, :len(a) + len(b)] = a + b, 1
        types[row, len(a):len(a) + len(b)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def probabilities(logits, head):
    """Calibrated probabilities of one head as labels.json describes it."""
    z = logits.astype(np.float64) * head["calibration"]["scale"] + head["calibration"]["bias"]
    if head["kind"] == "sigmoid":
        return 1 / (1 + np.exp(-z))
    z = np.exp(z - z.max(1, keepdims=True))
    return z / z.sum(1, keepdims=True)
