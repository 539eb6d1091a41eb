"""Models of others taken over: official exported zips of nnU-Net, and folders."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .archive import unpack_model
from .card import CARD
from .checkpoint import read_checkpoint
from .errors import EnsembleError
from .installed import require_networks
from .model import Model, read_model
from .packaging import resolved, write_model
from .plans import read_plan
from .trainers import require_plain_trainer


def import_model(source: Path, out: Path, configuration: str | None = None) -> Model:
    """Take over a model, with its weights and nothing that training left besides.

    Parameters
    ----------
    source : Path
        A zip as nnU-Net exports it, or a folder that holds a model somewhere in it; any number of folds, 3d or 2d.
    out : Path
        The model folder to be made.
    configuration : str, optional
        Which one, where the source holds several; another than that of a single one is refused.

    Returns
    -------
    Model

    Raises
    ------
    EnsembleError
        If there is no model in it, or several to choose from, or it is one that cannot be used; see `read_model`,
        `unpack_model` and `read_checkpoint`.
    OutputError
        If ``out`` holds something already or cannot be written.
    """
    require_networks()
    if source.is_dir():
        return _taken_over(_chosen(source, source, configuration), source, out, configuration)
    if not source.is_file():
        message = f"{source}: there is no such zip or folder. Give the zip that nnU-Net exported, or a model folder."
        raise EnsembleError(message)
    with tempfile.TemporaryDirectory(prefix="nenseg-model-") as folder:
        unpack_model(source, Path(folder))
        return _taken_over(_chosen(Path(folder), source, configuration), source, out, configuration)


def _chosen(folder: Path, source: Path, configuration: str | None) -> Path:
    """Find the folder of the model; nnU-Net names it trainer__plans__configuration."""
    found = sorted({path.parent for name in ("plans.json", "plans.pkl") for path in folder.rglob(name)})
    if configuration is not None and len(found) > 1:
        found = [path for path in found if path.name.split("__")[-1] == configuration]
        if not found:
            message = f"{source}: there is no model of the configuration {configuration} in it. Choose another."
            raise EnsembleError(message)
    if not found:
        message = f"{source}: there is no model of nnU-Net in it (plans.json is missing). Give another file or folder."
        raise EnsembleError(message)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        message = (
            f"{source}: there are several models in it ({names}). Give the folder of one, or in the command line "
            "--configuration."
        )
        raise EnsembleError(message)
    return found[0]


def _taken_over(folder: Path, source: Path, out: Path, configuration: str | None) -> Model:
    try:
        model = read_model(folder)
        name = model.first.configuration
        if configuration not in (None, name, folder.name.split("__")[-1]):
            message = f"{source}: this model is {name}, not {configuration}. Give another model, or leave that out."
            raise EnsembleError(message)
        # What a prediction would refuse is refused now.
        read_plan(model)
        plan = resolved(model.plans["configurations"], name)
        for fold in model.folds:
            checkpoint = model.first if fold is model.folds[0] else read_checkpoint(fold.path)
            require_plain_trainer(checkpoint.trainer, source)
            if checkpoint.configuration != name:
                message = f"{source}: the folds are of different configurations. Give the folds of one."
                raise EnsembleError(message)
    except EnsembleError as error:
        # Where it was unpacked is nothing to the user.
        raise EnsembleError(str(error).replace(str(folder), str(source))) from error
    write_model(
        out,
        plans={**model.plans, "configurations": {name: plan}},
        dataset=model.dataset,
        checkpoints={fold.name: fold.path for fold in model.folds},
        card=_card(model, source),
    )
    return read_model(out)


def _card(model: Model, source: Path) -> dict[str, Any]:
    if (model.folder / CARD).exists():
        return {key: value for key, value in model.card.items() if key not in ("sha256", "folds", "channels")}
    return {
        "title": str(model.plans.get("dataset_name", source.stem)),
        "intended_use": "Not said by its source.",
        "data": f"Not said by its source; trained on {model.dataset.get('numTraining', 'an unknown number of')} cases.",
        "figures": {},
        "source": source.name,
    }
