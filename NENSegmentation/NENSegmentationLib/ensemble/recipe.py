"""Recipes: how an ensemble is trained, in a TOML file that anyone can read and repeat."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..core.lesion import MINIMUM_VOLUME_ML
from .errors import EnsembleError
from .model import CHANNELS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).with_name("recipes")
_AUGMENTATIONS = ("nnunet", "none")
_PLANNED = {
    "spacing": list,
    "patch_size": list,
    "batch_size": int,
    "features_per_stage": list,
    "n_conv_per_stage": list,
    "normalization_schemes": list,
    "suv": dict,
}


@dataclass(frozen=True, kw_only=True)
class Postprocessing:
    """What becomes of the ensemble's tumour; see `predicted_lesions`."""

    connectivity: int = 26
    minimum_volume_ml: float = MINIMUM_VOLUME_ML


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
    mirroring : bool
        Whether training mirrors the patient.
    augmentation : str
        ``nnunet`` for nnU-Net's own, ``none`` for patches as they are.
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
    mirroring: bool = True
    augmentation: str = "nnunet"
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


def _recipe(path: Path, content: dict[str, Any]) -> Recipe:
    known = {entry.name: entry for entry in fields(Recipe) if entry.name != "name"}
    _refuse(path, [key for key in content if key not in known], "is not known")
    needed = ("title", "channels", "configuration", "folds", "epochs")
    _refuse(path, [key for key in needed if key not in content], "is missing")
    _refuse(path, [key for key in content.get("plans", {}) if key not in _PLANNED], "is not known in [plans]")
    processing = content.get("postprocessing", {})
    allowed = {entry.name for entry in fields(Postprocessing)}
    _refuse(path, [key for key in processing if key not in allowed], "is not known in [postprocessing]")
    channels = content["channels"]
    wrong = {
        "channels": not (isinstance(channels, list) and channels and set(channels) <= set(CHANNELS)),
        "configuration": content["configuration"] not in ("3d_fullres", "2d"),
        "folds": not _is_count(content["folds"]),
        "epochs": not _is_count(content["epochs"]),
        "iterations": not _is_count(content.get("iterations", 1)),
        "validation_iterations": not _is_count(content.get("validation_iterations", 1)),
        "augmentation": content.get("augmentation", "nnunet") not in _AUGMENTATIONS,
        **{
            f"plans.{key}": not isinstance(value, _PLANNED[key]) or not value
            for key, value in content.get("plans", {}).items()
        },
    }
    _refuse(path, [key for key, is_wrong in wrong.items() if is_wrong], "has an impossible value")
    given = {**content, "channels": tuple(channels), "postprocessing": Postprocessing(**processing)}
    return Recipe(name=path.stem, **given)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _refuse(path: Path, entries: list[str], reason: str) -> None:
    if entries:
        message = f"{path}: the entry {', '.join(entries)} {reason}. See the recipes that come with the program."
        raise EnsembleError(message)
