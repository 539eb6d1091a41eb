"""A patient drawn finely enough to be scanned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .grid import Grid
from .lesions import DrawnTumour


@dataclass(frozen=True)
class Drawing:
    """A patient drawn finely enough to be scanned.

    Parameters
    ----------
    grid : Grid
        The fine grid: the CT's in plane, a whole number of slices for each slice of the scan.
    tissues : ndarray, shape (k, j, i), uint8
        Tissue codes.
    lesions : sequence of DrawnTumours
        The lesions on that grid.
    """

    grid: Grid
    tissues: NDArray[np.uint8]
    lesions: Sequence[DrawnTumour]

    def painted(
        self,
        start: int,
        stop: int,
        values: NDArray[np.float32],
        of_lesion: Callable[[DrawnTumour], NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """Return slices ``start`` to ``stop`` with each tissue's value, and the lesions' in place of it."""
        slab = values[self.tissues[start:stop]]
        for lesion in self.lesions:
            k, j, i = lesion.box
            first, last = max(k.start, start), min(k.stop, stop)
            if first < last:
                part, own = slab[first - start : last - start, j, i], slice(first - k.start, last - k.start)
                part += lesion.filled[own] * (of_lesion(lesion)[own] - part)
        return slab


def in_slabs(work: Callable[[int], None], slices: int, step: int) -> None:
    """Call ``work`` with the first of every ``step`` slices, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(0, slices, step)))
