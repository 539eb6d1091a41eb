"""A model card in a few lines, for a reader; what somebody else wrote in another shape is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EVALUATED = "evaluated"
"""The entry of a card with what an evaluation says; see `put_into_card`."""

_TITLES = {"intended_use": "Intended use", "data": "Data", "source": "Source"}


def card_lines(card: Mapping[str, Any]) -> list[str]:
    """Return what a model is for, what it was made of, and how well it does.

    Parameters
    ----------
    card : mapping
        The model card; may be empty.

    Returns
    -------
    list of str
        Of what the card says, with figures on cases that the model has not seen instead of those of its training.
    """
    lines = [f"{title}: {card[key]}" for key, title in _TITLES.items() if card.get(key)]
    if card.get(EVALUATED):
        return [*lines, _evaluated(card[EVALUATED])]
    figures = _figures(card.get("figures"))
    return [*lines, f"Figures: {figures}"] if figures else lines


def _evaluated(entry: object) -> str:
    try:
        return _in_words(entry)
    except (AttributeError, KeyError, TypeError, ValueError):
        return f"Evaluated: {_figures(entry)}"


def _in_words(entry: Mapping[str, Any]) -> str:
    cases, digital, controls = entry["cases"], entry["digital_patients"], entry["controls"]
    kind = {0: "real patients", cases: "digital patients"}.get(digital, f"patients ({digital} of them digital)")
    seen = "that it was not trained on" if entry["held_out"] else "(whether it was trained on them is not known)"
    words = (
        f"Evaluated on {cases} {kind} {seen}: voxel-wise Dice {_spread(entry['voxel_dice'])}, lesion-wise Dice "
        f"{_spread(entry['lesion_dice'])} in {entry['voxel_dice']['n']} with lesions"
    )
    if controls["cases"]:
        few = f"{controls['within_limit']} of {controls['cases']}"
        words += f"; at most {controls['limit_ml']:g} mL in {few} negative controls"
    return f"{words} ({entry['date']}, version {entry['version']})."


def _spread(spread: Mapping[str, Any]) -> str:
    return f"{spread['mean']:.3f}" + ("" if spread["sd"] is None else f" (SD {spread['sd']:.3f})")


def _figures(figures: object) -> str:
    if isinstance(figures, Mapping):
        is_nested = any(isinstance(value, Mapping) for value in figures.values())
        parts = [(str(name).replace("_", " "), _figures(value)) for name, value in figures.items()]
        form, between = ("{}: {}", "; ") if is_nested else ("{} {}", ", ")
        return between.join(form.format(*part) for part in parts if part[1])
    return f"{figures:.3g}" if isinstance(figures, float) else str(figures or "")
