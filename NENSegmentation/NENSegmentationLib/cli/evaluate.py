"""``nenseg evaluate``: segmentations against the truth, case by case and for the cohort."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.cohort import CONTROL_LIMIT_ML, summed_up
from ..core.components import CONNECTIVITIES
from ..core.evaluated_cases import evaluated_cases
from ..core.evaluation import Criteria
from ..core.evaluation_tables import cases_csv, cohort_json
from ..core.output import new_folder, refuse_if_taken
from ..core.paired_files import PairedCase, paired_cases
from ..ensemble.evaluated import COHORT, described
from ..study.evaluation_page import TITLES, evaluation_page
from .case import progress_bar
from .errors import UsageError
from .evaluate_model import add_model_arguments, predicted, refuse_model_arguments

_USUAL = Criteria()


@dataclass(frozen=True)
class _Given:
    """What is evaluated: the folder of each set of predictions and of the truth, and how the predictions were made."""

    folders: Mapping[str, Path]
    truth: Path
    pairs: Sequence[PairedCase]
    made: Mapping[str, Any] = field(default_factory=dict)


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="evaluate segmentations against the truth",
        description="Hold label maps against the truth, voxel by voxel and lesion by lesion: for each case, and for "
        "the cohort in the shape of the tables of Carlsen et al. 2022. Either label maps that are there, in files "
        "matched by name (--predictions, --truth); or a model on cases whose lesions are known (--model, --cases): "
        "each fold and the ensemble.",
    )
    parser.add_argument(
        "--predictions",
        nargs="+",
        action="extend",
        metavar="[NAME=]DIR",
        help="folder with a label map for each case (.nii.gz, .nii, .nrrd, .seg.nrrd, or a folder that segment wrote); "
        "several, such as each fold and the ensemble, are compared",
    )
    parser.add_argument("--truth", type=Path, metavar="DIR", help="folder with the true label maps")
    add_model_arguments(parser)
    parser.add_argument(
        "--connectivity",
        type=int,
        choices=CONNECTIVITIES,
        default=_USUAL.connectivity,
        help="neighbouring voxels that make one lesion (default 26)",
    )
    parser.add_argument(
        "--iou",
        type=float,
        metavar="T",
        help="a lesion is found by an intersection over union above T (default: by any overlap)",
    )
    parser.add_argument(
        "--minor-dice",
        type=float,
        default=_USUAL.minor_dice,
        metavar="D",
        help="a lesion that is found differs in part if its Dice is under D (default 0.95; for the rating)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the results")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Evaluate the cases and write the results."""
    refuse_if_taken(arguments.out)
    criteria = Criteria(connectivity=arguments.connectivity, iou=arguments.iou, minor_dice=arguments.minor_dice)
    given = _given(arguments)
    with progress_bar("Evaluating") as progress:
        cases = evaluated_cases(given.pairs, criteria, progress)
    cohorts = {name: summed_up(case.evaluations[name] for case in cases) for name in given.folders}
    result = {**cohort_json(cohorts, given.folders, given.truth, criteria), **given.made}
    with new_folder(arguments.out) as partial:
        (partial / "cases.csv").write_text(cases_csv(cases), "utf-8")
        (partial / COHORT).write_text(json.dumps(result, indent=2) + "\n", "utf-8")
        page = evaluation_page(cases, cohorts, criteria, given.made.get("made", ()))
        (partial / "report.html").write_text(page, "utf-8")
    return {**result, "files": [str(path) for path in sorted(arguments.out.iterdir())]}


def text(result: dict[str, Any]) -> str:
    """Say what was found and written."""
    lines = [line for one in result["predictions"] for line in _lines(one)]
    made = result.get("made", ())
    return "\n".join([*lines, *made, *(f"Wrote {path}" for path in result["files"]), result["note"]])


def _given(arguments: argparse.Namespace) -> _Given:
    by_files = arguments.predictions is not None or arguments.truth is not None
    by_model = arguments.model is not None or arguments.cases is not None
    if by_files == by_model:
        message = "give either --predictions and --truth, or --model and --cases."
        raise UsageError(message)
    missing = [
        f"--{name}"
        for name in (("predictions", "truth") if by_files else ("model", "cases"))
        if getattr(arguments, name) is None
    ]
    if missing:
        message = f"{missing[0]} is missing. 'nenseg evaluate --help' says what belongs together."
        raise UsageError(message)
    if by_model:
        cases = predicted(arguments)
        return _Given(cases.sets, arguments.cases, cases.pairs, described(cases))
    refuse_model_arguments(arguments)
    folders = _named_folders(arguments.predictions)
    return _Given(folders, arguments.truth, paired_cases(folders, arguments.truth))


def _lines(one: dict[str, Any]) -> list[str]:
    lines = [f"{one['name']}: {one['cases']} cases, {one['with_lesions']} with lesions"]
    for metric, spread in one["metrics"].items():
        if spread["mean"] is not None:
            sd = "" if spread["sd"] is None else f", SD {spread['sd']:.3f}"
            lines.append(f"  {TITLES[metric]:<27}{spread['mean']:8.3f}{sd} (n = {spread['n']})")
    if one["with_lesions"]:
        lines.append(f"  Suggested ratings 1 to 5:  {' / '.join(str(count) for count in one['ratings'].values())}")
    controls = one["controls"]
    if controls["cases"]:
        lines.append(
            f"  Negative controls: nothing in {controls['nothing']} of {controls['cases']}, "
            f"at most {CONTROL_LIMIT_ML} mL in {controls['within_limit']}"
        )
    return lines


def _named_folders(given: list[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        path = Path(folder) if equals and name and not Path(text).exists() else Path(text)
        name = name if path != Path(text) else path.resolve().name
        if name in folders:
            message = f"two sets of predictions are called {name}. Name them apart, such as --predictions NAME={text}."
            raise UsageError(message)
        folders[name] = path
    return folders
