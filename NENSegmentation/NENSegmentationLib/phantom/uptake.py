"""How much of a tracer each tissue takes up.

`TRACERS` is the table. Every figure is the mean SUVbw (g/mL) over patients and its relative spread between them.
``source`` says where a figure was looked up; "assumed" marks what was set to look like the published images, in the
order of uptake that the sources give.

.. [1] Pfeifer et al., J Nucl Med 2015;56:847 (64Cu-DOTATATE, 112 patients): 202 MBq (183 to 232), scan after 1 h.
.. [2] Poeppel et al., J Nucl Med 2011;52:1864: renal parenchyma SUVmax 12.7 +- 3.0 with 68Ga-DOTATATE.
.. [3] Ozguven et al., Mol Imaging Radionucl Ther 2021;30:39 (68Ga-DOTATATE, 118 normal subjects): order of uptake
   spleen, kidneys, adrenals, liver, stomach, small bowel, prostate, head then body of the pancreas, thyroid; little in
   salivary glands, muscle, bone, lung.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import PhantomError
from .seeds import Seeds
from .tissues import TISSUES

_ASSUMED = "assumed"
_ORDER = "assumed, in the order of [3]"


@dataclass(frozen=True)
class Row:
    """Uptake of one kind of tissue.

    Parameters
    ----------
    mean : float
        SUVbw (g/mL), mean over patients.
    spread : float
        Relative standard deviation between patients.
    texture : float
        Relative standard deviation within the tissue of one patient, before the scanner's noise.
    source : str
        Where the mean comes from.
    """

    mean: float
    spread: float
    texture: float = 0.04
    source: str = _ASSUMED


@dataclass(frozen=True)
class Code:
    """A coded concept: value, designator of the coding scheme, meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Tracer:
    """A radiopharmaceutical.

    Parameters
    ----------
    name : str
        As ``--tracer`` takes it.
    radiopharmaceutical : str
        For Radiopharmaceutical (0018,0031).
    half_life_s : float
        Of the nuclide, in seconds.
    positron_fraction : float
        Part of the decays that emit a positron.
    nuclide_code, drug_code : Code
        SNOMED CT codes of DICOM's context groups 4020 and 4021. Context group 4021 has none for 64Cu-DOTATATE, so
        that one is a private code.
    dose_mbq : tuple of 2 floats
        Lowest and highest injected activity.
    delay_s : tuple of 2 floats
        Shortest and longest time from injection to scan.
    rows : mapping of str to Row
        The table, by `Tissue.uptake`.
    """

    name: str
    radiopharmaceutical: str
    half_life_s: float
    positron_fraction: float
    nuclide_code: Code
    drug_code: Code
    dose_mbq: tuple[float, float]
    delay_s: tuple[float, float]
    rows: Mapping[str, Row]


_BACKGROUND = {
    "air": Row(0.0, 0.0, 0.0),
    "fat": Row(0.18, 0.15, 0.10),
    "muscle": Row(0.40, 0.15, 0.10),
    "lung": Row(0.30, 0.15, 0.15),
    "bone": Row(0.45, 0.15, 0.10),
    "marrow": Row(0.70, 0.20, 0.10),
    "brain": Row(0.05, 0.20, 0.10),
    "bowel_content": Row(0.80, 0.30, 0.15),
}

_CU64_DOTATATE = Tracer(
    name="cu64-dotatate",
    radiopharmaceutical="64Cu-DOTATATE",
    half_life_s=45723.6,
    positron_fraction=0.1752,
    nuclide_code=Code("3932008", "SCT", "^64^Copper"),
    drug_code=Code("CU64-DOTATATE", "99NENSEG", "Copper Cu^64^ dotatate"),
    dose_mbq=(183.0, 232.0),
    delay_s=(3300.0, 4500.0),
    rows={
        **_BACKGROUND,
        "blood_pool": Row(0.90, 0.15, 0.05),
        "liver": Row(5.0, 0.15, 0.055),
        "gallbladder": Row(3.0, 0.50, 0.05),
        "spleen": Row(9.0, 0.25, 0.05, _ORDER),
        "kidney_cortex": Row(16.5, 0.18, 0.06, _ORDER),
        "kidney_medulla": Row(9.5, 0.18, 0.06),
        "kidney_pelvis": Row(12.0, 0.35, 0.05),
        "adrenal_gland": Row(9.0, 0.25, 0.05, "assumed, in the order of [3]; seen as about 6 through the blur"),
        "stomach": Row(3.2, 0.25, 0.20, _ORDER),
        "duodenum": Row(3.4, 0.30, 0.20),
        "small_bowel": Row(2.6, 0.25, 0.22, _ORDER),
        "colon": Row(1.6, 0.30, 0.25),
        "pancreas_head": Row(3.4, 0.25, 0.12, _ORDER),
        "pancreas": Row(2.0, 0.25, 0.12, _ORDER),
        "urinary_bladder": Row(24.0, 0.35, 0.02),
        "prostate": Row(2.2, 0.30, 0.08, _ORDER),
        "pituitary_gland": Row(9.0, 0.25, 0.03, "assumed; seen as about 5 through the blur"),
        "salivary_gland": Row(3.0, 0.25, 0.10),
        "thyroid_gland": Row(2.2, 0.30, 0.10, _ORDER),
    },
)

_GA68_DOTATATE = Tracer(
    name="ga68-dotatate",
    radiopharmaceutical="68Ga-DOTATATE",
    half_life_s=4062.6,
    positron_fraction=0.8914,
    nuclide_code=Code("35337001", "SCT", "^68^Gallium"),
    drug_code=Code("724025002", "SCT", "Dotatate Ga^68^"),
    dose_mbq=(110.0, 185.0),
    delay_s=(3000.0, 4200.0),
    rows={
        **_CU64_DOTATATE.rows,
        "blood_pool": Row(1.10, 0.15, 0.05),
        "liver": Row(5.6, 0.18, 0.055, _ORDER),
        "spleen": Row(18.0, 0.28, 0.05, _ORDER),
        "kidney_cortex": Row(12.0, 0.18, 0.06, "SUVmax of [2]"),
        "kidney_medulla": Row(7.5, 0.18, 0.06),
        "adrenal_gland": Row(12.0, 0.25, 0.05, _ORDER),
        "urinary_bladder": Row(30.0, 0.40, 0.02),
        "salivary_gland": Row(2.2, 0.25, 0.10, _ORDER),
        "thyroid_gland": Row(2.4, 0.30, 0.10, _ORDER),
    },
)

TRACERS: Mapping[str, Tracer] = {tracer.name: tracer for tracer in (_CU64_DOTATATE, _GA68_DOTATATE)}
"""What ``--tracer`` accepts."""

# One stretch of bowel differs from the next by this much (relative).
_BOWEL_SPREAD = 0.4


def tracer_named(name: str) -> Tracer:
    """Return a tracer.

    Raises
    ------
    PhantomError
        If there is none of that name.
    """
    if name not in TRACERS:
        message = f"There is no tracer {name!r}. Choose one of: {', '.join(TRACERS)}."
        raise PhantomError(message)
    return TRACERS[name]


@dataclass(frozen=True)
class Uptake:
    """The uptake of one patient's tissues.

    Parameters
    ----------
    suv : ndarray, shape (256,), float32
        SUVbw (g/mL) by tissue code.
    texture : ndarray, shape (256,), float32
        Relative standard deviation within the tissue, by tissue code.
    """

    suv: NDArray[np.float32]
    texture: NDArray[np.float32]

    @classmethod
    def drawn(cls, seeds: Seeds, tracer: Tracer) -> Uptake:
        """Draw a patient's uptake: one factor for each row of the table, and another for each stretch of bowel."""
        suv, texture = np.zeros(256, np.float32), np.zeros(256, np.float32)
        level = {key: row.mean * _factor(seeds, ("uptake", key), row.spread) for key, row in tracer.rows.items()}
        for code, tissue in enumerate(TISSUES):
            suv[code] = level[tissue.uptake]
            if tissue.uptake in ("small_bowel", "colon"):
                suv[code] *= _factor(seeds, ("bowel", tissue.name), _BOWEL_SPREAD)
            texture[code] = tracer.rows[tissue.uptake].texture
        return cls(suv, texture)


def _factor(seeds: Seeds, name: tuple[str, str], spread: float) -> float:
    return max(1.0 + spread * float(np.clip(seeds.stream(*name).standard_normal(), -1.8, 1.8)), 0.25)
