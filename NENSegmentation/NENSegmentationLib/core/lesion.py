"""One lesion: what it is called, what found it, what it measures."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import SimpleITK as sitk

from .measures import Measures
from .volume import voxel_volume_ml

MINIMUM_VOLUME_ML = 0.1
"""Components under this volume are no lesions (Carlsen et al. 2022)."""

# Volumes are products of decimal spacings: 8 voxels of 0.0125 mL are 0.1 mL, whatever binary fractions make of it.
_VOLUME_TOLERANCE = 1e-9

# Hues from 0 to 1: so far from that of the outline of the reference region no lesion is coloured.
_CYAN, _KEPT_AWAY = 0.5, 0.07


class Origin(str, Enum):
    """What found a lesion."""

    THRESHOLD = "threshold"
    ENSEMBLE = "ensemble"
    SEED = "seed"
    GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Lesion(Measures):
    """One lesion: its measures, and what it is called.

    Attributes
    ----------
    id : int
        Its value in the label array; never used again for another lesion.
    name : str
        For the reader.
    colour : tuple of float
        Red, green, blue from 0 to 1 (sRGB).
    origin : Origin
        What found it.
    accepted : bool
        Whether a reader has accepted it as a lesion.
    probability : float or None
        Mean tumour probability by the ensemble.
    disagreement : float or None
        Mean standard deviation between the folds.
    suggestion : str or None
        The organ whose physiological uptake this may be; a suggestion, never a decision.
    """

    id: int
    name: str
    colour: tuple[float, float, float]
    origin: Origin
    accepted: bool = False
    probability: float | None = None
    disagreement: float | None = None
    suggestion: str | None = None


IDENTITY = ("id", "name", "colour", "origin", "accepted", "probability", "disagreement")
"""What a lesion is besides its measures; the suggestion follows from its voxels."""


def identity(lesion_id: int, origin: Origin, name: str | None = None) -> dict[str, Any]:
    """Return what a new lesion is besides its measures: "Lesion <id>" in the colour of its id, unless it has a name."""
    return {"id": lesion_id, "name": name or f"Lesion {lesion_id}", "colour": colour_of(lesion_id), "origin": origin}


def minimum_voxels(pet: sitk.Image, volume_ml: float) -> int:
    """Return the smallest number of voxels with at least a volume (mL): 9 at 2 x 2 x 3 mm for 0.1 mL."""
    return max(1, int(np.ceil(volume_ml / voxel_volume_ml(pet) * (1 - _VOLUME_TOLERANCE))))


def colour_of(lesion_id: int) -> tuple[float, float, float]:
    """Return the colour of a lesion by its id: neighbouring ids are far apart in hue.

    None is near cyan, in which the reference region is drawn.

    Parameters
    ----------
    lesion_id : int
        From 1.

    Returns
    -------
    tuple of float
        Red, green, blue from 0 to 1 (sRGB).
    """
    golden_ratio = 0.618033988749895
    hue = (_CYAN + _KEPT_AWAY + lesion_id * golden_ratio % 1 * (1 - 2 * _KEPT_AWAY)) % 1
    return colorsys.hsv_to_rgb(hue, (0.95, 0.7, 0.85)[lesion_id % 3], (0.95, 1.0, 0.8)[lesion_id // 3 % 3])
