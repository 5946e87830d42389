"""How others would score the same posts in Python: the comparators of `npm run bench -- score --python PATH`.

Reads one JSON request per line, {"rival", "texts", "target"}, and answers {"seconds", "cpuSeconds", "waste"}. Every rival
gives what ours gives: sentiment and emotion of the post and its stance to one target. One thread each, which costs the fewest
CPU-seconds per post. Needs training/requirements.txt.

    onnx      the plain export of the same network, dynamic int8, ONNX Runtime's own optimisations, batches of 32 rows sorted by length
    passes    the same weights in the library's own BERT, exported and run alike: one pass for the post, one for the pair, as most would write it
    pipeline  the Hugging Face pipeline with the same weights: it reads no row with targets, so two passes too
    roberta   three pipelines of the size of roberta-base (random weights): sentiment, emotion, stance
    peak      int8 products of large matrices: billions of operations per CPU-second, the most there is to have
"""
import argparse
import json
import os
import sys
import tempfile
import time
import warnings

os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
warnings.filterwarnings("ignore")
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "training"))

import numpy as np
import onnxruntime as ort
import torch
import transformers
from onnx import TensorProto, helper
from onnxruntime.quantization import quantize_dynamic

from corpus import tables
from model import HEADS, INNER, LAYERS, WIDTH, Encoder, load_base
from unpack import unpack

LONGEST, BATCH = 128, 32
torch.set_num_threads(1)
transformers.logging.set_verbosity_error()


def tokenizer(folder):
    fast = transformers.PreTrainedTokenizerFast(tokenizer_file=os.path.join(folder, "tokenizer.json"), pad_token="[PAD]",
                                                cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]")
    fast.model_max_length = LONGEST
    return fast


def bert(folder, labels):
    """The shipped weights in the library's own BERT; its pooler and classifier are new, which costs the same."""
    state = unpack(load_base(Encoder()), folder).state_dict()
    config = transformers.BertConfig(hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                                     intermediate_size=INNER, num_labels=labels, attn_implementation="eager")
    model = transformers.BertForSequenceClassification(config).eval()
    inside = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
              "out": "attention.output.dense", "norm1": "attention.output.LayerNorm", "up": "intermediate.dense",
              "down": "output.dense", "norm2": "output.LayerNorm"}
    top = {"words": "word_embeddings", "positions": "position_embeddings", "types": "token_type_embeddings", "norm": "LayerNorm"}
    theirs = {}
    for name, value in state.items():
        first, *rest = name.split(".")
        if first == "layers":
            theirs[f"bert.encoder.layer.{rest[0]}.{inside[rest[1]]}.{rest[2]}"] = value
        elif first in top:
            theirs[f"bert.embeddings.{top[first]}.{rest[0]}"] = value
    missing, strange = model.load_state_dict(theirs, strict=False)
    assert not strange and all(name.startswith(("bert.pooler", "classifier")) for name in missing), (missing, strange)
    return model


class Plain(torch.nn.Module):
    """The network of training/model.py with one target, as torch exports it."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, segments, positions):
        x = self.model.hidden(ids, segments, positions)
        pooled = self.model.pooled(x, segments)
        heads = torch.cat([head(pooled) for head in self.model.heads.values()], 1)
        return heads, self.model.stance(x, segments, pooled), torch.nn.functional.normalize(self.model.embed(pooled))


class Onnx:
    """Sorted batches, as a careful user of ONNX Runtime would write them."""

    def __init__(self, model, names, row, tokens):
        self.tokenizer = tokens
        with tempfile.TemporaryDirectory() as place:
            plain, int8 = os.path.join(place, "model.onnx"), os.path.join(place, "int8.onnx")
            torch.onnx.export(model, row, plain, input_names=names, dynamo=False, opset_version=17,
                              dynamic_axes={name: {0: "rows", 1: "tokens"} for name in names})
            quantize_dynamic(plain, int8, per_channel=True)
            options = ort.SessionOptions()
            options.intra_op_num_threads, options.log_severity_level = 1, 3
            # As ours: that fusion costs more than it saves in int8 (analyze/session.ts).
            self.session = ort.InferenceSession(int8, options, disabled_optimizers=["SkipLayerNormFusion"])

    def run(self, texts, target):
        useful, computed = 0, 0
        for rows in self.encoded(texts, target):
            rows.sort(key=lambda row: row[0])
            for at in range(0, len(rows), BATCH):
                feed = self.feed([row for _, row in rows[at:at + BATCH]])
                self.session.run(None, feed)
                useful, computed = useful + sum(length for length, _ in rows[at:at + BATCH]), computed + next(iter(feed.values())).size
        return 1 - useful / computed


class Rows(Onnx):
    def __init__(self, folder):
        row = tuple(map(torch.from_numpy, tables([([7] * 5, [[8] * 3])] * 2)))
        super().__init__(Plain(unpack(Encoder(), folder)).eval(), ["ids", "segments", "positions"], row, tokenizer(folder))

    def encoded(self, texts, target):
        encode = lambda some: self.tokenizer(some, add_special_tokens=False, max_length=LONGEST - 2, truncation=True)["input_ids"]
        asked = encode([target])
        yield [(len(ids) + len(asked[0]) + 3, (ids, asked)) for ids in encode(texts)]

    def feed(self, rows):
        return dict(zip(["ids", "segments", "positions"], tables(rows, multiple=1)))


class Passes(Onnx):
    NAMES = ["input_ids", "attention_mask", "token_type_ids"]

    def __init__(self, folder):
        super().__init__(bert(folder, 3), self.NAMES, (torch.ones(2, 8, dtype=torch.long),) * 3, tokenizer(folder))

    def encoded(self, texts, target):
        for pairs in (False, True):
            rows = self.tokenizer(*([[target] * len(texts), texts] if pairs else [texts]), max_length=LONGEST,
                                  truncation="only_second" if pairs else True, return_token_type_ids=True)
            yield [(len(row[0]), row) for row in zip(*(rows[name] for name in self.NAMES))]

    def feed(self, rows):
        width = max(len(row[0]) for row in rows)
        return {name: np.array([row[k] + [0] * (width - len(row[k])) for row in rows], np.int64) for k, name in enumerate(self.NAMES)}


class Pipelines:
    """`passes`: a model and whether it reads the pair of target and post."""

    def __init__(self, folder, passes):
        make = lambda model: transformers.pipeline("text-classification", model=model, tokenizer=tokenizer(folder), device="cpu")
        self.passes = [(make(model), pairs) for model, pairs in passes]

    def run(self, texts, target):
        for classify, pairs in self.passes:
            for text in texts:
                classify({"text": target, "text_pair": text} if pairs else text, truncation=True, max_length=LONGEST)
        return 0


def roberta(labels):
    return transformers.RobertaForSequenceClassification(transformers.RobertaConfig(
        vocab_size=50265, max_position_embeddings=514, num_labels=labels, type_vocab_size=2)).eval()


class Peak:
    """Products of u8 and s8 matrices as large as the network's are wide, with nothing around them."""

    def __init__(self, rows=1024, inner=1536, columns=1536):
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b"], ["c"])], "peak",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, inner])],
            [helper.make_tensor_value_info("c", TensorProto.INT32, [rows, columns])],
            [helper.make_tensor("b", TensorProto.INT8, [inner, columns], np.random.default_rng(1).integers(
                -127, 127, (inner, columns), np.int8).tobytes(), raw=True)])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = ort.InferenceSession(model.SerializeToString(), options)
        self.feed = {"a": np.random.default_rng(2).integers(0, 255, (rows, inner), np.uint8)}
        self.operations = 2e-9 * rows * inner * columns

    def run(self, texts, _):
        """As many products as there are texts."""
        for _ in texts:
            self.session.run(None, self.feed)
        return 0


def rivals(folder):
    yield "onnx", Rows(folder)
    yield "passes", Passes(folder)
    yield "pipeline", Pipelines(folder, [(bert(folder, 3), False), (bert(folder, 3), True)])
    yield "roberta", Pipelines(folder, [(roberta(3), False), (roberta(11), False), (roberta(3), True)])
    yield "peak", Peak()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    known = dict(rivals(parser.parse_args().model))
    versions = {m.__name__: m.__version__ for m in (torch, transformers, ort)}
    print(json.dumps({"ready": list(known), "versions": versions, "operations": known["peak"].operations}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            waste = known[asked["rival"]].run(asked["texts"], asked["target"])
        print(json.dumps({"seconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu, "waste": waste}), flush=True)


if __name__ == "__main__":
    main()
