"""A model folder as it is handed on: the weights and nothing that training left besides, a card, and checksums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.output import new_folder
from ..core.tables import NOTE
from .card import write_card
from .checkpoint import load_weights_only
from .errors import EnsembleError
from .model import read_model

# nnU-Net's own class builds the same network from the plans, and is there wherever nnU-Net is.
_TRAINER = "nnUNetTrainer"
_CHECKPOINT = "checkpoint_final.pth"


def write_model(
    folder: Path,
    *,
    plans: Mapping[str, Any],
    dataset: Mapping[str, Any],
    checkpoints: Mapping[str, Path],
    card: Mapping[str, Any],
) -> None:
    """Write a model folder in nnU-Net's own layout, which appears when it is complete.

    Parameters
    ----------
    folder : Path
        To be made.
    plans, dataset : mapping
        nnU-Net's plans.json and dataset.json.
    checkpoints : mapping of str to Path
        Fold -> its checkpoint. Only weights and plain values are taken over; what training needs to go on is left.
    card : mapping
        What the model is and was made of; written to model.json with the checksums of all files.

    Raises
    ------
    EnsembleError
        If a checkpoint is damaged or holds more than weights and plain values.
    OutputError
        If the folder holds something already or cannot be written.
    """
    import torch

    with new_folder(folder) as partial:
        for name, content in (("plans.json", plans), ("dataset.json", dataset)):
            (partial / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        for fold, path in checkpoints.items():
            place = partial / f"fold_{fold}"
            place.mkdir()
            torch.save(_slim(path), place / _CHECKPOINT)
        model = read_model(partial)
        folds = [fold.name for fold in model.folds]
        write_card(partial, {"note": NOTE, **card, "channels": model.channels, "folds": folds})


def resolved(configurations: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a configuration of nnU-Net's plans with what it inherits.

    Parameters
    ----------
    configurations : mapping
        Of the plans.
    name : str
        Of the one that is wanted.

    Returns
    -------
    dict

    Raises
    ------
    EnsembleError
        If the configuration, or one that it inherits from, is not described, or they inherit from each other.
    """
    if name not in configurations:
        message = f"plans.json does not describe the configuration {name}. Give a whole model of nnU-Net."
        raise EnsembleError(message)
    own = dict(configurations[name])
    parent = own.pop("inherits_from", None)
    if parent is None:
        return own
    others = {key: value for key, value in configurations.items() if key != name}
    return {**resolved(others, parent), **own}


def _slim(path: Path) -> dict[str, Any]:
    content = load_weights_only(path)
    try:
        return {
            "network_weights": {name: tensor.float() for name, tensor in content["network_weights"].items()},
            "init_args": {"configuration": content["init_args"]["configuration"]},
            "trainer_name": _TRAINER,
            "inference_allowed_mirroring_axes": content.get("inference_allowed_mirroring_axes"),
        }
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{path}: this is no checkpoint of nnU-Net version 2. Give a model that nnU-Net trained."
        raise EnsembleError(message) from error
