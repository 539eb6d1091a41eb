"""What an ensemble found in a patient, with all that is kept beside it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import SimpleITK as sitk

from ..core.lesions import LesionMap
from .inference import Prediction
from .lesions import predicted_lesions
from .model import Model
from .models import proposed_by
from .predictor import RunningPrediction
from .provenance import provenance
from .recipe import Postprocessing


@dataclass(frozen=True)
class EnsembleResult:
    """Lesions of an ensemble.

    Attributes
    ----------
    lesion_map : LesionMap
    provenance : dict
        See `provenance`.
    warnings : tuple of str
        What a reader has to know: which model found them, and how it was computed.
    """

    lesion_map: LesionMap
    provenance: dict[str, Any]
    warnings: tuple[str, ...]


def ensemble_result(
    model: Model, running: RunningPrediction, prediction: Prediction, pet: sitk.Image, processing: Postprocessing
) -> EnsembleResult:
    """Return the lesions of a prediction that has ended.

    Parameters
    ----------
    model : Model
        What predicted.
    running : RunningPrediction
        How it was computed, and its warnings.
    prediction : Prediction
        Its result.
    pet : SimpleITK.Image
        SUVbw (g/mL), of the patient.
    processing : Postprocessing
        What becomes of the tumour.

    Returns
    -------
    EnsembleResult
    """
    return EnsembleResult(
        predicted_lesions(prediction, pet, **asdict(processing)),
        provenance(model, running.computed, processing),
        (proposed_by(model), *running.warnings),
    )
