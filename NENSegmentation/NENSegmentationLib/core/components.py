"""Connected components of the few voxels that are tumour.

Tumour is a small part of a PET. So the components are found on runs of neighbouring voxels along i and on the
graph of the runs that touch, not on the whole volume: the cost follows the tumour, not the image
(Docs/decisions/0003-components-on-runs.md).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .errors import MethodError

# For each connectivity: the rows before a row (dk, dj) in which a run may touch, and by how many voxels along i
# the two runs may be apart.
_NEIGHBOUR_ROWS = {
    6: (((0, -1), 0), ((-1, 0), 0)),
    18: (((0, -1), 1), ((-1, 0), 1), ((-1, -1), 0), ((-1, 1), 0)),
    26: (((0, -1), 1), ((-1, 0), 1), ((-1, -1), 1), ((-1, 1), 1)),
}

CONNECTIVITIES = tuple(_NEIGHBOUR_ROWS)
"""Voxels that count as neighbours: those that share a face, also an edge, also a corner."""

_SLAB = 1 << 20


def voxels_above(uptake: NDArray[np.float32], threshold: float) -> NDArray[np.intp]:
    """Find the voxels strictly above a threshold.

    Parameters
    ----------
    uptake : ndarray of float32, shape (k, j, i)
        SUVbw (g/mL), C-contiguous.
    threshold : float
        SUVbw (g/mL). It is not rounded: a voxel above it is found even if the two are the same float32.

    Returns
    -------
    ndarray of int, shape (n,)
        Flat indices, ascending.
    """
    rounded = np.float32(threshold)
    below = rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf))
    line = uptake.reshape(-1)
    # In slabs, so that all cores work and no mask of the whole image is made.
    starts = range(0, line.size, _SLAB)

    def above(start: int) -> NDArray[np.intp]:
        return np.flatnonzero(line[start : start + _SLAB] > below) + start

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate([np.empty(0, np.intp), *threads.map(above, starts)])


def component_numbers(flat: NDArray[np.intp], shape: tuple[int, ...], connectivity: int = 26) -> NDArray[np.int32]:
    """Find to which connected component each voxel belongs.

    Parameters
    ----------
    flat : ndarray of int, shape (n,)
        Flat indices of the voxels, ascending.
    shape : tuple of int
        Number of voxels of the image along (k, j, i).
    connectivity : {6, 18, 26}
        Voxels that count as neighbours: those that share a face, also an edge, also a corner.

    Returns
    -------
    ndarray of int32, shape (n,)
        From 0, in the order in which the components are met along ``flat``.

    Raises
    ------
    MethodError
        If ``connectivity`` is none of the three.

    Examples
    --------
    >>> component_numbers(np.array([0, 2, 3]), (1, 1, 4))
    array([0, 1, 1], dtype=int32)
    """
    if connectivity not in _NEIGHBOUR_ROWS:
        message = f"connectivity {connectivity} does not exist in three dimensions. Choose 6, 18 or 26."
        raise MethodError(message)
    if not len(flat):
        return np.empty(0, np.int32)
    _, rows, width = shape
    # One empty column and one empty row more, so that no neighbour is found across the border of the image.
    row, column = np.divmod(flat, width)
    place = (row + row // rows) * (width + 1) + column
    begins = np.flatnonzero(np.diff(place, prepend=-2) != 1)
    first, last = place[begins], place[np.append(begins[1:], len(place)) - 1]
    pairs = [
        _touching(first, last, (dk * (rows + 1) + dj) * (width + 1), apart)
        for (dk, dj), apart in _NEIGHBOUR_ROWS[connectivity]
    ]
    one, other = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(len(first), len(first)))
    number = connected_components(graph, directed=False)[1]
    return np.repeat(number, np.diff(begins, append=len(place)))


def _touching(
    first: NDArray[np.intp], last: NDArray[np.intp], shift: int, apart: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pair each run with those in the row ``shift`` places away that it touches."""
    low = np.searchsorted(last, first + shift - apart, side="left")
    high = np.searchsorted(first, last + shift + apart, side="right")
    count = np.maximum(high - low, 0)
    one = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    return one, low[one] + within
