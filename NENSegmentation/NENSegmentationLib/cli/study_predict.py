"""``nenseg study predict``: what the ensembles of a study find, before its first case."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.errors import NENSegmentationError
from ..core.tables import NOTE
from ..dicom.results import write_results
from ..ensemble.channels import CT
from ..ensemble.device import AUTO, DEVICES
from ..ensemble.model import Model, read_model
from ..ensemble.postprocessing import postprocessing_of
from ..ensemble.predictor import RunningPrediction
from ..ensemble.result import ensemble_result
from ..study.plan import PlannedCase
from ..study.plan_file import read_plan
from ..study.planned_images import read_planned
from .case import progress_bar
from .errors import UsageError
from .study_plan import add_plan


def add_predict(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "predict",
        help="let the ensembles of a study work before the readers do",
        description="Predict each case in each arm of an ensemble, so that no reader waits for it, or learns the arm "
        "by waiting. What is there already stays.",
    )
    add_plan(parser)
    parser.add_argument("--device", choices=DEVICES, default=AUTO, help="where to compute (default auto)")
    parser.set_defaults(action=_predict)
    return parser


def predict_text(result: dict[str, Any]) -> list[str]:
    """Say what was written."""
    return [*(f"Wrote {folder}" for folder in result["written"]), f"Already there: {result['there']}", NOTE]


def _predict(arguments: argparse.Namespace) -> dict[str, Any]:
    plan = read_plan(arguments.plan, with_cases=False)
    models = {arm.name: read_model(arm.model) for arm in plan.arms if arm.model is not None}
    if not models:
        message = f"{plan.path.name}: no arm starts from an ensemble, so there is nothing to predict."
        raise UsageError(message)
    wanted = [(arm, case) for case in plan.cases for arm in models]
    missing = [(arm, case) for arm, case in wanted if not plan.prediction(arm, case.name).exists()]
    for arm, case in missing:
        try:
            _write(models[arm], case, plan.prediction(arm, case.name), arguments.device)
        except NENSegmentationError as error:
            message = f"{case.name} in the arm {arm}: {error}"
            raise UsageError(message) from error
    return {
        "action": "predict",
        "written": [str(plan.prediction(arm, case.name)) for arm, case in missing],
        "there": len(wanted) - len(missing),
        "note": NOTE,
    }


def _write(model: Model, planned: PlannedCase, folder: Path, device: str) -> None:
    case = read_planned(planned, with_ct=CT in model.channels)
    processing = postprocessing_of(model)
    with (
        progress_bar(planned.name) as progress,
        RunningPrediction(model, case.pet, case.ct, device=device) as running,
    ):
        prediction = running.wait(progress)
    found = ensemble_result(model, running, prediction, case.pet, processing)
    write_results(
        folder,
        found.lesion_map,
        method="ensemble",
        ensemble=found.provenance,
        warnings=[*case.warnings, *found.warnings],
    )
