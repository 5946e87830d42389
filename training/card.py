"""Puts the figures of `npm run eval` into a model folder's card: python training/card.py --model DIR --scorecard FILE

The scorecard must be of this very model file. No figure is typed by hand, none is computed here but the failure examples.
"""
import argparse
import hashlib
import os
import sys

from model import read_json
from report import write_card
from score import Scorer

HOW = """Measured by `npm run eval`, through the code of production on this int8 file; floors, goals and definitions are in
docs/model/scorecard.md."""


def card(folder, scorecard, note=""):
    found = read_json(scorecard)
    with open(os.path.join(folder, "onnx", "model_quantized.onnx"), "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != found["sha256"]:
            sys.exit(f"{scorecard} is of another model file: run npm run eval first")
    figures = {f["name"]: {k: f[k] for k in ("value", "low", "high", "n")} for f in found["figures"]}
    write_card(folder, figures, Scorer(folder), note, HOW)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--scorecard", required=True)
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    card(args.model, args.scorecard, args.note)
