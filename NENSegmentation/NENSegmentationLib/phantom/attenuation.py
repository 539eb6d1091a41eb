"""Attenuation of annihilation photons: what it costs in counts, and the image in which it is not corrected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .drawing import Drawing
from .grid import Grid
from .tissues import TISSUES

WATER_PER_MM = 0.0096
"""Linear attenuation coefficient of water at 511 keV."""

# Above this CT number the extra attenuation of bone counts about half (bilinear scaling at 120 kVp).
_BONE_FROM_HU, _BONE_PER_MM_HU = 47.0, 5.1e-6
_TABLE_STEP = 0.005
_LARGEST_INTEGRAL = 12.0


def linear_attenuation(hounsfield: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the attenuation at 511 keV of what has a CT number.

    Parameters
    ----------
    hounsfield : ndarray
        CT numbers.

    Returns
    -------
    ndarray, float32
        Per mm: in proportion to density below 47 HU, and with a flatter line above, as PET/CT scanners scale it
        (Carney et al., Med Phys 2006;33:976).
    """
    soft = np.maximum(np.minimum(hounsfield, _BONE_FROM_HU) + 1000, 0) * (WATER_PER_MM / 1000)
    return (soft + np.maximum(hounsfield - _BONE_FROM_HU, 0) * _BONE_PER_MM_HU).astype(np.float32)


def coarse_grid(grid: Grid, step_mm: float) -> Grid:
    """Return a grid over the same field with voxels of about ``step_mm``."""
    counts = tuple(max(round(n * h / step_mm), 2) for n, h in zip(grid.shape, grid.spacing, strict=True))
    spacing = tuple(n * h / count for n, h, count in zip(grid.shape, grid.spacing, counts, strict=True))
    middle = tuple(float(axis[0] + axis[-1]) / 2 for axis in grid.axes)
    return Grid.centred(counts, spacing, middle)


def attenuation_map(drawing: Drawing, grid: Grid) -> NDArray[np.float32]:
    """Return the attenuation (per mm) of a patient on a coarse grid; four samples in plane are averaged.

    Parameters
    ----------
    drawing : Drawing
        The patient. Lesions are left out: they weigh what the tissue around them weighs.
    grid : Grid
        The coarse grid.

    Returns
    -------
    ndarray, shape (k, j, i), float32
    """
    per_mm = np.zeros(256, np.float32)
    per_mm[: len(TISSUES)] = linear_attenuation(np.array([tissue.hounsfield for tissue in TISSUES]))
    s, _ = _nearest(drawing.grid, grid, 0, 0.0)
    total = np.zeros(grid.shape, np.float32)
    for shift_a in (-0.25, 0.25):
        for shift_r in (-0.25, 0.25):
            a, far_a = _nearest(drawing.grid, grid, 1, shift_a)
            r, far_r = _nearest(drawing.grid, grid, 2, shift_r)
            part = per_mm[drawing.tissues[np.ix_(s, a, r)]]
            part[:, far_a] = 0
            part[:, :, far_r] = 0
            total += part * np.float32(0.25)
    return total


@dataclass(frozen=True)
class Projector:
    """Parallel projection of the transverse planes of a grid.

    Parameters
    ----------
    grid : Grid
        Square pixels.
    angles : int
        How many directions over half a turn.
    """

    grid: Grid
    angles: int

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Line integrals (mm) of a plane: shape (angles * bins, j * i)."""
        rows, columns = self.grid.shape[1:]
        step = self.grid.spacing[2]
        a, r = np.indices((rows, columns)).reshape(2, -1)
        x, y = (r - (columns - 1) / 2), (a - (rows - 1) / 2)
        pixel = np.arange(rows * columns)
        entries: list[tuple[NDArray, NDArray, NDArray]] = []
        for n in range(self.angles):
            angle = np.pi * n / self.angles
            across = x * round(float(np.cos(angle)), 9) + y * round(float(np.sin(angle)), 9) + (self.bins - 1) / 2
            low = np.floor(across).astype(int)
            for position, weight in ((low, 1 - (across - low)), (low + 1, across - low)):
                entries.append((n * self.bins + position, pixel, np.rint(weight * 2.0**20) * 2.0**-20 * step))
        into, out, weight = (np.concatenate(part) for part in zip(*entries, strict=True))
        shape = (self.angles * self.bins, rows * columns)
        return sparse.csr_array((weight.astype(np.float32), (into, out)), shape=shape)

    @property
    def bins(self) -> int:
        """Number of parallel lines in one direction."""
        return int(1.5 * max(self.grid.shape[1:]))

    def forward(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the line integrals of every plane, shape (angles * bins, k)."""
        return self.matrix @ np.ascontiguousarray(image.reshape(image.shape[0], -1).T)

    def back(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return for each voxel the mean over the directions of the line through it, shape (k, j, i)."""
        scale = np.float32(1 / (self.angles * self.grid.spacing[2]))
        mean = (self.matrix.T.tocsr() @ lines) * scale
        return np.ascontiguousarray(mean.T).reshape(-1, *self.grid.shape[1:])

    def filtered_back(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """Reconstruct by filtered back-projection; negative values become 0, as iterative methods have none."""
        ramp = _ramp(self.bins, self.grid.spacing[2])
        filtered = np.empty_like(lines)
        for n in range(self.angles):
            rows = slice(n * self.bins, (n + 1) * self.bins)
            filtered[rows] = ramp @ lines[rows]
        return np.maximum(self.back(filtered) * np.float32(np.pi), 0)


def survival(integral: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``exp(-integral)`` from a table, so that machines agree on every digit; integral from -12 to 12."""
    count = int(2 * _LARGEST_INTEGRAL / _TABLE_STEP) + 2
    table = np.exp(_LARGEST_INTEGRAL - _TABLE_STEP * np.arange(count))
    scale = 2.0 ** (20 - np.floor(np.log2(table)))
    table = (np.rint(table * scale) / scale).astype(np.float32)
    limit = np.float32(_LARGEST_INTEGRAL)
    position = (np.clip(integral, -limit, limit) + limit) * np.float32(1 / _TABLE_STEP)
    low = position.astype(np.int32)
    return table[low] + (position - low) * (table[low + 1] - table[low])


def _nearest(fine: Grid, grid: Grid, axis: int, shift: float) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    at = np.arange(grid.shape[axis]) + shift
    sign = 1.0 if axis == 0 else -1.0
    position = grid.first[2 - axis] + sign * at * grid.spacing[axis]
    index = np.rint(sign * (position - fine.first[2 - axis]) / fine.spacing[axis]).astype(int)
    inside = np.clip(index, 0, fine.shape[axis] - 1)
    return inside, index != inside


def _ramp(bins: int, step: float) -> sparse.csr_array:
    """Return Ramachandran and Lakshminarayanan's filter, smoothed over three bins, as a matrix (per mm)."""
    away = np.arange(-bins, bins + 1)
    odd = away % 2 == 1
    kernel = np.zeros(away.size)
    kernel[odd] = -1 / (np.pi * away[odd]) ** 2
    kernel[bins] = 0.25
    kernel[1:-1] = (0.25 * kernel[:-2] + 0.5 * kernel[1:-1] + 0.25 * kernel[2:]) / step
    index = np.arange(bins)
    return sparse.csr_array(kernel[index[:, None] - index[None, :] + bins].astype(np.float32))
