"""Finished models as teachers: the mean of what they answer to a batch's posts and about their targets (distillation, Hinton et al. 2015).

A model of today reads a row of model.py at once. undercurrent-minilm@1 to @3 read a post once alone and once more for each
target, `[CLS] target [SEP] post [SEP]`. The int8 files answer, also about targets that nobody labelled.
"""
import os

import numpy as np
import onnxruntime as ort
import torch

from corpus import END, POST_TOKENS, SOFT, START
from model import EC, SENTENCE_HEADS
from score import feed

OUTPUTS = {name: "emotion" if name == "ec" else name for name in [*SENTENCE_HEADS, "embedding"]}


class Teacher:
    def __init__(self, folder, threads):
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(os.path.join(folder, "onnx", "model_quantized.onnx"), options,
                                            disabled_optimizers=["SkipLayerNormFusion"])
        self.reads_rows = "position_ids" in {i.name for i in self.session.get_inputs()}

    def posts(self, batch):
        """{head: probabilities [rows, labels], "embedding"} of the posts."""
        rows, names = [e.post[:POST_TOKENS - 2] for e in batch], list(dict.fromkeys(OUTPUTS.values()))
        found = (self.whole([(ids, []) for ids in rows], names) if self.reads_rows else
                 self.run([([START, *ids, END], []) for ids in rows], names))
        out = {name: found[output] for name, output in OUTPUTS.items()} | {"ec": found["emotion"][:, :len(EC)]}
        turn = lambda name, x: x if name == "embedding" else torch.softmax(x, 1) if name in SOFT else torch.sigmoid(x)
        return {name: turn(name, x) for name, x in out.items()}

    def stance(self, batch, asked):
        """[n, 3] probabilities for the questions [(row, which of its targets)]."""
        if self.reads_rows:
            found = self.whole([(e.post, [a.target for a in e.asked]) for e in batch], ["stance"])["stance"]
            return torch.softmax(found[[row for row, _ in asked], [at for _, at in asked]], 1)
        pairs = []
        for row, at in asked:
            first = [START, *batch[row].asked[at].target, END]
            pairs.append((first, [*batch[row].post[:POST_TOKENS - 1 - len(first)], END]))
        return torch.softmax(self.run(pairs, ["stance"])["stance"], 1)

    def whole(self, rows, names):
        """Rows of model.py, in one run."""
        return {name: torch.from_numpy(values) for name, values in zip(names, self.session.run(names, feed(rows)))}

    def run(self, rows, names, size=32):
        order, out = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1])), {}
        for at in range(0, len(order), size):
            chosen = order[at:at + size]
            for name, values in zip(names, self.session.run(names, feed_parts([rows[i] for i in chosen]))):
                out.setdefault(name, torch.zeros(len(rows), values.shape[1]))[chosen] = torch.from_numpy(values)
        return out


class Teachers:
    """Mean answers about posts and about targets, each of some models."""

    def __init__(self, posts, targets, threads):
        opened = {folder: Teacher(folder, threads) for folder in {*posts, *targets}}
        self.of_posts, self.of_targets = ([opened[folder] for folder in some] for some in (posts, targets))

    def posts(self, batch):
        answers = [teacher.posts(batch) for teacher in self.of_posts]
        return {name: torch.stack([a[name] for a in answers]).mean(0) for name in OUTPUTS}

    def stance(self, batch, asked):
        return torch.stack([teacher.stance(batch, asked) for teacher in self.of_targets]).mean(0)


def feed_parts(rows):
    """Of rows in two parts, as the older layout has them."""
    width = max(len(a) + len(b) for a, b in rows)
    ids, mask, types = (np.zeros((len(rows), width), np.int64) for _ in range(3))
    for row, (a, b) in enumerate(rows):
        ids[row, :len(a) + len(b)], mask[row, :len(a) + len(b)] = a + b, 1
        types[row, len(a):len(a) + len(b)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
