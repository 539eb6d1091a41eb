"""The connected voxels above an uptake, from one voxel outwards: in a box that grows with them, never in the image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .boxes import Box, box_between, box_of, grown, placed
from .components import component_numbers, voxels_above

Index = tuple[int, int, int]


@dataclass(frozen=True)
class Region:
    """Connected voxels.

    Attributes
    ----------
    mask : ndarray of bool, shape (k, j, i) of ``box``
        True in the region.
    box : tuple of slice
        Its bounding box in the image.
    complete : bool
        False if the growth was stopped because the region is too large: then ``mask`` is what had grown by then.
    """

    mask: NDArray[np.bool_]
    box: Box
    complete: bool = True

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))


def grow_region(
    uptake: NDArray[np.float32],
    labels: NDArray[np.int32],
    start: Index,
    above: float,
    *,
    connectivity: int,
    most_voxels: float,
    first_reach: Iterable[int],
) -> Region:
    """Grow from a voxel over all connected voxels above an uptake that belong to no lesion.

    The components are found in a box around the voxel. Each side of the box that the region reaches moves outwards by
    half the box's extent, until the region lies inside or is too large.

    Parameters
    ----------
    uptake : ndarray of float32, shape (k, j, i)
        SUVbw (g/mL).
    labels : ndarray of int32, shape (k, j, i)
        0 where a voxel belongs to no lesion.
    start : tuple of int
        Voxel (k, j, i) above ``above`` and in no lesion.
    above : float
        SUVbw (g/mL); voxels strictly above it count.
    connectivity : {6, 18, 26}
        Voxels that count as neighbours.
    most_voxels : float
        A region of more voxels is not grown further.
    first_reach : iterable of int
        Voxels along (k, j, i) that the first box reaches from ``start``, at least 1.

    Returns
    -------
    Region

    Raises
    ------
    MethodError
        If ``connectivity`` is none of the three.
    """
    box = grown(box_between(start, start), list(first_reach), uptake.shape)
    while True:
        mask = _component(uptake[box], labels[box], _within(start, box), above, connectivity)
        complete = np.count_nonzero(mask) <= most_voxels
        wider = _wider(box, mask, uptake.shape)
        if not complete or wider == box:
            return cropped(mask, box, complete=bool(complete))
        box = wider


def cropped(mask: NDArray[np.bool_], box: Box, *, complete: bool = True) -> Region:
    """Return a mask that holds at least one voxel as a region in its bounding box."""
    inner = box_of(mask)
    if inner is None:
        message = "a region holds at least one voxel"
        raise ValueError(message)
    return Region(mask[inner], placed(inner, box), complete)


def _within(index: Index, box: Box) -> Index:
    k, j, i = (n - place.start for n, place in zip(index, box, strict=True))
    return k, j, i


def _component(
    uptake: NDArray[np.float32], labels: NDArray[np.int32], start: Index, above: float, connectivity: int
) -> NDArray[np.bool_]:
    flat = voxels_above(uptake, above)
    flat = flat[labels.reshape(-1)[flat] == 0]
    number = component_numbers(flat, uptake.shape, connectivity)
    own = number[np.searchsorted(flat, np.ravel_multi_index(start, uptake.shape))]
    mask = np.zeros(uptake.size, bool)
    mask[flat[number == own]] = True
    return mask.reshape(uptake.shape)


def _wider(box: Box, mask: NDArray[np.bool_], shape: tuple[int, ...]) -> Box:
    """Move the sides of a box that a mask reaches outwards, as far as the image goes."""
    sides = []
    for axis, (place, size) in enumerate(zip(box, shape, strict=True)):
        faces = np.moveaxis(mask, axis, 0)
        step = (place.stop - place.start + 1) // 2
        low = place.start - step * bool(faces[0].any())
        high = place.stop + step * bool(faces[-1].any())
        sides.append(slice(max(low, 0), min(high, size)))
    k, j, i = sides
    return k, j, i
