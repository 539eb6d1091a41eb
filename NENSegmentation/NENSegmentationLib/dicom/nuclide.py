"""Which radionuclide was injected, and whether the half-life in the header is its own."""

from __future__ import annotations

import re

from pydicom import Dataset

from .attributes import named, text

HALF_LIFE_S = {"64Cu": 45723.6, "68Ga": 4062.6, "18F": 6586.2}
"""Half-lives in seconds: 12.701 h, 67.71 min and 109.77 min."""

# DICOM context group 4020: SNOMED CT, and the SNOMED RT code that SRT, SNM3 and 99SDM share.
_CODES = {
    "3932008": "64Cu",
    "C-127A2": "64Cu",
    "35337001": "68Ga",
    "C-131A3": "68Ga",
    "77004003": "18F",
    "C-111A1": "18F",
}
_ELEMENTS = {"64Cu": {"cu", "copper"}, "68Ga": {"ga", "gallium"}, "18F": {"f", "fluorine", "fluor"}}
_TOLERANCE = 0.01


def nuclide_of(radiopharmaceutical: Dataset) -> str:
    """Return the radionuclide that a header names.

    Parameters
    ----------
    radiopharmaceutical : Dataset
        Item of RadiopharmaceuticalInformationSequence (0054,0016).

    Returns
    -------
    str
        A key of `HALF_LIFE_S` where the code or its meaning says so; otherwise the meaning or the code as it stands;
        empty where no nuclide is named.
    """
    sequence = radiopharmaceutical.get("RadionuclideCodeSequence") or []
    if not sequence:
        return ""
    code, meaning = text(sequence[0], "CodeValue"), text(sequence[0], "CodeMeaning")
    return _CODES.get(code) or _from_meaning(meaning) or meaning or code


def half_life_warning(nuclide: str, half_life_s: float) -> str | None:
    """Return what is doubtful about a half-life.

    Parameters
    ----------
    nuclide : str
        As `nuclide_of` returns it.
    half_life_s : float
        RadionuclideHalfLife (0018,1075) in seconds.

    Returns
    -------
    str or None
        A sentence if the half-life deviates by more than 1 % from that of the nuclide, or the nuclide is not one
        of 64Cu, 68Ga and 18F; None if all is well.
    """
    attribute = named("RadionuclideHalfLife")
    if not nuclide:
        return (
            f"The header names no nuclide ({named('RadionuclideCodeSequence')}), so {attribute} of {half_life_s:g} s "
            "was used unchecked."
        )
    expected = HALF_LIFE_S.get(nuclide)
    if expected is None:
        return (
            f"The nuclide {nuclide} is not one of {', '.join(HALF_LIFE_S)}, so {attribute} of {half_life_s:g} s "
            "was used unchecked."
        )
    if abs(half_life_s / expected - 1) > _TOLERANCE:
        return (
            f"{attribute} is {half_life_s:g} s, but the half-life of {nuclide} is {expected:g} s. The SUV follows the "
            "header: check which one is right."
        )
    return None


def _from_meaning(meaning: str) -> str | None:
    """Understand ^18^Fluorine, 18F, F-18, F^18^[^18^Fluorine], Copper 64."""
    parts = set(re.findall(r"\d+m?|[a-z]+", meaning.lower()))
    for nuclide, elements in _ELEMENTS.items():
        mass = re.match(r"\d+", nuclide)
        if mass and mass.group() in parts and elements & parts:
            return nuclide
    return None
