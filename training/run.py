"""One command from labelled data to a model folder: python training/run.py --data DIR --out DIR

Trains the stages, exports, calibrates and evaluates. Run it again after an interruption: finished
parts are skipped, a stage continues from its last checkpoint. --smoke proves the way in minutes.
"""
import argparse
import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads crawl on a machine that is shared

import torch

import data
import report
import shares
import stages
from calibrate import calibrate
from held import FOLDS
from model import Encoder, load_base
from package import package
from refit import refit
from train import run_stage
from unpack import unpack


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder laid out as training/README.md says")
    parser.add_argument("--out", required=True, help="checkpoints, logs and the finished model folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="few examples; the figures mean nothing")
    parser.add_argument("--until", help="stop after this stage and export it")
    parser.add_argument("--start", metavar="MODEL", help="a shipped model folder: the last stage alone, from its weights")
    parser.add_argument("--teacher", metavar="MODEL", help="a shipped model folder of the layout before (former.py) whose answers the stages learn")
    parser.add_argument("--leave-out", action="store_true", help="a model that saw no target of held.FOLDS, to measure with npm run eval")
    args = parser.parse_args()
    if args.leave_out and (args.start or args.teacher):
        parser.error("--leave-out starts from the base, without a teacher: a shipped model has seen what is to be left out")
    return args


def main():
    args = arguments()
    os.makedirs(args.out, exist_ok=True)
    if args.smoke:
        data.ROWS, shares.LEAST = 1200, 8
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = load_base(Encoder())
    plan = list((stages.SMOKE if args.smoke else stages.STAGES).items())
    if args.start:
        model, plan = unpack(model, args.start), plan[-1:]
    if args.leave_out:
        data.LEAVE_OUT, plan = True, [("left-out", plan[0][1] if args.smoke else stages.LEFT_OUT)]
    for name, stage in plan:
        run_stage(name, stage, model, (args.data, args.out, args.teacher))
        if name == args.until:
            break
    name = "left-out" if args.leave_out else "undercurrent-minilm"
    folder, work = os.path.join(args.out, name), os.path.join(args.out, "work-left-out" if args.leave_out else "")
    refit(model.eval(), args.data)
    package(model, folder, work, args.data, FOLDS if args.leave_out else ())
    calibrate(args.data, folder)
    if args.leave_out:
        return print(f"done: npm run eval -- --only folds --model {folder} --out docs/model")
    report.report(args.data, folder, os.path.join(args.out, "docs"), os.path.join(args.out, "fp32.onnx"))
    print(f"done: {folder}")


if __name__ == "__main__":
    main()
