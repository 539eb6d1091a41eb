"""A model folder as nnU-Net lays it out: what its channels and labels mean, and which folds it has."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .card import read_card, sums_of
from .channels import CT, PET
from .checkpoint import Checkpoint, read_checkpoint
from .errors import EnsembleError

if TYPE_CHECKING:
    import SimpleITK as sitk

BACKGROUND = "background"
_TUMOUR = ("tumour", "tumor", "lesion", "lesions")
_CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
# Classes that plans may name: building blocks of networks, and nothing that could do anything else when it is called.
# One module and a class in it: longer paths lead to whatever that module has imported.
_NETWORK_CLASS = re.compile(
    r"(torch\.nn(\.modules\.[a-z_]+)?|dynamic_network_architectures\.(architectures|building_blocks)\.[a-z_]+)"
    r"\.[A-Z]\w*"
)
_PREPROCESSOR = "DefaultPreprocessor"
NORMALIZATIONS = (
    "ZScoreNormalization",
    "CTNormalization",
    "NoNormalization",
    "RescaleTo01Normalization",
    "RGBTo01Normalization",
)


@dataclass(frozen=True)
class Fold:
    """One network of the ensemble.

    Attributes
    ----------
    name : str
        Its number, or ``all``.
    path : Path
        Its checkpoint.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Model:
    """An ensemble of nnU-Nets on PET and CT.

    Attributes
    ----------
    folder : Path
        That holds dataset.json, plans.json and a folder a fold.
    channels : tuple of str
        PET and CT, or PET alone, in the order of the network's channels.
    tumour : int
        Label of tumour.
    folds : tuple of Fold
        By their number.
    dataset, plans : dict
        The content of dataset.json and plans.json.
    card : dict
        The model card; empty for a model without one.
    """

    folder: Path
    channels: tuple[str, ...]
    tumour: int
    folds: tuple[Fold, ...]
    dataset: dict[str, Any]
    plans: dict[str, Any]
    card: dict[str, Any]

    @cached_property
    def first(self) -> Checkpoint:
        """The first fold's checkpoint, which says how all of them were trained."""
        return read_checkpoint(self.folds[0].path)

    @cached_property
    def identity(self) -> str:
        """SHA-256 of what it predicts by: two models that differ in a weight, a plan or a label differ in it."""
        files = [self.folder / "dataset.json", self.folder / "plans.json", *(fold.path for fold in self.folds)]
        lines = [f"{one}  {name}\n" for name, one in sums_of(self.folder, files, self.card).items()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def require_images(self, ct: sitk.Image | None) -> None:
        """Refuse to predict without a CT where the model wants one.

        Raises
        ------
        EnsembleError
            If there is none.
        """
        if CT in self.channels and ct is None:
            message = f"{self.folder}: this model looks at PET and CT, but there is no CT. Give one, or a model of PET."
            raise EnsembleError(message)


def read_model(folder: Path) -> Model:
    """Read what a model folder says of its ensemble; the weights are read when they are needed.

    Parameters
    ----------
    folder : Path
        As nnU-Net makes it in training, or as `nenseg model import` does.

    Returns
    -------
    Model

    Raises
    ------
    EnsembleError
        If a file is missing, damaged or not the one that the model card was written for, a channel is neither PET nor
        CT, no label is tumour, the labels overlap, or the plans are of another generation of nnU-Net, name a class that
        is no part of a network, or a preprocessing that is not nnU-Net's own.
    """
    if not folder.is_dir():
        message = f"{folder}: there is no such model folder. Give a folder with dataset.json, plans.json and folds."
        raise EnsembleError(message)
    if (folder / "plans.pkl").exists():
        message = f"{folder}: this is a model of nnU-Net version 1. Give one of version 2."
        raise EnsembleError(message)
    dataset, plans = _json(folder / "dataset.json"), _json(folder / "plans.json")
    if "channel_names" not in dataset or "labels" not in dataset or "configurations" not in plans:
        message = f"{folder}: dataset.json or plans.json is not of nnU-Net version 2. Give a model of version 2."
        raise EnsembleError(message)
    model = Model(
        folder=folder,
        channels=_channels(dataset["channel_names"], folder),
        tumour=_tumour(dataset["labels"], folder),
        folds=_folds(folder),
        dataset=dataset,
        plans=plans,
        card=read_card(folder),
    )
    for configuration in plans["configurations"].values():
        _require_known_network(configuration, folder)
        _require_known_steps(configuration, folder)
    return model


def require_plain(configuration: dict[str, Any], name: str, folder: Path) -> None:
    """Refuse a configuration that needs the result of another network.

    Parameters
    ----------
    configuration : dict
        Of the plans, what it inherits filled in.
    name : str
        Of the configuration.
    folder : Path
        Of the model.

    Raises
    ------
    EnsembleError
        If it is the second stage of a cascade.
    """
    if configuration.get("previous_stage") is not None:
        message = f"{folder}: the configuration {name} is the second stage of a cascade. Give a model of one stage."
        raise EnsembleError(message)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"{path.parent}: {path.name} is missing, so this is no model folder. Give a whole one."
        raise EnsembleError(message) from error
    except (OSError, ValueError) as error:
        message = f"{path}: the file is damaged. Copy the model again."
        raise EnsembleError(message) from error
    if not isinstance(content, dict):
        message = f"{path}: the file is damaged. Copy the model again."
        raise EnsembleError(message)
    return content


def _channels(names: dict[str, str], folder: Path) -> tuple[str, ...]:
    """Match the channels by their names: two networks may have PET and CT in either order."""
    ordered = [str(names[key]) for key in sorted(names, key=int)]
    known = {channel.lower(): channel for channel in (PET, CT)}
    unknown = [name for name in ordered if name.lower() not in known]
    if unknown:
        message = (
            f"{folder}: dataset.json names the channel {', '.join(unknown)}, which is neither PET nor CT, so it is not "
            f"known what to give the network. Correct the names there if they mean one of these."
        )
        raise EnsembleError(message)
    channels = tuple(known[name.lower()] for name in ordered)
    if len(set(channels)) != len(channels) or PET not in channels:
        message = (
            f"{folder}: dataset.json names the channels {', '.join(ordered)}. A model has PET once, and CT or not."
        )
        raise EnsembleError(message)
    return channels


def _tumour(labels: dict[str, Any], folder: Path) -> int:
    if any(isinstance(value, list) for value in labels.values()):
        message = f"{folder}: the labels of this model are regions that overlap. Give a model of separate labels."
        raise EnsembleError(message)
    foreground = {name: int(value) for name, value in labels.items() if name != BACKGROUND}
    if len(foreground) == 1:
        return next(iter(foreground.values()))
    named = [value for name, value in foreground.items() if name.lower() in _TUMOUR]
    if len(named) == 1:
        return named[0]
    message = f"{folder}: none of the labels {', '.join(foreground)} is named tumour. Name it so in dataset.json."
    raise EnsembleError(message)


def _folds(folder: Path) -> tuple[Fold, ...]:
    found = []
    for path in folder.glob("fold_*"):
        name = path.name.removeprefix("fold_")
        checkpoint = next((path / file for file in _CHECKPOINTS if (path / file).is_file()), None)
        if checkpoint is None:
            message = f"{folder}: {path.name} holds no checkpoint. Give a whole model, or remove that folder."
            raise EnsembleError(message)
        found.append(Fold(name, checkpoint))
    if not found:
        message = f"{folder}: there is no folder of a fold (fold_0, fold_1, ...). Give a whole model."
        raise EnsembleError(message)
    return tuple(sorted(found, key=lambda fold: (not fold.name.isdigit(), fold.name.zfill(3))))


def _require_known_network(configuration: dict[str, Any], folder: Path) -> None:
    """Refuse plans that name anything but building blocks of networks: nnU-Net would import it and call it."""
    architecture = configuration.get("architecture")
    if architecture is None:
        return
    arguments = architecture.get("arch_kwargs", {})
    named = [architecture.get("network_class_name")]
    named += [arguments.get(key) for key in architecture.get("_kw_requires_import", ())]
    for name in named:
        if name is not None and _NETWORK_CLASS.fullmatch(str(name)) is None:
            message = (
                f"{folder}: plans.json asks for {name}, which is no part of a network, so the model was not opened. "
                f"Use a model from a source that you trust."
            )
            raise EnsembleError(message)


def _require_known_steps(configuration: dict[str, Any], folder: Path) -> None:
    """Refuse a preprocessing that is not known; what a configuration inherits is looked at where it is written."""
    named = [configuration.get("preprocessor_name", _PREPROCESSOR)]
    unknown = [name for name in named if name != _PREPROCESSOR]
    unknown += [name for name in configuration.get("normalization_schemes", ()) if name not in NORMALIZATIONS]
    if unknown:
        message = (
            f"{folder}: plans.json prepares images by {', '.join(map(str, unknown))}, which is not nnU-Net's own. Use "
            f"a model with nnU-Net's default preprocessing."
        )
        raise EnsembleError(message)
