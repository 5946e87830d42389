"""How often the int8 file decides like fp32 on another CPU, above all on one without VNNI (emulated, so only a few rows).

    python training/agreement.py prepare --data DIR --model DIR --fp32 OUT/fp32.onnx --rows ROWS.npz
    PYTHONPATH=VENV/lib/python3.11/site-packages qemu-x86_64 -cpu Haswell $(readlink -f VENV/bin/python) training/agreement.py compare \\
        --model DIR --rows ROWS.npz

`prepare` keeps token ids, no text, of validation posts and pairs, with what fp32 and int8 answer here. `compare` needs numpy and
onnxruntime alone, so that it starts in an emulator. Rows run one by one.
"""
import argparse
import os

import numpy as np
import onnxruntime as ort


def answers(path, rows):
    """Raw outputs of each row of (ids, segments, positions)."""
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = ort.InferenceSession(path, options, disabled_optimizers=["SkipLayerNormFusion"])
    names = ["sentiment", "emotion4", "stance"]
    out = {name: [] for name in names}
    for ids, segments, positions in rows:
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments, "position_ids": positions}
        values = dict(zip(names, session.run(names, {name: value[None] for name, value in feed.items()})))
        for name in names[:2]:
            out[name].append(values[name][0])
        if segments.any():
            out["stance"].append(values["stance"][0, 0])
    return {name: np.array(values) for name, values in out.items()}


def prepare(args):
    import data
    from corpus import POST_TOKENS, TARGET_TOKENS, tables
    from score import Scorer

    scorer = Scorer(args.model)
    sets = data.pairs(args.data, "val")
    pairs = [t for name in data.TWEETEVAL_TARGETS for t in sets[name]] + sets["ruw"]
    pairs = pairs[::len(pairs) // args.most]
    texts = [t for t, _ in data.sentences(args.data, "val")["sentiment"][:args.most]]
    tokens = [(ids, []) for ids in scorer.tokens(texts)]
    tokens += [(post, [target[:TARGET_TOKENS]]) for target, post in zip(*(scorer.tokens(some) for some in zip(*((t, p) for t, p, _ in pairs))))]
    rows = [tuple(table[0] for table in tables([(post[:POST_TOKENS - 2], targets)], multiple=1)) for post, targets in tokens]
    kept = {f"fp32 {name}": v for name, v in answers(args.fp32, rows).items()}
    kept |= {f"here {name}": v for name, v in answers(quantised(args.model), rows).items()}
    width = max(len(ids) for ids, _, _ in rows)
    pad = lambda part: np.array([np.pad(row[part], (0, width - len(row[part])), constant_values=-1) for row in rows])
    np.savez(args.rows, ids=pad(0), segments=pad(1), positions=pad(2), **kept)


def quantised(folder):
    return os.path.join(folder, "onnx", "model_quantized.onnx")


def compare(args):
    kept = np.load(args.rows)
    rows = [tuple(values[values >= 0] for values in row) for row in zip(kept["ids"], kept["segments"], kept["positions"])]
    for name, values in answers(quantised(args.model), rows).items():
        same = {what: (values.argmax(1) == kept[f"{what} {name}"].argmax(1)).mean() for what in ("fp32", "here")}
        before = (kept[f"here {name}"].argmax(1) == kept[f"fp32 {name}"].argmax(1)).mean()
        print(f"{name}: n {len(values)}, like fp32 {same['fp32']:.3f} (int8 where it was prepared {before:.3f}), like int8 there {same['here']:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["prepare", "compare"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", required=True)
    parser.add_argument("--data")
    parser.add_argument("--fp32")
    parser.add_argument("--most", type=int, default=400)
    args = parser.parse_args()
    {"prepare": prepare, "compare": compare}[args.what](args)
