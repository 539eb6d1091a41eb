"""The outline of a mask along the edges of its pixels, as closed polygons that fill to exactly that mask.

Positions are those of the lattice between the pixels: pixel (j, i) has its centre at (j, i) and its corners at the
half-integers around it, so no polygon passes through the centre of a pixel and every filling rule that looks at
centres agrees about them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# Right, down, left, up: each turn to the right adds one. Walking so that the region stays on the right-hand side,
# these are the top, right, bottom and left edges of a pixel.
_STEP_ROW = np.array([0, 1, 0, -1])
_STEP_COLUMN = np.array([1, 0, -1, 0])
_RIGHT = 0

_EIGHT_NEIGHBOURS = np.ones((3, 3), int)


def pixel_edge_polygons(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return the outline of a two-dimensional mask along the edges of its pixels.

    There is one polygon for each 4-connected region: pixels that touch at a corner only have polygons of their own,
    which share that corner. A hole is joined to the outline, or to the hole on its left, by a keyhole: a channel of no
    width, walked once in each direction, from the left end of the hole's top edge to the left. Where a polygon is
    filled by the even-odd or the non-zero rule, the pixels whose centres lie inside are exactly those of the region.

    Parameters
    ----------
    mask : ndarray of bool, shape (j, i)
        The pixels to outline.

    Returns
    -------
    list of ndarray, each of shape (n, 2)
        Corners (j, i) in pixels, at half-integers, the region on the right-hand side (rows counted downwards). The last
        corner is joined to the first. Apart from the ends of keyholes, no corner lies on a straight line between its
        neighbours. The polygons are in the order of their first pixel (row by row); no pixel, no polygon.

    Raises
    ------
    ValueError
        If ``mask`` is not a two-dimensional array of bool.

    Examples
    --------
    >>> import numpy as np
    >>> pixel_edge_polygons(np.array([[True, True]]))[0].tolist()
    [[-0.5, -0.5], [-0.5, 1.5], [0.5, 1.5], [0.5, -0.5]]
    """
    if mask.ndim != 2 or mask.dtype != bool:
        message = f"mask must be a two-dimensional array of bool, not {mask.ndim}-dimensional of {mask.dtype}"
        raise ValueError(message)
    # A rim of background: the edge of the image needs no case of its own, and pixel (j, i) has its upper left corner
    # at the lattice point (j + 1, i + 1).
    padded = np.pad(mask, 1)
    direction, row, column = _edges(padded)
    following, keyholes = _chain(padded, direction, row, column)
    corners = np.concatenate([np.column_stack([row, column]), keyholes]) - 1.5
    direction = np.concatenate([direction, np.full(len(keyholes), -1)])
    return [corners[loop] for loop in _loops(following, direction)]


def _edges(padded: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return direction and first lattice point (row, column) of each edge, sorted by direction and row by row."""
    inside = padded[1:-1, 1:-1]
    beyond = (padded[:-2, 1:-1], padded[1:-1, 2:], padded[2:, 1:-1], padded[1:-1, :-2])
    # The first corner, relative to the upper left one, of the edge that is walked in this direction.
    first = ((0, 0), (0, 1), (1, 1), (1, 0))
    found = [np.nonzero(inside & ~neighbour) for neighbour in beyond]
    direction = np.repeat(np.arange(4), [len(rows) for rows, _ in found])
    row = np.concatenate([rows + 1 + down for (rows, _), (down, _) in zip(found, first, strict=True)])
    column = np.concatenate([columns + 1 + right for (_, columns), (_, right) in zip(found, first, strict=True)])
    return direction, row, column


def _chain(
    padded: NDArray[np.bool_],
    direction: NDArray[np.int64],
    row: NDArray[np.int64],
    column: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the edge that follows each edge, and the first lattice points of the keyhole edges behind them.

    The edges of keyhole number n, towards its hole and back, are numbered ``len(row) + 2 * n`` and the next.
    """
    edge_at = np.full((4, padded.shape[0] + 1, padded.shape[1] + 1), -1)
    edge_at[direction, row, column] = np.arange(len(row))
    end_row, end_column = row + _STEP_ROW[direction], column + _STEP_COLUMN[direction]
    # Where two pixels touch at a corner, turning right stays on the same pixel: that is what makes regions 4-connected.
    right, straight, left = (edge_at[(direction + turn) % 4, end_row, end_column] for turn in (1, 0, 3))
    following = np.where(right >= 0, right, np.where(straight >= 0, straight, left))
    before = np.empty_like(following)
    before[following] = np.arange(len(following))

    hole, anchor = _keyholes(padded)
    leaving_hole, leaving_anchor = (edge_at[:, points[:, 0], points[:, 1]].max(axis=0) for points in (hole, anchor))
    towards = len(row) + 2 * np.arange(len(hole))
    back = towards + 1
    following = np.concatenate([following, np.column_stack([leaving_hole, leaving_anchor]).ravel()])
    following[before[leaving_anchor]] = towards
    following[before[leaving_hole]] = back
    return following, np.column_stack([anchor, hole]).reshape(-1, 2)


def _keyholes(padded: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each hole the left end of its top edge, and the lattice point where the way to the left ends.

    All pixels around the first point except its hole's own are inside, and so are both pixels on the right of the
    second: exactly one edge leaves each point, and no two keyholes share more than an end.
    """
    background, count = ndimage.label(~padded, structure=_EIGHT_NEIGHBOURS)
    flat = background.ravel()
    # Number 1 is what surrounds everything: the rim holds the first pixel.
    in_holes = np.flatnonzero(flat > 1)
    _, first = np.unique(flat[in_holes], return_index=True)
    hole = np.column_stack(np.unravel_index(in_holes[first], padded.shape)).reshape(count - 1, 2)
    anchor = hole.copy()
    for number, (row, column) in enumerate(hole):
        open_way = padded[row - 1, :column] & padded[row, :column]
        anchor[number, 1] = np.flatnonzero(~open_way)[-1] + 1
    return hole, anchor


def _loops(following: NDArray[np.int64], direction: NDArray[np.int64]) -> list[list[int]]:
    """Return the edges of each closed loop at which the walk changes its direction, in the order of the walk."""
    before_direction = np.empty_like(direction)
    before_direction[following] = direction
    turns = (before_direction != direction).tolist()
    successor = following.tolist()
    walked = [False] * len(successor)
    loops = []
    # The edges to the right come first, row by row, and each loop has one: the first pixel of a region starts its loop.
    for start in range(int(np.count_nonzero(direction == _RIGHT))):
        if walked[start]:
            continue
        loop = []
        edge = start
        while not walked[edge]:
            walked[edge] = True
            if turns[edge]:
                loop.append(edge)
            edge = successor[edge]
        loops.append(loop)
    return loops
