"""The model card: what a model is, what it was made of, and the checksums of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.output import rewrite
from .errors import EnsembleError

CARD = "model.json"
_SUMS = "sha256"


def read_card(folder: Path) -> dict[str, Any]:
    """Read the card of a model, and make sure that it is of this model.

    Parameters
    ----------
    folder : Path
        Of the model.

    Returns
    -------
    dict
        The content of model.json; empty for a model without a card, as nnU-Net itself writes it.

    Raises
    ------
    EnsembleError
        If the card is damaged, or a file is missing or not the one that the card was written for.
    """
    path = folder / CARD
    if not path.exists():
        return {}
    try:
        card = json.loads(path.read_text("utf-8"))
        sums = dict(card.get(_SUMS, {}))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        message = f"{path}: the model card is damaged. Copy the model again."
        raise EnsembleError(message) from error
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file() or _checksum(file) != expected:
            message = f"{folder}: {name} is not the file that the model card was written for. Copy the model again."
            raise EnsembleError(message)
    return card


def trained_on(card: Mapping[str, Any]) -> set[str]:
    """Return the names of the cases that a model has seen, or the model that it started from; none if not said."""
    parts = [part for part in (card, card.get("started_from")) if isinstance(part, Mapping)]
    return {str(name) for part in parts if isinstance(part.get("cases"), list) for name in part["cases"]}


def sums_of(folder: Path, files: Iterable[Path], card: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of files of a model by their names; those that its card has were found right already."""
    known = card.get(_SUMS, {})
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {name: known.get(name) or _checksum(path) for name, path in sorted(names.items())}


def add_to_card(folder: Path, entries: Mapping[str, Any]) -> dict[str, Any]:
    """Put entries into the card of a model, in one step; the files that it was written for stay the same.

    Returns
    -------
    dict
        The card, as it is written.

    Raises
    ------
    EnsembleError
        As `read_card`.
    OutputError
        If it cannot be written.
    """
    card = {**read_card(folder), **entries}
    if _SUMS in card:
        # The sums stay last.
        card[_SUMS] = card.pop(_SUMS)
    rewrite(folder / CARD, json.dumps(card, indent=2) + "\n")
    return card


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the card of a model that is otherwise complete, with the checksums of its files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / CARD)
    sums = {path.relative_to(folder).as_posix(): _checksum(path) for path in files}
    (folder / CARD).write_text(json.dumps({**card, _SUMS: sums}, indent=2) + "\n", "utf-8")


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
