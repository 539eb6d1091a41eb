"""The anatomy of one digital patient, drawn on any grid."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from .bowel import bowel_parts, stomach_parts
from .build import Build
from .chest import chest_parts
from .grid import Block, Grid
from .head import head_outline, head_parts
from .limbs import limb_bones
from .part import Painter
from .seeds import Seeds
from .skeleton import skeleton_parts
from .trunk import fat_between_muscles, outline_parts
from .urinary import urinary_parts
from .vessels import abdominal_vessels, branches_in_abdomen, great_vessels
from .viscera import upper_abdomen

_SLAB = 24


class Anatomy:
    """Where every tissue of a patient lies.

    Parameters
    ----------
    seeds : Seeds
        The patient's.
    build : Build
        The patient's size.
    """

    def __init__(self, seeds: Seeds, build: Build) -> None:
        self._build = build
        # First come, first served: a part displaces only the tissues that it names.
        parts = [
            *outline_parts(seeds, build),
            *head_outline(build),
            *fat_between_muscles(seeds),
            *chest_parts(seeds),
            *great_vessels(seeds),
            *skeleton_parts(seeds, build),
            *limb_bones(seeds, build),
            *head_parts(seeds),
            *urinary_parts(seeds, build),
            *upper_abdomen(seeds),
            *stomach_parts(seeds),
            *abdominal_vessels(seeds),
            *bowel_parts(seeds),
            *branches_in_abdomen(seeds),
        ]
        self._painter = Painter(seeds, parts)

    def tissues(self, grid: Grid) -> NDArray[np.uint8]:
        """Draw the patient.

        Parameters
        ----------
        grid : Grid
            Voxels in the patient's mm.

        Returns
        -------
        ndarray, shape (k, j, i), uint8
            Codes of `tissues.TISSUES` at the voxel centres. One tissue a voxel, so organs cannot overlap.
        """
        tissues = np.empty(grid.shape, np.uint8)

        def draw(start: int) -> None:
            stop = min(start + _SLAB, grid.shape[0])
            tissues[start:stop] = self._painter.paint(self.block(grid.slab(start, stop)))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(draw, range(0, grid.shape[0], _SLAB)))
        return tissues

    def block(self, grid: Grid) -> Block:
        """Return a grid's voxel centres in the anatomy's mm."""
        r, a, s = grid.axes
        breadth, length = np.float32(1 / self._build.breadth), np.float32(1 / self._build.length)
        return Block.of((r * breadth, a * breadth, s * length))
