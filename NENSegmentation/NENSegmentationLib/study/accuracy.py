"""What a reader was shown and what they left, held against the truth of the case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.evaluation import METRICS, Evaluation, evaluate
from .readings import PROPOSAL, ReadingRow


def with_accuracy(
    row: ReadingRow,
    truth: NDArray[np.generic],
    voxel_ml: float,
    *,
    left: NDArray[np.generic],
    shown: NDArray[np.generic] | None = None,
) -> ReadingRow:
    """Return a reading with what only the truth can tell.

    Parameters
    ----------
    row : ReadingRow
        What is known without it.
    truth : ndarray, shape (k, j, i)
        Label map or mask of the true lesions.
    voxel_ml : float
        Volume of a voxel, mL.
    left : ndarray, shape (k, j, i)
        The lesions at Done.
    shown : ndarray, shape (k, j, i), optional
        Those with which the case came on the screen, if a method had made any.

    Returns
    -------
    ReadingRow
    """
    of_left = evaluate(left, truth, voxel_ml)
    known: dict[str, Any] = {"negative_control": not of_left.lesions, **_metrics(of_left, "")}
    if shown is not None:
        of_shown = evaluate(shown, truth, voxel_ml)
        known |= _metrics(of_shown, PROPOSAL)
        known[f"{PROPOSAL}lesions"] = len(of_shown.components)
        known[f"{PROPOSAL}volume_ml"] = of_shown.predicted_ml
    return replace(row, **known)


def _metrics(evaluation: Evaluation, prefix: str) -> dict[str, Any]:
    return {f"{prefix}{metric}": getattr(evaluation, metric) for metric in METRICS}
