"""How a result of the ensemble came about, as it is kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .model import Model
from .models import said_of
from .recipe import Postprocessing


def provenance(model: Model, computed: Mapping[str, Any], processing: Postprocessing) -> dict[str, Any]:
    """Return what has to be known to repeat a prediction.

    Parameters
    ----------
    model : Model
        What predicted.
    computed : mapping
        ``RunningPrediction.computed``.
    processing : Postprocessing
        What became of the tumour.

    Returns
    -------
    dict
        ``model`` (``title``, ``sha256``, ``folds``), what is computed, and ``postprocessing``.
    """
    return {"model": identified(model), **computed, "postprocessing": asdict(processing)}


def identified(model: Model) -> dict[str, Any]:
    """Return by what a model is known again: ``title``, ``sha256`` and ``folds``."""
    return {
        "title": said_of(model.folder, model.card),
        "sha256": model.identity,
        "folds": [fold.name for fold in model.folds],
    }


def in_words(said: Mapping[str, Any]) -> str:
    """Return a provenance as a sentence, for people."""
    model, processing = said["model"], said["postprocessing"]
    mirrored = {True: "with", False: "without"}.get(said["mirroring"], "with and without")
    return (
        f"Model: {model['title']}, folds {', '.join(model['folds'])} (SHA-256 {model['sha256'][:12]}); {said['mode']}, "
        f"{said['precision']} on {said['device']}, {mirrored} mirrored windows; components under "
        f"{processing['minimum_volume_ml']:g} mL left out, {processing['connectivity']}-connected."
    )
