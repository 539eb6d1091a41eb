"""The models that are there to choose from: those that come with the program, and those that were imported."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .card import CARD
from .card_text import card_lines
from .errors import EnsembleError
from .model import Model

SHIPPED = Path(__file__).parents[2] / "Resources" / "Models"
"""The folder of the models that come with the program; each in a folder of its own."""

DIGITAL_ONLY = "trained on digital patients only"
"""Said wherever a model is named whose card says so."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class AvailableModel:
    """A model to choose from; it is read and checked when it is used.

    Attributes
    ----------
    folder : Path
        For `read_model`.
    card : dict
        The model card as it is written, not compared with the files.
    """

    folder: Path
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What chooses it: the name of its folder."""
        return self.folder.name

    @property
    def said(self) -> str:
        """Its title, and with a model that has seen digital patients only that it did."""
        return said_of(self.folder, self.card)

    def described(self) -> list[str]:
        """Return its card in a few lines, for a reader."""
        lines = card_lines(self.card)
        origin = {"comes with the program": is_shipped(self.folder), DIGITAL_ONLY: is_digital_only(self.card)}
        if any(origin.values()):
            lines.insert(0, "; ".join(words for words, holds in origin.items() if holds).capitalize() + ".")
        folds, channels = self.card.get("folds"), self.card.get("channels")
        if isinstance(folds, list) and isinstance(channels, list):
            lines.append(f"Folds: {len(folds)}; looks at {', '.join(map(str, channels))}")
        return [*lines, str(self.card["note"])] if self.card.get("note") else lines


def said_of(folder: Path, card: Mapping[str, Any]) -> str:
    """Return what a model is called wherever it is named.

    Parameters
    ----------
    folder : Path
        Of the model.
    card : mapping
        Its model card; may be empty.

    Returns
    -------
    str
        The title, or else the name of the folder.
    """
    title = str(card.get("title") or folder.name)
    return f"{title} ({DIGITAL_ONLY})" if is_digital_only(card) else title


def proposed_by(model: Model) -> str:
    """Return the sentence that says which model found lesions."""
    return f"The lesions were proposed by the ensemble {said_of(model.folder, model.card)}."


def is_digital_only(card: Mapping[str, Any]) -> bool:
    """Tell whether a model has seen digital patients only, by its card."""
    return card.get("digital_patients_only") is True


def is_shipped(folder: Path) -> bool:
    """Tell whether a model folder is one that comes with the program."""
    return folder.resolve().parent == SHIPPED.resolve()


def available_models(*folders: Path) -> list[AvailableModel]:
    """Return the models that come with the program, and those in other folders.

    Parameters
    ----------
    *folders : Path
        Of models, each in a folder of its own, such as `import_model` makes them; they need not exist.

    Returns
    -------
    list of AvailableModel
        In the order of the folders, by name. What has no card, or one that cannot be read, is no model here.
    """
    return [model for folder in (SHIPPED, *folders) for model in _models_in(folder)]


def model_folder(given: str | Path | None, *folders: Path) -> Path:
    """Return the folder of a model that was chosen by name or by folder.

    Parameters
    ----------
    given : str, Path or None
        A name among `available_models`, or a folder. None: the first model that comes with the program.
    *folders : Path
        As in `available_models`.

    Returns
    -------
    Path
        For `read_model`; a folder that is given is not looked at here.

    Raises
    ------
    EnsembleError
        If none comes with the program, or there is no model of that name and no such folder.
    """
    models = available_models(*folders)
    if given is None:
        shipped = next((model.folder for model in models if is_shipped(model.folder)), None)
        if shipped is None:
            message = f"{SHIPPED}: no model comes with this copy of the program. Give one: --model DIR."
            raise EnsembleError(message)
        return shipped
    if Path(given).is_dir():
        return Path(given)
    named = next((model.folder for model in models if model.name == str(given)), None)
    if named is None:
        names = ", ".join(model.name for model in models) or "none is there"
        message = f"{given}: there is no such model folder, and no model of that name (there: {names}). Give another."
        raise EnsembleError(message)
    return named


def folder_for(source: Path, folder: Path) -> Path:
    """Return where a model that is imported goes.

    Parameters
    ----------
    source : Path
        The zip or folder that it comes from.
    folder : Path
        Of the imported models.

    Returns
    -------
    Path
        Named like the source.

    Raises
    ------
    EnsembleError
        If a model of that name is there already.
    """
    stem = source.name.removesuffix(".zip") if source.suffix == ".zip" else source.name
    place = folder / (_NOT_IN_NAMES.sub("-", stem).strip("-.") or "model")
    if place.exists() or (SHIPPED / place.name).exists():
        message = f"{source.name}: a model {place.name} is there already. Use it, or give the file another name."
        raise EnsembleError(message)
    return place


def _models_in(folder: Path) -> Iterator[AvailableModel]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        card = _card(path / CARD)
        if card is not None and not path.name.startswith("."):
            yield AvailableModel(path, card)


def _card(path: Path) -> dict[str, Any] | None:
    try:
        card = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) else None
