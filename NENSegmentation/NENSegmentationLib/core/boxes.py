"""Bounding boxes on the voxel grid: three slices (k, j, i) with a start and a stop."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Box = tuple[slice, slice, slice]


def box_between(low: ArrayLike, high: ArrayLike) -> Box:
    """Return the box from the voxel ``low`` to the voxel ``high``, both inside."""
    k, j, i = (slice(int(a), int(b) + 1) for a, b in zip(np.asarray(low), np.asarray(high), strict=True))
    return k, j, i


def whole(shape: tuple[int, ...]) -> Box:
    """Return the box of a whole array of three dimensions."""
    k, j, i = (slice(0, n) for n in shape)
    return k, j, i


def box_of(mask: NDArray[np.bool_]) -> Box | None:
    """Return the bounding box of a mask of shape (k, j, i), or None if nothing is in it."""
    k = np.flatnonzero(mask.any(axis=(1, 2)))
    if not k.size:
        return None
    inside = mask[k[0] : k[-1] + 1]
    j, i = np.flatnonzero(inside.any(axis=(0, 2))), np.flatnonzero(inside.any(axis=(0, 1)))
    return box_between((k[0], j[0], i[0]), (k[-1], j[-1], i[-1]))


def union(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of ``boxes`` (at least one)."""
    k, j, i = (slice(min(s.start for s in axis), max(s.stop for s in axis)) for axis in zip(*boxes, strict=True))
    return k, j, i


def grown(box: Box, margin: ArrayLike, shape: tuple[int, ...]) -> Box:
    """Return a box grown by ``margin`` voxels (one number, or one per axis), within an array of ``shape``."""
    margins = np.broadcast_to(np.asarray(margin, int), 3)
    k, j, i = (
        slice(max(s.start - int(m), 0), min(s.stop + int(m), n)) for s, m, n in zip(box, margins, shape, strict=True)
    )
    return k, j, i


def shifted(position: tuple[NDArray[np.intp], ...], box: Box) -> tuple[NDArray[np.intp], ...]:
    """Return positions (k, j, i) inside a box as positions in the whole array."""
    return tuple(axis + place.start for axis, place in zip(position, box, strict=True))


def within(inner: Box, outer: Box) -> Box:
    """Return a box of the whole array as a box inside ``outer``."""
    k, j, i = (slice(a.start - b.start, a.stop - b.start) for a, b in zip(inner, outer, strict=True))
    return k, j, i


def placed(inner: Box, outer: Box) -> Box:
    """Return a box inside ``outer`` as a box of the whole array."""
    k, j, i = (slice(a.start + b.start, a.stop + b.start) for a, b in zip(inner, outer, strict=True))
    return k, j, i
