"""Regions on a grid of their own, brought to the grid of the PET."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.volume import image_like, index_to_ras, ras_to_index, resampled, shape, spacing, voxels

# A rounded origin or direction is still the same grid; as in `core.volume.same_grid`.
_GRID_TOLERANCE_MM = 0.02


@dataclass(frozen=True)
class OnPet:
    """Regions on the grid of the PET.

    Attributes
    ----------
    voxels : list of ndarray of int
        Flat indices on the grid of the PET, ascending, for each region.
    cut : list of bool
        Whether the region reached outside the PET.
    resampled : bool
        Whether the voxels are others than they were.
    """

    voxels: list[NDArray[np.intp]]
    cut: list[bool]
    resampled: bool


def onto_pet(regions: Sequence[NDArray[np.intp]], grid: sitk.Image, pet: sitk.Image) -> OnPet:
    """Bring regions to the PET: voxel by voxel where their grid is part of its own, else by nearest neighbour.

    Parameters
    ----------
    regions : sequence of ndarray of int
        Flat indices on ``grid``; regions may overlap.
    grid : SimpleITK.Image
        The grid that they are on; its voxels are not looked at.
    pet : SimpleITK.Image
        The grid to bring them to.

    Returns
    -------
    OnPet
    """
    offset = _offset(grid, pet)
    positions = [np.stack(np.unravel_index(flat, shape(grid)), axis=-1) for flat in regions]
    if offset is None:
        cut = [bool(_outside(ras_to_index(pet, index_to_ras(grid, at)), pet).any()) for at in positions]
        return OnPet(_nearest(regions, grid, pet), cut, resampled=True)
    moved = [at + offset for at in positions]
    outside = [_outside(at, pet) for at in moved]
    flat = [np.ravel_multi_index(tuple(at[~out].T), shape(pet)) for at, out in zip(moved, outside, strict=True)]
    return OnPet(flat, [bool(out.any()) for out in outside], resampled=False)


def split_by_value(flat: NDArray[np.intp], values: NDArray[np.integer]) -> dict[int, NDArray[np.intp]]:
    """Return the flat indices that hold each value, ascending.

    Parameters
    ----------
    flat : ndarray of int, shape (n,)
        Flat indices, ascending.
    values : ndarray of int, flat
        The array that they point into.
    """
    chosen = values[flat]
    order = np.argsort(chosen, kind="stable")
    numbers, starts = np.unique(chosen[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(flat[order], starts[1:]), strict=False))


def _nearest(regions: Sequence[NDArray[np.intp]], grid: sitk.Image, pet: sitk.Image) -> list[NDArray[np.intp]]:
    found = [np.empty(0, np.intp)] * len(regions)
    for layer in _layers(regions, shape(grid)):
        labels = np.zeros(shape(grid), np.int32)
        for which in layer:
            labels.reshape(-1)[regions[which]] = which + 1
        on_pet = voxels(resampled(image_like(labels, grid), pet, outside=0, labels=True)).reshape(-1)
        for number, flat in split_by_value(np.flatnonzero(on_pet), on_pet).items():
            found[number - 1] = flat
    return found


def _layers(regions: Sequence[NDArray[np.intp]], extent: tuple[int, int, int]) -> list[list[int]]:
    """Put regions that do not overlap together."""
    layers: list[tuple[list[int], NDArray[np.bool_]]] = []
    for which, flat in enumerate(regions):
        free = next((layer for layer in layers if not layer[1][flat].any()), None)
        if free is None:
            free = ([], np.zeros(int(np.prod(extent)), np.bool_))
            layers.append(free)
        free[0].append(which)
        free[1][flat] = True
    return [members for members, _ in layers]


def _offset(grid: sitk.Image, pet: sitk.Image) -> NDArray[np.intp] | None:
    """Return what to add to (k, j, i) of a grid to get (k, j, i) of the PET, or None if it is no part of its grid."""
    corners = np.array(np.meshgrid(*([0, n - 1] for n in shape(grid)))).reshape(3, -1).T
    apart = ras_to_index(pet, index_to_ras(grid, corners)) - corners
    offset = np.rint(apart[0])
    off_grid = np.abs((apart - offset) * spacing(pet)).max()
    # A grid of one voxel along an axis has no second corner there that would show its spacing.
    alike = np.allclose(spacing(grid), spacing(pet), atol=_GRID_TOLERANCE_MM)
    return offset.astype(np.intp) if alike and off_grid <= _GRID_TOLERANCE_MM else None


def _outside(index: NDArray[np.number], pet: sitk.Image) -> NDArray[np.bool_]:
    return np.any((index < -0.5) | (index > np.array(shape(pet)) - 0.5), axis=-1)
