"""Checkpoint -> ONNX, fp32 and int8 (dynamic, per channel).

The graph is laid down by hand with ONNX Runtime's fused operators (Attention, BiasGelu), so nothing
depends on what an exporter or a fusion pass happens to recognise; LayerNormalization stays separate
from the residual add, which measures faster on the CPU than SkipLayerNormalization. Heads stay fp32, and so
do the few loud inner channels per layer: one activation of 25 among others of 5 would otherwise take four
fifths of an int8 range that the whole tensor shares.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from model import EC, EPSILON, GO, HEADS, INNER, LAYERS, SENTENCE_HEADS

CONTRIB = "com.microsoft"
LONGEST = 128  # tokens
KEEP = ".fp32"  # ends the names of weights that are not quantised


def emotion_rows(sources):
    """Which head and row each public emotion label comes from: [(label, head, row)]."""
    return [(label, head, (EC if head == "ec" else GO).index(label)) for label, head in sources.items()]


class Graph:
    """`loud` lists per layer the inner channels that stay fp32."""

    def __init__(self, state, loud):
        self.state = {k: v.float().numpy() for k, v in state.items()}
        self.loud = loud
        self.nodes, self.initialisers, self.count = [], [], 0

    def constant(self, name, array):
        self.initialisers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(self, kind, inputs, out=None, **attributes):
        self.count += 1
        out = out or f"{kind}_{self.count}"
        domain = attributes.pop("domain", "")
        self.nodes.append(helper.make_node(kind, inputs, [out], name=f"n_{self.count}_{kind}", domain=domain, **attributes))
        return out

    def weight(self, name, transpose=True):
        array = self.state[name]
        return self.constant(name, array.T if transpose and array.ndim == 2 else array)

    def norm(self, x, name):
        return self.op("LayerNormalization", [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")],
                       axis=-1, epsilon=EPSILON)


def embeddings(g):
    words = g.op("Gather", [g.weight("words.weight", False), "input_ids"])
    length = g.op("Shape", ["input_ids"], start=1, end=2)
    table = g.constant("positions", g.state["positions.weight"][:LONGEST])
    at = g.op("Slice", [table, g.constant("zero", np.array([0], np.int64)), length])
    types = g.op("Gather", [g.weight("types.weight", False), "token_type_ids"])
    return g.norm(g.op("Add", [g.op("Add", [words, at]), types]), "norm")


def layer(g, x, i, mask):
    p = f"layers.{i}."
    parts = ("query", "key", "value")
    qkv = g.constant(p + "qkv.weight", np.concatenate([g.state[f"{p}{n}.weight"].T for n in parts], 1))
    bias = g.constant(p + "qkv.bias", np.concatenate([g.state[f"{p}{n}.bias"] for n in parts]))
    mixed = g.op("Attention", [x, qkv, bias, mask], domain=CONTRIB, num_heads=HEADS)
    mixed = g.op("Add", [g.op("MatMul", [mixed, g.weight(p + "out.weight")]), g.weight(p + "out.bias")])
    x = g.norm(g.op("Add", [mixed, x]), p + "norm1")
    loud = g.loud[i]
    quiet = [c for c in range(INNER) if c not in loud]
    inner = g.op("Add", [inner_part(g, x, p, quiet, ""), g.weight(p + "down.bias")])
    if loud:
        inner = g.op("Add", [inner, inner_part(g, x, p, loud, KEEP)])
    return g.norm(g.op("Add", [inner, x]), p + "norm2")


def inner_part(g, x, p, channels, suffix):
    """The part of the feed-forward block that goes through some of its inner channels."""
    up = g.constant(p + "up.weight" + suffix, g.state[p + "up.weight"][channels].T)
    bias = g.constant(p + "up.bias" + suffix, g.state[p + "up.bias"][channels])
    inner = g.op("BiasGelu", [g.op("MatMul", [x, up]), bias], domain=CONTRIB)
    return g.op("MatMul", [inner, g.constant(p + "down.weight" + suffix, g.state[p + "down.weight"][:, channels].T)])


def masked_mean(g, x, weights):
    """Mean of x over the tokens whose weight (float [B,T]) is 1."""
    axis = g.constant(f"axis_{g.count}", np.array([1], np.int64))
    row = g.op("Unsqueeze", [weights, axis])
    total = g.op("Squeeze", [g.op("MatMul", [row, x]), axis])
    count = g.op("ReduceSum", [weights, axis], keepdims=1)
    return g.op("Div", [total, g.op("Max", [count, g.constant(f"least_{g.count}", np.array(1, np.float32))])])


def heads(g, x, rows):
    mask = g.op("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    types = g.op("Mul", [g.op("Cast", ["token_type_ids"], to=TensorProto.FLOAT), mask])
    pooled = masked_mean(g, x, mask)
    both = g.op("Concat", [masked_mean(g, x, g.op("Sub", [mask, types])), masked_mean(g, x, types)], axis=1)
    inner = g.op("Tanh", [g.op("Gemm", [both, g.weight("stance_in.weight"), g.weight("stance_in.bias")])])
    g.op("Gemm", [inner, g.weight("stance_out.weight"), g.weight("stance_out.bias")], "stance")
    outputs = {"stance": 3, "emotion": len(rows)}
    for name in ("sentiment", "irony", "offensive", "hate", "emotion4", "goemotions"):
        g.op("Gemm", [pooled, g.weight(f"heads.{name}.weight"), g.weight(f"heads.{name}.bias")], name)
        outputs[name] = SENTENCE_HEADS[name]
    weight = np.stack([g.state[f"heads.{head}.weight"][row] for _, head, row in rows], 1)
    bias = np.stack([g.state[f"heads.{head}.bias"][row] for _, head, row in rows])
    g.op("Gemm", [pooled, g.constant("emotion.weight", weight), g.constant("emotion.bias", bias)], "emotion")
    projected = g.op("Gemm", [pooled, g.weight("embed.weight")])
    g.op("LpNormalization", [projected], "embedding", axis=1, p=2)
    return outputs | {"embedding": 384}


def write_fp32(state, sources, path, loud):
    g = Graph(state, loud)
    mask = g.op("Cast", ["attention_mask"], to=TensorProto.INT32)
    x = embeddings(g)
    for i in range(LAYERS):
        x = layer(g, x, i, mask)
    outputs = heads(g, x, emotion_rows(sources))
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"])
              for n in ("input_ids", "attention_mask", "token_type_ids")]
    results = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", size]) for n, size in outputs.items()]
    graph = helper.make_graph(g.nodes, "undercurrent-minilm", inputs, results, g.initialisers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)


def quantise(fp32, out, weight_type=QuantType.QInt8):
    os.makedirs(os.path.dirname(out), exist_ok=True)
    graph = onnx.load(fp32).graph
    initialisers = {i.name for i in graph.initializer}
    body = [n.name for n in graph.node if n.op_type == "Attention" or n.op_type == "Gather" or
            (n.op_type == "MatMul" and n.input[1] in initialisers and not n.input[1].endswith(KEEP))]
    quantize_dynamic(fp32, out + ".part", per_channel=True, weight_type=weight_type, nodes_to_quantize=body,
                     extra_options={"MatMulConstBOnly": True, "DefaultTensorType": TensorProto.FLOAT})
    os.replace(out + ".part", out)
