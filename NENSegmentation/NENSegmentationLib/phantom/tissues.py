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

BOWEL_LOOPS = 12
"""Small bowel is cut into this many stretches, each with an uptake of its own."""

COLON_STRETCHES = 8

URETER_STRETCHES = 8
"""Of each ureter, from kidney to bladder; each is full or empty by itself."""


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
        Row of the tracer's table (`phantom.tracers`).
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


# In adults red marrow is in the trunk.
_LITTLE_RED_MARROW = ("femur", "humerus", "forearm", "clavicula", "scapula", "skull", "mandible")


def _bone(organ: str) -> list[Tissue]:
    return [
        Tissue(f"{organ}_cortex", 560.0, "bone", organ, 90.0),
        Tissue(f"{organ}_marrow", 175.0, "bone" if organ.startswith(_LITTLE_RED_MARROW) else "marrow", organ, 45.0),
    ]


def _shaft(organ: str) -> Tissue:
    """Return the fatty marrow in the shaft of a long bone."""
    return Tissue(f"{organ}_fatty_marrow", -30.0, "fat", organ, 25.0)


BONES = (
    *(f"vertebrae_{name}" for name in VERTEBRAE),
    "sacrum",
    *(
        f"{name}_{side}"
        for name in ("hip", "femur", "humerus", "forearm", "scapula", "clavicula")
        for side in ("left", "right")
    ),
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
    Tissue("skin", 5.0, "muscle", texture=15.0),
    Tissue("fat", -104.0, "fat", texture=9.0),
    Tissue("intermuscular_fat", -70.0, "fat", texture=15.0),
    Tissue("muscle", 48.0, "muscle", texture=10.0),
    Tissue("visceral_fat", -98.0, "fat", texture=12.0),
    Tissue("perirenal_fat", -100.0, "fat", texture=10.0),
    Tissue("mediastinum", -60.0, "mediastinum", texture=22.0),
    Tissue("breast_gland", 15.0, "breast", texture=30.0),
    Tissue("costal_cartilage", 95.0, "muscle", texture=30.0),
    Tissue("disc", 75.0, "muscle", texture=10.0),
    Tissue("airway", -990.0, "air", texture=0.0),
    *(Tissue(f"lung_{side}", -852.0, "lung", f"lung_{side}", 26.0) for side in _PAIRED),
    *(Tissue(f"lung_{side}_vessel", 25.0, "blood_pool", f"lung_{side}", 8.0) for side in _PAIRED),
    *(Tissue(f"lung_{side}_bronchus", -960.0, "air", f"lung_{side}", 10.0) for side in _PAIRED),
    Tissue("trachea", -990.0, "air", "trachea", 0.0),
    Tissue("esophagus", 35.0, "esophagus", "esophagus", 10.0),
    Tissue("heart", 44.0, "blood_pool", "heart"),
    Tissue("heart_left_ventricle", 46.0, "myocardium", "heart"),
    Tissue("heart_blood", 40.0, "blood_pool", "heart"),
    Tissue("aorta", 42.0, "blood_pool", "aorta"),
    Tissue("inferior_vena_cava", 40.0, "blood_pool", "inferior_vena_cava"),
    Tissue("portal_vein", 41.0, "blood_pool", "portal_vein_and_splenic_vein"),
    Tissue("vessel", 38.0, "blood_pool"),
    Tissue("liver", 57.0, "liver", "liver", 4.0),
    Tissue("liver_vessel", 43.0, "liver", "liver", 3.0),
    Tissue("gallbladder", 10.0, "gallbladder", "gallbladder", 2.0),
    Tissue("spleen", 50.0, "spleen", "spleen"),
    *(Tissue(f"kidney_{side}", 34.0, "kidney_cortex", f"kidney_{side}") for side in _PAIRED),
    *(Tissue(f"kidney_{side}_medulla", 31.0, "kidney_medulla", f"kidney_{side}") for side in _PAIRED),
    *(Tissue(f"kidney_{side}_pelvis", 6.0, "kidney_pelvis", f"renal_pelvis_{side}") for side in _PAIRED),
    *(
        Tissue(f"ureter_{side}_{n}", 20.0, "ureter", f"ureter_{side}")
        for side in _PAIRED
        for n in range(URETER_STRETCHES)
    ),
    *(Tissue(f"adrenal_gland_{side}", 25.0, "adrenal_gland", f"adrenal_gland_{side}") for side in _PAIRED),
    Tissue("stomach_wall", 40.0, "stomach", "stomach"),
    Tissue("stomach_lumen", 18.0, "bowel_content", "stomach", 14.0),
    Tissue("stomach_gas", -960.0, "air", "stomach", 0.0),
    Tissue("pancreas_head", 38.0, "pancreas_head", "pancreas", 14.0),
    Tissue("pancreas_uncinate", 38.0, "pancreas_uncinate", "pancreas", 14.0),
    Tissue("pancreas", 34.0, "pancreas", "pancreas", 18.0),
    Tissue("duodenum", 33.0, "duodenum", "duodenum", 10.0),
    *(Tissue(f"small_bowel_{n}", 30.0, "small_bowel", "small_bowel", 12.0) for n in range(BOWEL_LOOPS)),
    Tissue("small_bowel_gas", -850.0, "air", "small_bowel", 60.0),
    *(Tissue(f"colon_{n}", 30.0, "colon", "colon", 12.0) for n in range(COLON_STRETCHES)),
    Tissue("colon_content", 5.0, "bowel_content", "colon", 55.0),
    Tissue("colon_gas", -900.0, "air", "colon", 30.0),
    Tissue("urinary_bladder", 6.0, "urinary_bladder", "urinary_bladder", 2.0),
    Tissue("prostate", 38.0, "prostate", "prostate"),
    Tissue("uterus", 45.0, "uterus", "uterus", 8.0),
    Tissue("brain", 38.0, "brain", "brain", 3.0),
    Tissue("brain_white", 31.0, "brain_white", "brain", 3.0),
    Tissue("csf", 8.0, "csf", "brain", 2.0),
    Tissue("eye", 12.0, "csf", texture=2.0),
    Tissue("spinal_cord", 25.0, "spinal_cord", "spinal_cord"),
    Tissue("pituitary_gland", 40.0, "pituitary_gland", "pituitary_gland"),
    *(Tissue(f"parotid_gland_{side}", 0.0, "parotid_gland", f"parotid_gland_{side}", 18.0) for side in _PAIRED),
    *(
        Tissue(f"submandibular_gland_{side}", 35.0, "submandibular_gland", f"submandibular_gland_{side}")
        for side in _PAIRED
    ),
    *(Tissue(f"lacrimal_gland_{side}", 35.0, "lacrimal_gland", f"lacrimal_gland_{side}") for side in _PAIRED),
    Tissue("thyroid_gland", 95.0, "thyroid_gland", "thyroid_gland", 8.0),
    *(tissue for organ in BONES for tissue in _bone(organ)),
    *(_shaft(f"{name}_{side}") for name in ("femur", "humerus") for side in _PAIRED),
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
