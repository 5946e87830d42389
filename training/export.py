"""A checkpoint -> ONNX, fp32 or int8 with static ranges, in the layout of model.py.

The graph is laid down by hand with ONNX Runtime's fused operators (Attention, Gelu, MatMulIntegerToFloat), so nothing depends on
what an exporter or a fusion pass happens to recognise; LayerNormalization stays separate from the residual add, which measures faster
on the CPU than SkipLayerNormalization. Heads stay fp32.

Inputs, [rows, tokens] each: `input_ids`; `attention_mask` (1, padding 0); `token_type_ids`, the segment: 0 for the post, 1 ... for its targets;
`position_ids`, counted within the segment: from 0 for the post, from 1 for a target. Outputs: `stance` [rows, targets, 3], the rest [rows, labels].
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from corpus import POST_TOKENS
from model import EC, EPSILON, GO, HEADS, LAYERS, SENTENCE_HEADS, WIDTH

CONTRIB = "com.microsoft"


def emotion_rows(sources):
    """Which head and row each public emotion label comes from: [(label, head, row)]."""
    return [(label, head, (EC if head == "ec" else GO).index(label)) for label, head in sources.items()]


class Graph:
    """`ranges` (ranges.py) make the body's matrices int8; without them all is fp32."""

    def __init__(self, state, ranges=None):
        self.state = {k: v.float().numpy() for k, v in state.items()}
        self.ranges = ranges
        self.nodes, self.initialisers, self.count = [], {}, 0

    def constant(self, name, array):
        made = numpy_helper.from_array(np.ascontiguousarray(array), name)
        assert self.initialisers.setdefault(name, made) == made, f"two constants are called {name}"
        return name

    def number(self, value, kind=np.float32):
        return self.constant(f"{np.dtype(kind).name}_{value}", np.array(value, kind))

    def op(self, kind, inputs, out=None, **attributes):
        self.count += 1
        out = out or f"{kind}_{self.count}"
        domain = attributes.pop("domain", "")
        self.nodes.append(helper.make_node(kind, inputs, [out], name=f"n_{self.count}_{kind}", domain=domain, **attributes))
        return out

    def weight(self, name):
        """A matrix transposed, so that a row of activations multiplies it; or a vector."""
        array = self.state[name]
        return self.constant(name, array.T if array.ndim == 2 else array)

    def norm(self, x, name):
        return self.op("LayerNormalization", [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")],
                       axis=-1, epsilon=EPSILON)

    def linear(self, x, name, weight, bias=None):
        """x [.., n] times weight [n, m]; `name` is that of its ranges."""
        if not self.ranges:
            product = self.op("MatMul", [x, self.constant(name + ".weight", weight)])
            return product if bias is None else self.op("Add", [product, self.constant(name + ".bias", bias)])
        return self.op("MatMulIntegerToFloat", [*self.int8(x, name, weight), *([] if bias is None else [self.constant(name + ".bias", bias)])],
                       domain=CONTRIB)

    def int8(self, x, name, weight):
        """[x, weight, scale of x, scales of the weight's columns, zero points of both], quantised."""
        r = self.ranges[name]
        if r.applied:
            x = self.op("Mul", [x, self.constant(name + ".calm", (1 / r.smooth).astype(np.float32))])
        scale, zero = self.constant(name + ".scale", np.float32(r.scale)), self.constant(name + ".zero", np.uint8(r.zero))
        matrix, columns = quantised(weight * r.smooth[:, None])
        return [self.op("QuantizeLinear", [x, scale, zero]), self.constant(name + ".weight", matrix), scale,
                self.constant(name + ".columns", columns), zero, self.constant(name + ".weight.zero", np.zeros(len(columns), np.int8))]


def quantised(matrix):
    """int8 [n, m], symmetric, and the scale of each of its m columns."""
    scales = (np.abs(matrix).max(0) / 127).clip(1e-9).astype(np.float32)
    return np.rint(matrix / scales).astype(np.int8), scales


def embeddings(g):
    words = g.state["words.weight"]
    if g.ranges:
        table, scales = quantised(words.T)
        found = g.op("Cast", [g.op("Gather", [g.constant("words.weight", table.T), "input_ids"])], to=TensorProto.FLOAT)
        words = g.op("Mul", [found, g.op("Gather", [g.constant("words.scale", scales[:, None]), "input_ids"])])
    else:
        words = g.op("Gather", [g.constant("words.weight", words), "input_ids"])
    at = g.op("Gather", [g.constant("positions", g.state["positions.weight"][:POST_TOKENS]), "position_ids"])
    kinds = g.op("Min", ["token_type_ids", g.number(1, np.int64)])
    types = g.op("Gather", [g.constant("types.weight", g.state["types.weight"]), kinds])
    return g.norm(g.op("Add", [g.op("Add", [words, at]), types]), "norm")


def sight(g):
    """What each token sees, int32 [rows, tokens, tokens]: the post, and its own segment."""
    row = g.op("Unsqueeze", ["token_type_ids", g.constant("one", np.array([1], np.int64))])
    column = g.op("Unsqueeze", ["token_type_ids", g.constant("two", np.array([2], np.int64))])
    seen = g.op("Or", [g.op("Equal", [row, g.number(0, np.int64)]), g.op("Equal", [row, column])])
    real = g.op("Unsqueeze", [g.op("Cast", ["attention_mask"], to=TensorProto.BOOL), "one"])
    return g.op("Cast", [g.op("And", [seen, real])], to=TensorProto.INT32)


def attention(g, x, i, seen):
    p = f"layers.{i}."
    weight = np.concatenate([g.state[f"{p}{n}.weight"].T for n in ("query", "key", "value")], 1)
    bias = np.concatenate([g.state[f"{p}{n}.bias"] for n in ("query", "key", "value")])
    if not g.ranges:
        return g.op("Attention", [x, g.constant(p + "qkv.weight", weight), g.constant(p + "qkv.bias", bias), seen],
                    domain=CONTRIB, num_heads=HEADS)
    # What attention mixes is a sum over tokens, channel by channel: `out`'s channels are smoothed in the values, at no cost.
    calm = np.concatenate([np.ones(2 * WIDTH), 1 / g.ranges[p + "out"].smooth]).astype(np.float32)
    x, matrix, scale, columns, zero, no = g.int8(x, p + "qkv", weight * calm)
    return g.op("QAttention", [x, matrix, g.constant(p + "qkv.bias", bias * calm), scale, columns, seen, zero, no],
                domain=CONTRIB, num_heads=HEADS)


def layer(g, x, i, seen):
    p = f"layers.{i}."
    mixed = g.linear(attention(g, x, i, seen), p + "out", g.state[p + "out.weight"].T, g.state[p + "out.bias"])
    x = g.norm(g.op("Add", [mixed, x]), p + "norm1")
    up = g.linear(x, p + "up", g.state[p + "up.weight"].T, g.state[p + "up.bias"])
    inner = g.op("Gelu", [up], domain=CONTRIB)
    down = g.linear(inner, p + "down", g.state[p + "down.weight"].T, g.state[p + "down.bias"])
    return g.norm(g.op("Add", [down, x]), p + "norm2")


def mean(g, x, chosen):
    """Means of x [rows, tokens, width] over the tokens chosen, bool [rows, means, tokens]."""
    weights = g.op("Cast", [chosen], to=TensorProto.FLOAT)
    count = g.op("ReduceSum", [weights, g.constant("two", np.array([2], np.int64))], keepdims=1)
    return g.op("Div", [g.op("MatMul", [weights, x]), g.op("Max", [count, g.number(1)])])


def pools(g, x):
    """The mean over the post [rows, width], and beside it the mean over each target [rows, targets, 2 width]."""
    real = g.op("Unsqueeze", [g.op("Cast", ["attention_mask"], to=TensorProto.BOOL), "one"])
    segment = g.op("Unsqueeze", ["token_type_ids", "one"])
    post = mean(g, x, g.op("And", [real, g.op("Equal", [segment, g.number(0, np.int64)])]))
    last = g.op("Add", [g.op("ReduceMax", ["token_type_ids"], keepdims=0), g.number(1, np.int64)])
    numbers = g.op("Range", [g.number(1, np.int64), last, g.number(1, np.int64)])
    numbers = g.op("Unsqueeze", [numbers, g.constant("outer", np.array([0, 2], np.int64))])
    targets = mean(g, x, g.op("And", [real, g.op("Equal", [segment, numbers])]))
    wide = g.op("Expand", [post, g.op("Shape", [targets])])
    return g.op("Squeeze", [post, "one"]), g.op("Concat", [targets, wide], axis=2)


def heads(g, x, rows):
    pooled, both = pools(g, x)
    dense = lambda v, name, out=None: g.op("Add", [g.op("MatMul", [v, g.weight(name + ".weight")]), g.weight(name + ".bias")], out)
    dense(g.op("Tanh", [dense(both, "stance_in")]), "stance_out", "stance")
    outputs = {"emotion": len(rows)}
    for name in ("sentiment", "irony", "offensive", "hate", "emotion4", "goemotions"):
        g.op("Gemm", [pooled, g.weight(f"heads.{name}.weight"), g.weight(f"heads.{name}.bias")], name)
        outputs[name] = SENTENCE_HEADS[name]
    weight = np.stack([g.state[f"heads.{head}.weight"][row] for _, head, row in rows], 1)
    bias = np.stack([g.state[f"heads.{head}.bias"][row] for _, head, row in rows])
    g.op("Gemm", [pooled, g.constant("emotion.weight", weight), g.constant("emotion.bias", bias)], "emotion")
    g.op("LpNormalization", [g.op("Gemm", [pooled, g.weight("embed.weight")])], "embedding", axis=1, p=2)
    return outputs | {"embedding": 384}


INPUTS = ("input_ids", "attention_mask", "token_type_ids", "position_ids")


def write(state, sources, path, ranges=None):
    """Writes the graph to `path`; int8 where ranges are given."""
    g = Graph(state, ranges)
    seen, x = sight(g), embeddings(g)
    for i in range(LAYERS):
        x = layer(g, x, i, seen)
    outputs = heads(g, x, emotion_rows(sources))
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["rows", "tokens"]) for n in INPUTS]
    results = [helper.make_tensor_value_info("stance", TensorProto.FLOAT, ["rows", "targets", 3])]
    results += [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["rows", size]) for n, size in outputs.items()]
    graph = helper.make_graph(g.nodes, "undercurrent-minilm", inputs, results, list(g.initialisers.values()))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
