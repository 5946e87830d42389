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
from held import FOLDS, slug
from model import Encoder, load_base
from package import package
from refit import refit
from teacher import Teachers
from train import run_stage
from unpack import unpack


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder laid out as training/README.md says")
    parser.add_argument("--out", required=True, help="checkpoints, logs and the finished model folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="few examples; the figures mean nothing")
    parser.add_argument("--until", help="stop after this stage and export it")
    parser.add_argument("--start", metavar=("MODEL", "STAGE"), nargs=2, help="a shipped model folder and the one stage to train from its weights")
    for part in ("posts", "targets"):
        parser.add_argument(f"--{part}-teacher", metavar="MODEL", nargs="+", help=f"model folders whose mean answers about {part} are learned (teacher.py)")
    parser.add_argument("--leave-out", action="store_true", help="models that saw no target of held.FOLDS or of one of them, to measure with npm run eval")
    args = parser.parse_args()
    if bool(args.posts_teacher) != bool(args.targets_teacher):
        parser.error("--posts-teacher and --targets-teacher go together")
    if args.leave_out and (args.start or args.until or args.posts_teacher):
        parser.error("--leave-out has stages of its own, from the base and without a teacher: a shipped model has seen what is to be left out")
    if args.start and args.start[1] not in stages.LATER:
        parser.error(f"--start takes a stage of {', '.join(stages.LATER)}")
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
        folder, name = args.start
        model, plan = unpack(model, folder), [(name, stages.SMOKE["smoke"] if args.smoke else stages.LATER[name])]
    if args.leave_out:
        return leave_out(args, model)
    teachers = Teachers(args.posts_teacher, args.targets_teacher, args.threads) if args.posts_teacher else None
    for name, stage in plan:
        run_stage(name, stage, model, (args.data, args.out, teachers))
        if name == args.until:
            break
    folder = os.path.join(args.out, "undercurrent-minilm")
    finish(model, folder, args.out, args.data)
    report.report(args.data, folder, os.path.join(args.out, "docs"), os.path.join(args.out, "fp32.onnx"))
    print(f"done: {folder}")


def finish(model, folder, work, root, left=()):
    refit(model.eval(), root)
    package(model, folder, work, root, left)
    calibrate(root, folder)


def leave_out(args, model):
    """A model that saw no target of held.FOLDS, and from its weights one for each fold that saw those of the others."""
    folder = os.path.join(args.out, "left-out")

    def made(left, name, stage, place):
        data.LEFT = left
        name, stage = (f"smoke-{name}", stages.SMOKE["smoke"]) if args.smoke else (name, stage)
        run_stage(name, stage, model, (args.data, args.out, None))
        trained = {key: value.clone() for key, value in model.state_dict().items()}
        finish(model, place, os.path.join(args.out, f"work-{name}"), args.data, left)
        return trained

    trained = made(tuple(FOLDS), "left-out", stages.LEFT_OUT, folder)
    for name in FOLDS:
        model.load_state_dict(trained)
        made((name,), f"left-out-{slug(name)}", stages.LEFT_ONE, os.path.join(folder, "folds", slug(name)))
    print(f"done: npm run eval -- --only folds --model {folder} --out docs/model")


if __name__ == "__main__":
    main()
