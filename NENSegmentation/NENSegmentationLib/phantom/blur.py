"""Gaussian blur and linear interpolation with weights that are the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse, special

from .grid import Grid

TO_SIGMA = 1 / math.sqrt(8 * math.log(2))
"""Standard deviation of a Gaussian of unit full width at half maximum."""


def smoothed(image: NDArray[np.float32], sigma: Sequence[float]) -> NDArray[np.float32]:
    """Blur an image by a Gaussian along each axis; sigma in voxels."""
    for axis, width in enumerate(sigma):
        image = ndimage.correlate1d(image, _gaussian(width), axis)
    return image


def coarsening(sigma: Sequence[float]) -> float:
    """Return by how much `smoothed` lowers the standard deviation of white noise."""
    return 1 / math.prod(math.sqrt(float((_gaussian(width) ** 2).sum())) for width in sigma)


def response(fine: Grid, grid: Grid, axis: int, fwhm_mm: float) -> sparse.csr_array:
    """Return what each fine voxel gives to each voxel of a scan along one axis: a Gaussian averaged over both."""
    into, out = grid.axes[2 - axis].astype(float), fine.axes[2 - axis].astype(float)
    sigma, width, step = fwhm_mm * TO_SIGMA, grid.spacing[axis], fine.spacing[axis]
    away = out[None, :] - into[:, None]
    weights = _collected(away + step / 2, width, sigma) - _collected(away - step / 2, width, sigma)
    return rounded(weights)


def interpolation(coarse: Grid, grid: Grid, axis: int) -> sparse.csr_array:
    """Return the linear interpolation along one axis from a coarse grid; beyond its border the last value holds."""
    at = coarse.axes[2 - axis].astype(float)
    position = (grid.axes[2 - axis].astype(float) - at[0]) / (at[1] - at[0])
    position = np.clip(position, 0, len(at) - 1)
    return rounded(np.clip(1 - np.abs(position[:, None] - np.arange(len(at))[None, :]), 0, 1))


def rounded(weights: NDArray[np.float64]) -> sparse.csr_array:
    """Return weights without the last digits, in which machines may differ."""
    return sparse.csr_array(np.rint(weights * 2.0**22).astype(np.float32) * np.float32(2.0**-22))


def _gaussian(sigma: float) -> NDArray[np.float64]:
    x = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1) / sigma
    weights = np.exp(-0.5 * x * x)
    # Rounded, so that the last digit of a machine's exponential makes no difference.
    return np.rint(weights / weights.sum() * 2.0**30) * 2.0**-30


def _collected(x: NDArray[np.float64], width: float, sigma: float) -> NDArray[np.float64]:
    def integral(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return t * (1 + special.erf(t / math.sqrt(2))) / 2 + np.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    return sigma / width * (integral((x + width / 2) / sigma) - integral((x - width / 2) / sigma))
