"""How much of a tracer each tissue of one patient takes up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .seeds import Seeds
from .tissues import TISSUES
from .tracers import TRACERS, Code, Row, Tracer, tracer_named

__all__ = ["TRACERS", "Code", "Row", "Tracer", "Uptake", "tracer_named"]

# One stretch of bowel differs from the next by this much (relative).
_BOWEL_SPREAD = 0.45
_BOWEL = ("small_bowel", "colon", "duodenum")
# Sides and stretches of an organ that differ a little, as both kidneys do.
_SIDES_SPREAD = 0.06


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
        """Draw a patient's uptake: a value for each row of the table, and a factor for what varies within a patient.

        Each stretch of bowel has a factor of its own, each side of a paired organ a slight one. A stretch of ureter is
        full or empty as the wave of its wall has left it.
        """
        suv, texture = np.zeros(256, np.float32), np.zeros(256, np.float32)
        level = {key: _level(seeds, key, row) for key, row in tracer.rows.items()}
        for code, tissue in enumerate(TISSUES):
            suv[code] = level[tissue.uptake]
            texture[code] = tracer.rows[tissue.uptake].texture
            if tissue.uptake in _BOWEL:
                suv[code] *= _factor(seeds, ("bowel", tissue.name), _BOWEL_SPREAD)
            elif tissue.uptake == "ureter":
                suv[code] *= _filling(seeds, tissue.name)
            elif tissue.name.endswith(("_left", "_right")):
                suv[code] *= _factor(seeds, ("side", tissue.name), _SIDES_SPREAD)
        return cls(suv, texture)


def _level(seeds: Seeds, key: str, row: Row) -> float:
    drawn = row.mean + row.sd * float(np.clip(seeds.stream("uptake", key).standard_normal(), -2.2, 2.2))
    return min(max(drawn, row.low), row.high)


def _factor(seeds: Seeds, name: tuple[str, str], spread: float) -> float:
    return max(1.0 + spread * float(np.clip(seeds.stream(*name).standard_normal(), -1.8, 1.8)), 0.25)


def _filling(seeds: Seeds, stretch: str) -> float:
    """Return how full a stretch of ureter is: most are nearly empty, some hold a bolus of urine."""
    share = float(seeds.stream("ureter", stretch).random())
    return 0.03 + 2.2 * share * share * share * share
