"""Breathing: PET averages over it, CT shows one moment of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .blur import rounded
from .build import Build
from .drawing import Drawing
from .grid import Grid
from .seeds import Seeds
from .tissues import codes_of

MOVING = codes_of(
    *("lung_left", "lung_right", "heart", "liver", "gallbladder", "spleen", "pancreas", "stomach", "duodenum"),
    *("kidney_left", "kidney_right", "kidney_left_pelvis", "kidney_right_pelvis"),
    *("adrenal_gland_left", "adrenal_gland_right", "small_bowel", "colon", "visceral_fat", "inferior_vena_cava"),
)
"""By tissue code: whether breathing moves it. Wall and skeleton of the trunk are taken to stand still."""

# Share of the motion at heights of the normal anatomy (mm; 0 is the liver's middle): all of it at the diaphragm.
_HEIGHTS, _SHARES = (-240.0, -150.0, -60.0, 95.0, 150.0, 200.0), (0.0, 0.3, 0.85, 1.0, 0.4, 0.0)
_PHASES = 8


@dataclass(frozen=True)
class Breathing:
    """How far the diaphragm of a patient moves along the body.

    Parameters
    ----------
    range_mm : float
        From full expiration to full inspiration in quiet breathing.
    ct_below_mm : float
        How much lower the diaphragm stands in the CT than on average over the PET.
    length : float
        Patient mm for one mm of the anatomy.
    """

    range_mm: float
    ct_below_mm: float
    length: float

    @classmethod
    def drawn(cls, seeds: Seeds, build: Build) -> Breathing:
        """Draw a patient's breathing (assumed: range 10 mm, SD 3; CT in slight inspiration, 3 mm lower, SD 3)."""
        random = seeds.stream("breathing")
        span = round(float(np.clip(random.normal(10, 3), 4, 18)), 1)
        below = round(float(np.clip(random.normal(3, 3), -4, 9)), 1)
        return cls(span, below, build.length)

    def share(self, s: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the part of the diaphragm's motion that is made at a height (patient mm)."""
        return np.interp(np.asarray(s, float) / self.length, _HEIGHTS, _SHARES)

    def moved_slices(self, grid: Grid) -> slice:
        """Return the slices of a grid in which anything moves."""
        moved = np.flatnonzero(self.share(grid.axes[2]) > 0)
        return slice(int(moved[0]), int(moved[-1]) + 1) if moved.size else slice(0, 0)

    def average(self, grid: Grid) -> sparse.csr_array:
        """Return how a cycle spreads what lies in each slice over the slices around it, about its mean place.

        The diaphragm follows the fourth power of a cosine, so that it stays longest near expiration (Lujan et al.,
        Med Phys 1999;26:715). No uptake is lost or made.

        Returns
        -------
        sparse array, shape (k, k)
            From the slice (column) to the slices where it is seen (rows).
        """
        slices, step = grid.shape[0], grid.spacing[0]
        moments = np.cos(math.pi * (np.arange(_PHASES) + 0.5) / _PHASES) ** 4
        share, start = self.share(grid.axes[2]), np.arange(slices)
        total = np.zeros((slices, slices))
        for moment in (moments - moments.mean()).round(9):
            place = np.clip(start - moment * self.range_mm * share / step, 0, slices - 1)
            low = np.minimum(np.floor(place).astype(int), slices - 2)
            np.add.at(total, (low, start), (1 - (place - low)) / _PHASES)
            np.add.at(total, (low + 1, start), (place - low) / _PHASES)
        return rounded(total)

    def seen_by_ct(self, drawing: Drawing) -> Drawing:
        """Return the patient at the moment of the CT, to the nearest slice of the drawing."""
        grid, moved = drawing.grid, self.moved_slices(drawing.grid)
        down = np.rint(self.ct_below_mm * self.share(grid.axes[2]) / grid.spacing[0]).astype(int)
        if not down.any():
            return drawing
        tissues = drawing.tissues.copy()
        for k in range(moved.start, moved.stop):
            source = drawing.tissues[min(max(k + down[k], 0), grid.shape[0] - 1)]
            both = MOVING[source] & MOVING[drawing.tissues[k]]
            np.copyto(tissues[k], source, where=both)
        lesions = [
            replace(lesion, box=(_lower(lesion.box[0], down), *lesion.box[1:]))
            if (codes_of(*lesion.tumour.site.home) & MOVING).any() and lesion.filled.size
            else lesion
            for lesion in drawing.lesions
        ]
        return replace(drawing, tissues=tissues, lesions=lesions)


def _lower(cut: slice, down: NDArray[np.intp]) -> slice:
    by = int(down[(cut.start + cut.stop) // 2])
    by = min(max(by, cut.stop - len(down)), cut.start)
    return slice(cut.start - by, cut.stop - by)
