"""``nenseg study init`` and ``check``: a plan to begin with, and what is wrong with one."""

from __future__ import annotations

import argparse
import csv
import secrets
from pathlib import Path
from typing import Any

from ..core.output import new_file, refuse_if_taken
from ..ensemble.model import read_model
from ..ensemble.models import model_folder
from ..scene.study_opening import checked_plan
from ..study.order import Assignment, assignments
from ..study.plan import Design, Plan
from ..study.plan_template import found_cases, plan_template
from ..study.store import Store
from .case import progress_bar
from .errors import UsageError

_SEEDS = 1 << 31
_ORDER_COLUMNS = ("reader", "position", "block", "training", "case", "arm")


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add the plan of a study."""
    parser.add_argument("plan", type=Path, metavar="STUDY.TOML", help="the plan of the study")


def add_init(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "init",
        help="write a plan to begin with",
        description="Write a plan with the cases of a folder under code names, and say what each entry means.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="holds a folder for each case: a DICOM PET/CT, or pet.nrrd in SUV and ct.nrrd",
    )
    parser.add_argument(
        "--model",
        metavar="DIR|NAME",
        help="compare with the ensemble of this model folder, or of a model that comes with the program",
    )
    parser.add_argument("--seed", type=_seed, metavar="N", help="of all random draws (default: drawn now)")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="new file, such as study.toml")
    parser.set_defaults(action=_init)
    return parser


def _init(arguments: argparse.Namespace) -> dict[str, Any]:
    refuse_if_taken(arguments.out, folder=False)
    model = None if arguments.model is None else read_model(model_folder(arguments.model)).folder
    cases = found_cases(arguments.folder)
    seed = secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed
    with new_file(arguments.out) as partial:
        partial.write_text(plan_template(cases, arguments.out.absolute().parent, seed=seed, model=model), "utf-8")
    return {"action": "init", "plan": str(arguments.out), "cases": len(cases), "seed": seed}


def init_text(result: dict[str, Any]) -> list[str]:
    """Say what was written, and what comes next."""
    return [
        f"Wrote {result['plan']} with {result['cases']} cases",
        f"Fill in title, readers, design and arms; then: nenseg study check {result['plan']}",
    ]


def add_check(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "check",
        help="check a plan, its images and its models",
        description="Check everything that can be checked before the first case, and say all that is wrong at once.",
    )
    add_plan(parser)
    parser.add_argument(
        "--order",
        type=Path,
        metavar="CSV",
        help="write who reads which case in which arm, and in which order; it tells the arms, so keep it from readers",
    )
    parser.add_argument(
        "--open-cases",
        action="store_true",
        help="open every case as a reader will, and make what readers start from, which takes as long: finds what the "
        "headers of the files do not show, such as damaged voxels",
    )
    parser.add_argument(
        "--make-store",
        action="store_true",
        help="make the store that the plan names as well, so that rights can be given before the first reading",
    )
    parser.set_defaults(action=_check)
    return parser


def _check(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.order is not None:
        refuse_if_taken(arguments.order, folder=False)
    with progress_bar("Checking") as progress:
        plan = checked_plan(arguments.plan, progress)
    if arguments.open_cases:
        _refuse_what_would_be_skipped(plan)
    order = [one for reader in plan.readers for one in assignments(plan, reader)]
    if arguments.order is not None:
        _write_order(arguments.order, order)
    if arguments.make_store:
        Store.open(plan.store, plan.identity).close()
    return {
        "action": "check",
        "plan": str(arguments.plan),
        "identity": plan.identity,
        **_described(plan),
        "readings": len(order),
        "order": None if arguments.order is None else str(arguments.order),
        "store_is_there": arguments.make_store,
    }


def _refuse_what_would_be_skipped(plan: Plan) -> None:
    # Slicer's scene takes a second to load, which the other commands do not need.
    from ..scene.bootstrap import close_scene, headless_scene
    from ..scene.study_trial import trial_faults

    scene = headless_scene()
    try:
        with progress_bar("Opening") as progress:
            faults = trial_faults(scene, plan, progress)
    finally:
        close_scene(scene)
    if faults:
        raise UsageError("\n".join(f"{plan.path.name}: {fault}" for fault in faults))


def check_text(result: dict[str, Any]) -> list[str]:
    """Sum up a plan without a fault."""
    arms = ", ".join(f"{name} ({method})" for name, method in result["arms"].items())
    washout = f", days between: {result['washout_days']}" if result["design"] == Design.CROSSOVER.value else ""
    lines = [
        f"{result['plan']}: {result['title']}",
        f"Cases: {result['cases']}; for training: {result['training']}; of both with a truth: {result['with_truth']}",
        f"Arms: {arms}",
        f"Design: {result['design']}; periods: {result['periods']}{washout}; blocks in a period: {result['blocks']}",
        f"Readers: {len(result['readers'])}; readings of each: {result['readings'] // len(result['readers'])}",
    ]
    written = [] if result["order"] is None else [f"Wrote {result['order']}"]
    there = ["The store is there."] if result["store_is_there"] else []
    return [*lines, "Nothing is wrong with it.", *written, *there]


def _described(plan: Plan) -> dict[str, Any]:
    training = sum(case.training for case in plan.cases)
    return {
        "title": plan.title,
        "cases": len(plan.cases) - training,
        "training": training,
        "with_truth": sum(case.truth is not None for case in plan.cases),
        "arms": {arm.name: arm.method.value for arm in plan.arms},
        "readers": list(plan.readers),
        "design": plan.design.value,
        "periods": plan.periods,
        "washout_days": plan.washout_days,
        "blocks": plan.blocks,
    }


def _write_order(path: Path, order: list[Assignment]) -> None:
    with new_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_ORDER_COLUMNS)
        for one in order:
            table.writerow([one.reader, one.position, one.block, "yes" if one.training else "no", one.case, one.arm])


def _seed(text: str) -> int:
    if not text.isdecimal():
        message = f"{text!r} is no whole number of 0 or more"
        raise argparse.ArgumentTypeError(message)
    return int(text)
