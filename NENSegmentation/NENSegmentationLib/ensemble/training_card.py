"""The card of a model that was trained here: data, recipe, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from ..core.tables import versions
from .case_folders import CaseFolder
from .recipe import Recipe
from .starting_model import StartingModel

_FIGURES = ("epoch", "loss", "validation_loss", "validation_dice")


def training_card(
    recipe: Recipe, cases: Sequence[CaseFolder], reached: Sequence[Mapping[str, Any]], start: StartingModel | None
) -> dict[str, Any]:
    """Return what a model says of its training.

    Parameters
    ----------
    recipe : Recipe
    cases : sequence of CaseFolder
        All that it was trained on.
    reached : sequence of mapping
        What the last epoch of each fold said.
    start : StartingModel or None
        What the training went on from.

    Returns
    -------
    dict
    """
    came_from = {"started_from": start.described()} if start else {}
    return {
        "title": recipe.title,
        "intended_use": "Proposes the tumour of neuroendocrine neoplasms on somatostatin-receptor PET/CT, for a "
        "physician to correct.",
        "data": data(cases, recipe, start),
        "digital_patients_only": all(case.is_digital for case in cases) and (start is None or start.is_digital_only),
        **came_from,
        "cases": [case.name for case in cases],
        "recipe": asdict(recipe),
        # nnU-Net's own: on patches of the cases that a fold was not trained on.
        "figures": {f"fold_{fold}": {name: last[name] for name in _FIGURES} for fold, last in enumerate(reached)},
        "versions": {**versions(), **{name: metadata.version(name) for name in ("nnunetv2", "torch")}},
    }


def data(cases: Sequence[CaseFolder], recipe: Recipe, start: StartingModel | None = None) -> str:
    """Return on what a model was trained, in words."""
    digital = sum(case.is_digital for case in cases)
    if digital == len(cases):
        words = f"{digital} digital patients, and no real one"
    else:
        words = f"{len(cases)} cases" + (f", {digital} of them digital patients" if digital else "")
    warm = recipe.warm_start.cases
    if warm:
        words += f"; {warm} of them for the warm start, and each fold validated on its own part of the others."
    else:
        words += "; each fold was validated on its own part of them."
    if start is None:
        return words
    came_from = start.described()
    return f"{words} Before that, what {came_from['title']} was trained on: {came_from['data']}"
