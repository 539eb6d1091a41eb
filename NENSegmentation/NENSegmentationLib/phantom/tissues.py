"""The tissues that a digital patient is made of: what CT shows of them, and which organ they belong to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

VERTEBRAE = (
    *(f"L{n}" for n in range(5, 0, -1)),
    *(f"T{n}" for n in range(12, 0, -1)),
    *(f"C{n}" for n in range(7, 0, -1)),
)
"""From the sacrum up."""

BOWEL_LOOPS = 8
"""Small bowel is cut into this many stretches, each with an uptake of its own."""

COLON_STRETCHES = 5


@dataclass(frozen=True)
class Tissue:
    """One homogeneous material at one place of the body.

    Parameters
    ----------
    name : str
        Unique.
    hounsfield : float
        Mean CT number.
    uptake : str
        Row of the tracer's table (`phantom.uptake`).
    organ : str
        Name in the organ map, as TotalSegmentator writes it; empty for what is no organ there (muscle, fat).
    texture : float
        Standard deviation of the CT number within the tissue, besides the scanner's noise.
    """

    name: str
    hounsfield: float
    uptake: str
    organ: str = ""
    texture: float = 4.0


def _bone(organ: str) -> list[Tissue]:
    return [
        Tissue(f"{organ}_cortex", 620.0, "bone", organ, 60.0),
        Tissue(f"{organ}_marrow", 190.0, "marrow", organ, 35.0),
    ]


BONES = (
    *(f"vertebrae_{name}" for name in VERTEBRAE),
    "sacrum",
    *(f"{name}_{side}" for name in ("hip", "femur", "humerus", "scapula", "clavicula") for side in ("left", "right")),
    "sternum",
    "ribs",
    "skull",
    "mandible",
)
"""Organs with a cortex and marrow."""

_PAIRED = ("left", "right")

TISSUES: tuple[Tissue, ...] = (
    Tissue("air", -1000.0, "air", texture=0.0),
    Tissue("table_shell", 60.0, "air"),
    Tissue("table_foam", -930.0, "air"),
    Tissue("fat", -102.0, "fat", texture=7.0),
    Tissue("muscle", 45.0, "muscle", texture=9.0),
    Tissue("visceral_fat", -96.0, "fat", texture=10.0),
    Tissue("mediastinum", 5.0, "blood_pool", texture=25.0),
    Tissue("airway", -990.0, "air", texture=0.0),
    *(Tissue(f"lung_{side}", -840.0, "lung", f"lung_{side}", 28.0) for side in _PAIRED),
    Tissue("trachea", -990.0, "air", "trachea", 0.0),
    Tissue("heart", 42.0, "blood_pool", "heart"),
    Tissue("aorta", 44.0, "blood_pool", "aorta"),
    Tissue("inferior_vena_cava", 42.0, "blood_pool", "inferior_vena_cava"),
    Tissue("liver", 56.0, "liver", "liver", 5.0),
    Tissue("gallbladder", 10.0, "gallbladder", "gallbladder", 2.0),
    Tissue("spleen", 50.0, "spleen", "spleen"),
    *(Tissue(f"kidney_{side}", 34.0, "kidney_cortex", f"kidney_{side}") for side in _PAIRED),
    *(Tissue(f"kidney_{side}_medulla", 31.0, "kidney_medulla", f"kidney_{side}") for side in _PAIRED),
    *(Tissue(f"kidney_{side}_pelvis", 8.0, "kidney_pelvis") for side in _PAIRED),
    *(Tissue(f"adrenal_gland_{side}", 30.0, "adrenal_gland", f"adrenal_gland_{side}") for side in _PAIRED),
    Tissue("stomach_wall", 40.0, "stomach", "stomach"),
    Tissue("stomach_lumen", 18.0, "bowel_content", "stomach", 12.0),
    Tissue("stomach_gas", -960.0, "air", "stomach", 0.0),
    Tissue("pancreas_head", 40.0, "pancreas_head", "pancreas", 9.0),
    Tissue("pancreas", 38.0, "pancreas", "pancreas", 9.0),
    Tissue("duodenum", 35.0, "duodenum", "duodenum", 8.0),
    *(Tissue(f"small_bowel_{n}", 32.0, "small_bowel", "small_bowel", 10.0) for n in range(BOWEL_LOOPS)),
    *(Tissue(f"colon_{n}", 25.0, "colon", "colon", 25.0) for n in range(COLON_STRETCHES)),
    Tissue("colon_gas", -900.0, "air", "colon", 30.0),
    Tissue("urinary_bladder", 6.0, "urinary_bladder", "urinary_bladder", 2.0),
    Tissue("prostate", 40.0, "prostate", "prostate"),
    Tissue("brain", 36.0, "brain", "brain", 4.0),
    Tissue("spinal_cord", 30.0, "brain", "spinal_cord"),
    Tissue("pituitary_gland", 40.0, "pituitary_gland", "pituitary_gland"),
    *(Tissue(f"parotid_gland_{side}", 5.0, "salivary_gland", f"parotid_gland_{side}", 12.0) for side in _PAIRED),
    *(Tissue(f"submandibular_gland_{side}", 30.0, "salivary_gland", f"submandibular_gland_{side}") for side in _PAIRED),
    Tissue("thyroid_gland", 95.0, "thyroid_gland", "thyroid_gland", 8.0),
    *(tissue for organ in BONES for tissue in _bone(organ)),
)
"""Every tissue; its place in this tuple is its code in a tissue map (uint8)."""

CODES: dict[str, int] = {tissue.name: code for code, tissue in enumerate(TISSUES)}

ORGANS: tuple[str, ...] = tuple(dict.fromkeys(tissue.organ for tissue in TISSUES if tissue.organ))
"""The organ map's names; label 1 is the first."""


def codes_of(*names: str) -> NDArray[np.bool_]:
    """Return a table of 256 that is true at the codes of the named tissues or organs.

    Raises
    ------
    KeyError
        If there is neither a tissue nor an organ of that name.
    """
    table = np.zeros(256, bool)
    for name in names:
        found = [code for code, tissue in enumerate(TISSUES) if name in (tissue.name, tissue.organ)]
        if not found:
            raise KeyError(name)
        table[found] = True
    return table


def organ_labels() -> NDArray[np.uint8]:
    """Return a table of 256 that turns a tissue code into the organ map's label."""
    table = np.zeros(256, np.uint8)
    for code, tissue in enumerate(TISSUES):
        table[code] = ORGANS.index(tissue.organ) + 1 if tissue.organ else 0
    return table
