"""Evaluates a model folder and writes its scorecard and card: python training/report.py --data DIR --model DIR --docs DIR

The card is training/card.md with the measured figures put in; no figure in it is typed by hand.
docs/model/scorecard.* is written by `npm run eval` through the code of production; this writes scorecard-python.* beside the
checkpoints, for development. `card.py` puts production's figures into the card before a model ships.
"""
import argparse
import datetime
import json
import os

import evaluate
import failures
import shares
from package import write_json
from score import Scorer

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "Computed in Python on this int8 file, by `python training/report.py` (docs/model/scorecard.md has those of production's code)."
COMMAND = "python training/report.py --data DIR --model models/undercurrent-minilm --docs docs/model"


def fit_model_error(root, folder):
    """Fits the model-error terms and writes them into labels.json; returns how they checked."""
    scorer = Scorer(folder)
    reports = {}
    for name, measure in (("sentiment", shares.sentiment), ("emotion", shares.emotion), ("stance", shares.stance)):
        scorer.labels["modelError"][name], reports[name] = measure(root, scorer)
    write_json(os.path.join(folder, "labels.json"), scorer.labels)
    return reports


def figure(value):
    if not isinstance(value, dict):
        return str(value)
    if "low" in value:
        return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f}), n {value['n']}"
    return ", ".join(f"{k} {v}" for k, v in value.items())


def flat(reports):
    return {f"topics/{n}" + (f" ({k})" if nested else ""): r for n, top in reports.items()
            for nested in ["topics" not in top] for k, r in (top if nested else {"": top}).items()}


def markdown(figures):
    return "\n".join(["| measure | value (95 % bootstrap interval) |", "|---|---|",
                      *(f"| {name} | {figure(value)} |" for name, value in figures.items())])


def write_card(folder, figures, scorer, note, how=PYTHON):
    with open(os.path.join(HERE, "card.md"), encoding="utf-8") as file:
        card = file.read()
    for mark, text in (("figures", markdown(figures)), ("note", note), ("how", how), ("failures", failures.markdown(scorer))):
        card = card.replace("{{%s}}" % mark, text)
    with open(os.path.join(folder, "README.md"), "w", encoding="utf-8") as file:
        file.write(card)


def report(root, folder, docs, fp32=None, note=""):
    reports = fit_model_error(root, folder)
    scorer = Scorer(folder)
    figures = evaluate.sentence_figures(root, scorer) | evaluate.stance_figures(root, scorer)
    figures |= evaluate.unmentioned(root, scorer) | evaluate.other_languages(root, scorer)
    if fp32 and os.path.exists(fp32):
        figures |= evaluate.agreement(root, scorer, Scorer(folder, fp32))
    figures |= flat(reports)
    os.makedirs(docs, exist_ok=True)
    day = datetime.date.today().isoformat()
    about = {"model": scorer.labels["model"], "date": day, "command": COMMAND,
             "computed": "in Python, on the int8 file with ONNX Runtime; the Node path (npm run eval) is not measured here"}
    write_json(os.path.join(docs, "scorecard-python.json"), about | {"figures": figures})
    with open(os.path.join(docs, "scorecard-python.md"), "w", encoding="utf-8") as file:
        file.write(f"# Scorecard of {about['model']}, {day}\n\nComputed {about['computed']}.\nCommand: `{COMMAND}`\n\n")
        file.write(SCORECARD_NOTES + "\n" + markdown(figures) + "\n")
    write_card(folder, figures, scorer, note)
    return figures


SCORECARD_NOTES = """Decisions are the largest calibrated probability (sentiment: by its threshold), or the shipped threshold of a label. Metrics: TweetEval's and
SemEval's official ones (training/metrics.py). TweetEval stance pools the five targets' test posts; its targets, RUW's,
P-Stance's and MTSD's are targets the model was trained on (in-target). "topics held out" and ArgKP are targets that never
trained (rule: docs/evaluation.md), though other debate sets discuss some of the same subjects as the held-out debates. ECE: 15
equal-mass bins. Topic figures: protocol at the top of training/shares.py.
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "model", "docs"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--fp32", help="the unquantised graph, to compare with")
    args = parser.parse_args()
    print(json.dumps(report(args.data, args.model, args.docs, args.fp32), indent=1))
