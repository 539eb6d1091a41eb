"""The pixels whose centres lie inside closed polygons, by the even-odd rule: the inverse of `contours`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Edges times the rows that they cross, worked on at once: bounds the memory, whatever a file holds.
_CROSSINGS_AT_ONCE = 1 << 22


def filled_pixels(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> NDArray[np.intp]:
    """Return the pixels whose centres lie inside an odd number of turns of some polygons.

    By that rule a polygon inside another one is a hole, polygons side by side add up, and a keyhole (a channel that is
    walked once in each direction) leaves no trace. Of a centre that lies on an edge, the left and upper edges of a
    region belong to it, the right and lower ones do not.

    Parameters
    ----------
    polygons : sequence of ndarray, each of shape (n, 2)
        Corners (j, i) in pixels, whole numbers at the centres; the last is joined to the first. They may reach outside.
    shape : tuple of int
        Number of pixels along (j, i).

    Returns
    -------
    ndarray of int, shape (m,)
        Flat indices of the pixels, ascending.

    Examples
    --------
    >>> filled_pixels([np.array([(-0.5, 0.5), (-0.5, 2.5), (0.5, 2.5), (0.5, 0.5)])], (2, 4))
    array([1, 2])
    """
    corners = [polygon for polygon in polygons if len(polygon)]
    if not corners:
        return np.empty(0, np.intp)
    begin = np.concatenate(corners)
    end = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in corners])
    # From top to bottom, whichever way it is walked: the two sides of a keyhole then cross a row at the same place.
    down = (begin[:, 0] <= end[:, 0])[:, None]
    upper, lower = np.where(down, begin, end), np.where(down, end, begin)
    rows, columns = (_clipped_range(begin[:, axis], shape[axis]) for axis in (0, 1))
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        return np.empty(0, np.intp)
    turns = np.zeros((rows[1] - rows[0]) * (columns[1] - columns[0] + 1), np.int64)
    at_once = max(1, _CROSSINGS_AT_ONCE // (rows[1] - rows[0]))
    for start in range(0, len(upper), at_once):
        turns += _crossings(upper[start : start + at_once], lower[start : start + at_once], rows, columns)
    inside = np.cumsum(turns.reshape(rows[1] - rows[0], -1), axis=1)[:, :-1] % 2 == 1
    row, column = np.nonzero(inside)
    return (row + rows[0]) * shape[1] + column + columns[0]


def _clipped_range(positions: NDArray[np.float64], count: int) -> tuple[int, int]:
    """Return the first pixel that may lie inside, and the one after the last."""
    low, high = np.clip([np.ceil(positions.min()), np.ceil(positions.max())], 0, count).astype(int).tolist()
    return low, high


def _crossings(
    upper: NDArray[np.float64], lower: NDArray[np.float64], rows: tuple[int, int], columns: tuple[int, int]
) -> NDArray[np.int64]:
    """Count, for each place of the box and one column more, the edges that enter its row there."""
    first, after = (np.clip(np.ceil(ends[:, 0]), *rows).astype(int) for ends in (upper, lower))
    count = after - first
    edge = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    (j, i), (j_end, i_end) = upper[edge].T, lower[edge].T
    crossed = i + (row - j) * ((i_end - i) / (j_end - j))
    column = np.clip(np.ceil(crossed), *columns).astype(int)
    width = columns[1] - columns[0] + 1
    return np.bincount((row - rows[0]) * width + column - columns[0], minlength=(rows[1] - rows[0]) * width)
