"""From the network's grid back to the PET's: linear, a part of the volume at a time.

nnU-Net resamples whole volumes of all classes in double precision. The same result, where it is linear, comes from
three one-dimensional interpolations of just those voxels that are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Axis:
    """How one axis is interpolated: output n is ``(1 - weight[n]) * input[low[n]] + weight[n] * input[high[n]]``.

    Attributes
    ----------
    low, high : ndarray of int, shape (n,)
        Positions on the input axis.
    weight : ndarray of float32, shape (n,)
        Of the higher one.
    """

    low: NDArray[np.intp]
    high: NDArray[np.intp]
    weight: NDArray[np.float32]

    def part(self, places: slice) -> Axis:
        """Return the interpolation of a part of the output."""
        return Axis(self.low[places], self.high[places], self.weight[places])

    def after(self, first: int) -> Axis:
        """Return the interpolation of an input of which the first voxels are cut off."""
        return Axis(self.low - first, self.high - first, self.weight)

    @property
    def is_identity(self) -> bool:
        """Whether the output is a part of the input, voxel by voxel."""
        return not self.weight.any()


def linear_axis(size_in: int, size_out: int, *, nearest: bool = False) -> Axis:
    """Interpolate between grids that cover the same extent, edge to edge.

    Parameters
    ----------
    size_in, size_out : int
        Number of voxels.
    nearest : bool
        Take the nearest voxel instead.

    Returns
    -------
    Axis

    Examples
    --------
    >>> linear_axis(2, 4).weight.tolist()
    [0.0, 0.25, 0.75, 0.0]
    """
    place = np.clip((np.arange(size_out) + 0.5) * (size_in / size_out) - 0.5, 0, size_in - 1)
    if nearest:
        low = np.floor(place + 0.5).astype(np.intp).clip(max=size_in - 1)
        return Axis(low, low, np.zeros(size_out, np.float32))
    low = np.floor(place).astype(np.intp)
    weight = (place - low).astype(np.float32)
    return Axis(low, np.where(weight > 0, low + 1, low), weight)


def interpolated(volume: torch.Tensor, axes: Sequence[Axis]) -> torch.Tensor:
    """Interpolate the last three axes of a volume.

    Parameters
    ----------
    volume : Tensor, shape (channel, x, y, z)
        On the network's grid.
    axes : sequence of Axis
        Of x, y and z.

    Returns
    -------
    Tensor, shape (channel, x', y', z')
        Of the type of ``volume``.
    """
    import torch

    for dimension, axis in enumerate(axes, start=1):
        low = volume.index_select(dimension, torch.from_numpy(axis.low).to(volume.device))
        if axis.is_identity:
            volume = low
            continue
        high = volume.index_select(dimension, torch.from_numpy(axis.high).to(volume.device))
        shape = [1] * volume.ndim
        shape[dimension] = -1
        weight = torch.from_numpy(axis.weight).to(volume.device, volume.dtype).reshape(shape)
        volume = torch.lerp(low, high, weight)
    return volume


def read_by(wanted: NDArray[np.bool_], axes: Sequence[Axis], shape: Sequence[int]) -> NDArray[np.bool_]:
    """Find the voxels that an interpolation reads.

    Parameters
    ----------
    wanted : ndarray of bool, shape (x', y', z')
        Voxels of the output.
    axes : sequence of Axis
        As in `interpolated`.
    shape : sequence of int
        Of the input.

    Returns
    -------
    ndarray of bool, shape (x, y, z)
        True where a wanted voxel takes a part of its value from.
    """
    mask = wanted
    for dimension, (axis, size) in enumerate(zip(axes, shape, strict=True)):
        moved = np.moveaxis(mask, dimension, 0)
        read = np.zeros((size, *moved.shape[1:]), bool)
        for low, high, out in zip(axis.low, axis.high, moved, strict=True):
            read[low] |= out
            read[high] |= out
        mask = np.moveaxis(read, 0, dimension)
    return mask
