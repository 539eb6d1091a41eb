"""Recipes: how an ensemble is trained, in a TOML file that anyone can read and repeat."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ..core.components import CONNECTIVITIES
from ..core.lesion import MINIMUM_VOLUME_ML
from .channels import CT, PET
from .errors import EnsembleError
from .model import NORMALIZATIONS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).with_name("recipes")
_AUGMENTATIONS = ("nnunet", "none")
_CROPS = ("none", "body")
_OPTIMIZERS = ("sgd", "adamw")
_DIMENSIONS = {"3d_fullres": 3, "2d": 2}
_SUV = ("low", "high", "mean", "std")
_WARM_COUNTS = ("cases", "epochs")
# nnU-Net weighs the outputs of all stages but the coarsest two: with fewer there would be nothing to learn from.
_MINIMUM_STAGES = 3


@dataclass(frozen=True, kw_only=True)
class Postprocessing:
    """What becomes of the ensemble's tumour; see `predicted_lesions`."""

    connectivity: int = 26
    minimum_volume_ml: float = MINIMUM_VOLUME_ML


@dataclass(frozen=True, kw_only=True)
class WarmStart:
    """What the folds begin with, instead of nothing.

    What every network has to learn first is learned once; where machine time is short, each fold gets further.

    Attributes
    ----------
    model : str or None
        An ensemble that is there, by name or folder, whose plans and weights the training goes on from.
    cases, epochs : int
        A training that all folds go on from, on so many cases that are in no fold; 0 for none.
    """

    model: str | None = None
    cases: int = 0
    epochs: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an ensemble is trained.

    Attributes
    ----------
    name : str
        Of the file.
    title : str
        For the model card.
    channels : tuple of str
        PET and CT, or PET alone, in the network's order.
    configuration : str
        nnU-Net's: 3d_fullres or 2d.
    folds : int
        How many networks, each validated on its own part of the cases.
    epochs : int
        How often each network sees ``iterations`` batches.
    iterations, validation_iterations : int
        Batches an epoch; nnU-Net's 250 and 50 if not given.
    physiological : bool
        Whether uptake above the patient's threshold that is no lesion is a class of its own.
    mirroring : bool
        Whether training mirrors the patient.
    augmentation : str
        ``nnunet`` for nnU-Net's own, ``none`` for patches as they are.
    crop : str
        ``body`` for cases cut to the box of the body, as ``Mode.FAST`` looks at a patient; ``none`` for whole images.
    optimizer : str
        ``sgd`` for nnU-Net's own, ``adamw`` for one that gets further in few iterations.
    learning_rate : float
        At the start; nnU-Net's 0.01 if not given. It falls to 0 over the epochs.
    warm_start : WarmStart
    bfloat16 : bool
        Whether a processor computes in bfloat16 where it can; the weights stay in single precision.
    plans : dict
        What the recipe fixes of what nnU-Net's planner would choose.
    postprocessing : Postprocessing
    """

    name: str
    title: str
    channels: tuple[str, ...]
    configuration: str
    folds: int
    epochs: int
    iterations: int = 250
    validation_iterations: int = 50
    physiological: bool = False
    mirroring: bool = True
    augmentation: str = "nnunet"
    crop: str = "none"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    warm_start: WarmStart = field(default_factory=WarmStart)
    bfloat16: bool = False
    plans: dict[str, Any] = field(default_factory=dict)
    postprocessing: Postprocessing = field(default_factory=Postprocessing)


def recipe_names() -> list[str]:
    """Return the names of the recipes that come with the program."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def read_recipe(name: str) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    name : str
        Of one that comes with the program, or the path of a .toml file.

    Returns
    -------
    Recipe

    Raises
    ------
    EnsembleError
        If there is no such recipe, it is no TOML, or one of its entries is unknown, missing or impossible.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        message = f"there is no recipe {name}. Choose {' or '.join(recipe_names())}, or give the path of a .toml file."
        raise EnsembleError(message) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path}: the recipe cannot be read ({error}). Correct the file."
        raise EnsembleError(message) from error
    return _recipe(path, content)


def shortened(recipe: Recipe, *, folds: int | None = None, epochs: int | None = None) -> Recipe:
    """Return a recipe with another number of folds or epochs, for those that are given.

    Raises
    ------
    EnsembleError
        If one of them is less than 1.
    """
    given = {name: value for name, value in (("folds", folds), ("epochs", epochs)) if value is not None}
    for name, value in given.items():
        if value < 1:
            message = f"{value} {name} are no training. Give 1 or more."
            raise EnsembleError(message)
    return replace(recipe, **given)


def _recipe(path: Path, content: dict[str, Any]) -> Recipe:
    known = {entry.name for entry in fields(Recipe) if entry.name != "name"}
    _refuse(path, [key for key in content if key not in known], "is not known")
    needed = ("title", "channels", "configuration", "folds", "epochs")
    _refuse(path, [key for key in needed if key not in content], "is missing")
    tables = {name: content.get(name, {}) for name in ("plans", "postprocessing", "warm_start")}
    _refuse(path, [name for name, table in tables.items() if not isinstance(table, dict)], "is no table")
    plans, processing, warm = tables["plans"], tables["postprocessing"], tables["warm_start"]
    possible = _possible_plans(content)
    _refuse(path, [key for key in plans if key not in possible], "is not known in [plans]")
    allowed = {entry.name for entry in fields(Postprocessing)}
    _refuse(path, [key for key in processing if key not in allowed], "is not known in [postprocessing]")
    _refuse(path, [key for key in warm if key not in ("model", *_WARM_COUNTS)], "is not known in [warm_start]")
    lacking = [key for key in _WARM_COUNTS if key not in warm]
    _refuse(path, [f"warm_start.{key}" for key in lacking if set(warm) != {"model"} and warm], "is missing")
    if plans and "model" in warm:
        message = f"{path}: with warm_start.model the plans are that model's. Remove [plans], or warm_start.model."
        raise EnsembleError(message)
    channels = content["channels"]
    wrong = {
        "title": not isinstance(content["title"], str),
        "channels": channels not in ([PET], [PET, CT], [CT, PET]),
        "configuration": content["configuration"] not in _DIMENSIONS,
        "folds": not _is_count(content["folds"]),
        "epochs": not _is_count(content["epochs"]),
        "iterations": not _is_count(content.get("iterations", 1)),
        "validation_iterations": not _is_count(content.get("validation_iterations", 1)),
        "augmentation": content.get("augmentation", "nnunet") not in _AUGMENTATIONS,
        "crop": content.get("crop", "none") not in _CROPS,
        "optimizer": content.get("optimizer", "sgd") not in _OPTIMIZERS,
        "learning_rate": not _is_positive(content.get("learning_rate", 0.01)),
        **{f"warm_start.{key}": key in warm and not _is_count(warm[key]) for key in _WARM_COUNTS},
        "warm_start.model": not (isinstance(warm.get("model", "-"), str) and warm.get("model", "-")),
        **{name: not isinstance(content.get(name, False), bool) for name in ("physiological", "mirroring", "bfloat16")},
        **{f"plans.{key}": not possible[key](value) for key, value in plans.items()},
        "postprocessing.connectivity": processing.get("connectivity", 26) not in CONNECTIVITIES,
        "postprocessing.minimum_volume_ml": not _is_number(processing.get("minimum_volume_ml", 0.0)),
    }
    _refuse(path, [key for key, is_wrong in wrong.items() if is_wrong], "has an impossible value")
    given = {**content, "channels": tuple(channels), "postprocessing": Postprocessing(**processing)}
    given["warm_start"] = WarmStart(**warm)
    return Recipe(name=path.stem, **given)


def _possible_plans(content: dict[str, Any]) -> dict[str, Callable[[Any], bool]]:
    """Return, for each entry of [plans], whether a value is possible for it."""
    axes = _DIMENSIONS.get(str(content["configuration"]), 0)
    plans = content.get("plans", {})
    stages = plans.get("features_per_stage")
    count = len(stages) if isinstance(stages, list) else 0
    return {
        "spacing": lambda value: _is_list(value, axes, _is_positive),
        "patch_size": lambda value: (
            _is_list(value, axes, _is_count) and all(size % 2 ** max(count - 1, 0) == 0 for size in value)
        ),
        "batch_size": _is_count,
        "batch_dice": lambda value: isinstance(value, bool),
        "features_per_stage": lambda value: _is_list(value, count, _is_count) and count >= _MINIMUM_STAGES,
        "n_conv_per_stage": lambda value: count > 0 and _is_list(value, count, _is_count),
        "normalization_schemes": lambda value: _is_list(
            value, len(content["channels"]), lambda name: name in NORMALIZATIONS
        ),
        "suv": lambda value: (
            isinstance(value, dict)
            and sorted(value) == sorted(_SUV)
            and all(_is_number(figure) for figure in value.values())
            and value["low"] < value["high"]
            and value["std"] > 0
        ),
    }


def _is_list(value: object, size: int, is_possible: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and len(value) == size and all(is_possible(item) for item in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


def _is_positive(value: object) -> bool:
    return _is_number(value) and value > 0


def _refuse(path: Path, entries: list[str], reason: str) -> None:
    if entries:
        message = f"{path}: the entry {', '.join(entries)} {reason}. See the recipes that come with the program."
        raise EnsembleError(message)
