"""A shipped model of the layout before this one, as a teacher: what it answers to a post, and to a (target, post) pair.

undercurrent-minilm@1 to @3 read a post once alone and once more for each target, `[CLS] target [SEP] post [SEP]`. Their int8 file answers here
beside the labels (distillation, Hinton et al. 2015), also about targets that nobody labelled.
"""
import os

import numpy as np
import onnxruntime as ort
import torch

from corpus import END, POST_TOKENS, START
from model import EC, SENTENCE_HEADS


class Teacher:
    def __init__(self, folder, threads=2):
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(os.path.join(folder, "onnx", "model_quantized.onnx"), options,
                                            disabled_optimizers=["SkipLayerNormFusion"])

    def posts(self, batch):
        """{head: logits} of the sentence heads, and the `embedding`."""
        out = self.run([([START, *e.post[:POST_TOKENS - 2], END], []) for e in batch], [*(SENTENCE_HEADS.keys() - {"ec"}), "emotion", "embedding"])
        return out | {"ec": out["emotion"][:, :len(EC)]}

    def stance(self, asked):
        """[n, 3] probabilities for [(post ids, target ids)]."""
        rows = []
        for post, target in asked:
            first = [START, *target, END]
            rows.append((first, [*post[:POST_TOKENS - 1 - len(first)], END]))
        return torch.softmax(self.run(rows, ["stance"])["stance"], 1)

    def run(self, rows, names, size=32):
        order, out = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1])), {}
        for at in range(0, len(order), size):
            chosen = order[at:at + size]
            for name, values in zip(names, self.session.run(names, feed([rows[i] for i in chosen]))):
                out.setdefault(name, torch.zeros(len(rows), values.shape[1]))[chosen] = torch.from_numpy(values)
        return out


def feed(rows):
    width = max(len(a) + len(b) for a, b in rows)
    ids, mask, types = (np.zeros((len(rows), width), np.int64) for _ in range(3))
    for row, (a, b) in enumerate(rows):
        ids[row, :len(a) + len(b)], mask[row, :len(a) + len(b)] = a + b, 1
        types[row, len(a):len(a) + len(b)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
