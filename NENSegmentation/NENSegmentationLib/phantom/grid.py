"""The grids that a digital patient is drawn and scanned on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.volume import image_like
from .fields import Axes, Bounds

Slices = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Grid:
    """Axial voxels of a patient lying head first and supine.

    Parameters
    ----------
    shape : tuple of 3 ints
        Number of voxels along (k, j, i); i counts to the patient's left, j to the back, k to the head.
    spacing : tuple of 3 floats
        Distance between voxel centres along (k, j, i) in mm.
    first : tuple of 3 floats
        Centre of voxel (0, 0, 0) in RAS mm.
    """

    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    first: tuple[float, float, float]

    @classmethod
    def centred(
        cls, shape: tuple[int, int, int], spacing: tuple[float, float, float], middle: tuple[float, float, float]
    ) -> Grid:
        """Make a grid around a point (RAS mm)."""
        half = [(n - 1) * step / 2 for n, step in zip(shape, spacing, strict=True)]
        return cls(shape, spacing, (middle[0] + half[2], middle[1] + half[1], middle[2] - half[0]))

    @property
    def axes(self) -> Axes:
        """Voxel centres along (r, a, s) in mm; r and a fall with rising i and j."""
        k, j, i = (np.arange(n) for n in self.shape)
        r = self.first[0] - i * self.spacing[2]
        a = self.first[1] - j * self.spacing[1]
        s = self.first[2] + k * self.spacing[0]
        return r.astype(np.float32), a.astype(np.float32), s.astype(np.float32)

    @property
    def extent(self) -> Bounds:
        """Lowest and highest position of a voxel centre along (r, a, s) in mm."""
        return tuple((float(axis.min()), float(axis.max())) for axis in self.axes)

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel in mL."""
        return self.spacing[0] * self.spacing[1] * self.spacing[2] / 1000.0

    def slab(self, start: int, stop: int) -> Grid:
        """Return the part of the grid with ``start <= k < stop``."""
        first = (*self.first[:2], self.first[2] + start * self.spacing[0])
        return replace(self, shape=(stop - start, *self.shape[1:]), first=first)

    def image(self, array: NDArray[np.generic]) -> sitk.Image:
        """Return an array on this grid as an image."""
        reference = sitk.Image(self.shape[::-1], sitk.sitkUInt8)
        reference.SetSpacing(self.spacing[::-1])
        reference.SetOrigin((-self.first[0], -self.first[1], self.first[2]))
        return image_like(array, reference)


@dataclass(frozen=True)
class Block:
    """A box of voxels, as the positions of its centres ready to broadcast to (s, a, r).

    Parameters
    ----------
    r, a, s : ndarray, shapes (1, 1, n), (1, m, 1) and (l, 1, 1)
        Positions in mm.
    """

    r: NDArray[np.float32]
    a: NDArray[np.float32]
    s: NDArray[np.float32]

    @classmethod
    def of(cls, axes: Axes) -> Block:
        """Make a block of three axes."""
        r, a, s = axes
        return cls(r[None, None, :], a[None, :, None], s[:, None, None])

    @property
    def axes(self) -> Axes:
        """Positions along (r, a, s) in mm."""
        return self.r.ravel(), self.a.ravel(), self.s.ravel()

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along (s, a, r)."""
        return self.s.size, self.a.size, self.r.size

    def within(self, bounds: Bounds, margin: float = 0.0) -> tuple[Slices, Block] | None:
        """Return the voxels inside bounds widened by a margin (mm), or None where there are none."""
        cuts = []
        for position, (low, high) in zip(self.axes, bounds, strict=True):
            inside = np.flatnonzero((position >= low - margin) & (position <= high + margin))
            if not inside.size:
                return None
            cuts.append(slice(int(inside[0]), int(inside[-1]) + 1))
        r, a, s = cuts
        return (s, a, r), Block(self.r[:, :, r], self.a[:, a], self.s[s])
