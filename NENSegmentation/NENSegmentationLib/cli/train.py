"""``nenseg train``: an ensemble by a recipe."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..ensemble.case_folders import case_folders
from ..ensemble.device import AUTO
from ..ensemble.recipe import read_recipe, recipe_names, shortened
from ..ensemble.training import Training
from ..ensemble.training_progress import Epoch
from .case import SlowLines

_MINUTE_S = 60


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "train",
        help="train an ensemble on corrected cases",
        description="Train an ensemble of nnU-Nets. What is done stays in a folder beside the model: the same command "
        "goes on after an interruption.",
    )
    parser.add_argument(
        "--recipe", required=True, metavar="NAME", help=f"{', '.join(recipe_names())}, or the path of a .toml file"
    )
    parser.add_argument(
        "--cases",
        required=True,
        type=Path,
        metavar="DIR",
        help="a folder for each case: a digital patient; or pet.nrrd in SUV, ct.nrrd and lesions.nii.gz; or a DICOM "
        "PET/CT and lesions.nii.gz",
    )
    parser.add_argument("--folds", type=int, metavar="N", help="number of networks (default: the recipe's)")
    parser.add_argument("--epochs", type=int, metavar="N", help="epochs of each (default: the recipe's)")
    parser.add_argument(
        "--device",
        default=AUTO,
        metavar="auto|NAME[,NAME]",
        help="where to compute: cpu, mps, cuda, or several such as cuda:0,cuda:1, on which folds are trained side by "
        "side (default auto: every GPU that is there, else the processor)",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes that preprocess (default 2)")
    parser.add_argument("--out", required=True, type=Path, metavar="MODELDIR", help="new folder for the model")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train, or go on."""
    recipe = shortened(read_recipe(arguments.recipe), folds=arguments.folds, epochs=arguments.epochs)
    cases = case_folders(arguments.cases)
    training = Training(recipe, cases, arguments.out, device=arguments.device, jobs=arguments.jobs)
    with _shown() as (say, progress):
        model = training.run(say, progress)
    return {
        "model": str(arguments.out),
        "channels": list(model.channels),
        "folds": len(model.folds),
        "cases": len(cases),
        "started_from": model.card.get("started_from", {}).get("title"),
        "training": str(training.folder),
        "devices": list(training.devices),
    }


def text(result: dict[str, Any]) -> str:
    """Say what was trained."""
    start = f" on top of {result['started_from']}" if result["started_from"] else ""
    return (
        f"{result['folds']} folds on {' and '.join(result['channels'])}, trained on {result['cases']} cases{start}, on "
        f"{', '.join(result['devices'])}\n"
        f"Wrote {result['model']}\n"
        f"{result['training']} is no longer needed, unless the training is to go on."
    )


@contextmanager
def _shown() -> Iterator[tuple[Callable[[str], None] | None, Callable[[Epoch], None]]]:
    if not sys.stderr.isatty():
        lines = SlowLines()
        yield None, lambda epoch: lines.show(f"Training, {_stands(epoch)}", epoch.done, epoch.total)
        return
    from tqdm import tqdm

    with tqdm(desc="Training", leave=False, unit="epoch") as bar:

        def show(epoch: Epoch) -> None:
            bar.total = epoch.total
            bar.set_postfix_str(_stands(epoch), refresh=False)
            bar.update(epoch.done - bar.n)

        yield bar.set_description, show


def _stands(epoch: Epoch) -> str:
    return f"fold {epoch.fold}, loss {epoch.loss:.3f}, {epoch.seconds_left / _MINUTE_S:.0f} min left"
