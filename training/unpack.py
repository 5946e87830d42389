"""A shipped int8 file's weights, put back into an encoder: training goes on from a model whose fp32 weights are gone.

Up to @3 the inner channels come back in another order (the loud ones last), which computes the same; later the values come back smoothed
(ranges.py), and `out` with them, which computes the same too. The E-c head is the refitted one. Positions beyond the file's are those of the base.
"""
import os

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from model import EC, LAYERS, SENTENCE_HEADS

ENDS = ("", ".fp32")  # up to @3 a few inner channels stayed fp32


def arrays(path):
    """{name: float array}, what was quantised multiplied back by its scale: static (columns, calm) or, up to @3, dynamic."""
    raw = {i.name: numpy_helper.to_array(i) for i in onnx.load(path).graph.initializer}
    out = {name: array for name, array in raw.items() if not name.endswith(("_quantized", "_scale", "_zero_point"))}
    for name in (n.removesuffix("_quantized") for n in raw if n.endswith("_quantized")):
        steps = raw[f"{name}_quantized"].astype("float32") - raw[f"{name}_zero_point"].astype("float32")
        out[name] = steps * raw[f"{name}_scale"]
    for name in (n.removesuffix(".columns") for n in raw if n.endswith(".columns")):
        out[f"{name}.weight"] = raw[f"{name}.weight"].astype("float32") * raw[f"{name}.columns"] * raw.get(f"{name}.calm", np.ones(1))[:, None]
    if "words.scale" in raw:
        out["words.weight"] = raw["words.weight"].astype("float32") * raw["words.scale"]
    return {name: torch.tensor(array) for name, array in out.items()}


def layer(found, p):
    """One layer's state from the fused and split matrices of export.py, which lie transposed."""
    state = {}
    for kind in ("weight", "bias"):
        for name, part in zip(("query", "key", "value"), found[f"{p}qkv.{kind}"].chunk(3, dim=-1)):
            state[f"{p}{name}.{kind}"] = part.T if part.ndim == 2 else part
        state[f"{p}up.{kind}"] = torch.cat([found[f"{p}up.{kind}{end}"] for end in ENDS if p + "up.bias" + end in found], -1)
        state |= {f"{p}{name}.{kind}": found[f"{p}{name}.{kind}"] for name in ("norm1", "norm2")}
    state[p + "up.weight"] = state[p + "up.weight"].T
    state[p + "down.weight"] = torch.cat([found[f"{p}down.weight{end}"] for end in ENDS if p + "down.weight" + end in found]).T
    return state | {p + "out.weight": found[p + "out.weight"].T} | {f"{p}{n}.bias": found[f"{p}{n}.bias"] for n in ("out", "down")}


def unpack(model, folder):
    """Fills the encoder from FOLDER/onnx/model_quantized.onnx."""
    found = arrays(os.path.join(folder, "onnx", "model_quantized.onnx"))
    state = model.state_dict()
    for i in range(LAYERS):
        state |= layer(found, f"layers.{i}.")
    state["positions.weight"][:len(found["positions"])] = found["positions"]
    state |= {name: found[name] for name in ("words.weight", "types.weight", "norm.weight", "norm.bias")}
    emotion = {"weight": found["emotion.weight"][:, :len(EC)].T, "bias": found["emotion.bias"][:len(EC)]}
    for kind in ("weight", "bias"):
        heads = {f"heads.{name}": found[f"heads.{name}.{kind}"] for name in SENTENCE_HEADS if name != "ec"}
        heads |= {name: found[f"{name}.{kind}"] for name in ("stance_in", "stance_out")}
        state |= {f"{name}.{kind}": array.T if array.ndim == 2 else array for name, array in heads.items()} | {f"heads.ec.{kind}": emotion[kind]}
    state["embed.weight"] = found["embed.weight"].T
    model.load_state_dict(state)
    return model
