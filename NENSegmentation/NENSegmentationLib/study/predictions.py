"""What the ensembles of a study found before its first case, as ``nenseg study predict`` left it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import PredictionError, StudyError
from .header_grid import header_grid
from .plan import Plan
from .result_files import SEGMENTS_FILE, SUMMARY_FILE


def read_prediction(folder: Path, model: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read what is said of a prediction beside its lesions.

    Parameters
    ----------
    folder : Path
        By `Plan.prediction`.
    model : str
        SHA-256 of the model that the plan names.

    Returns
    -------
    dict
        By what the lesions were found: the model with its checksum, and how it was computed.
    tuple of str
        The warnings.

    Raises
    ------
    PredictionError
        If it cannot be read, or is by another model.
    """
    try:
        said = json.loads((folder / SUMMARY_FILE).read_text("utf-8"))
        # A summary of another method has no ensemble.
        found_by, warnings = said["ensemble"], tuple(said["warnings"])
        found_with = found_by["model"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable(folder) from error
    if found_with != model:
        message = (
            f"{folder}: this was predicted by another model than that of the plan. Remove the folder, and run "
            "`nenseg study predict` again."
        )
        raise PredictionError(message)
    return found_by, warnings


def unreadable(folder: Path) -> PredictionError:
    """Return the error for a prediction that is not whole."""
    return PredictionError(
        f"{folder}: the prediction cannot be read. Remove the folder, and run `nenseg study predict` again."
    )


def prediction_faults(plan: Plan, identities: Mapping[str, Callable[[], str]]) -> list[str]:
    """Look at the predictions that are there; a case without one is predicted when its turn comes.

    Parameters
    ----------
    plan : Plan
        Of the study.
    identities : mapping
        Arm -> what returns the SHA-256 of its model, asked only if there is a prediction.

    Returns
    -------
    list of str
        A sentence for each that cannot be used.
    """
    faults = []
    for arm, identity in identities.items():
        for case in plan.cases:
            folder = plan.prediction(arm, case.name)
            if folder.exists():
                try:
                    read_prediction(folder, identity())
                    _require_segments(folder)
                except PredictionError as error:
                    faults.append(str(error))
    return faults


def _require_segments(folder: Path) -> None:
    try:
        header_grid(folder / SEGMENTS_FILE)
    except StudyError as error:
        raise unreadable(folder) from error
