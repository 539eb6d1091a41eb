"""The patient on a coarse, upright grid: uptake, and how even it is around every point.

Finding an organ needs neither the PET's own voxels nor its orientation. On the grid of this file k counts to the
head, j to the back and i to the patient's left, whatever the scanner or the file format did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from .body import body_mask
from .boxes import Box
from .volume import image_like, resampled, voxels

# Scanners differ in noise. Smoothed by this SD, an even organ is even on each of them, and edges stay edges.
_SMOOTH_MM = 4.0


@dataclass(frozen=True)
class Survey:
    """A box of the patient on an upright grid with cubic voxels; every array has its shape (k, j, i).

    Attributes
    ----------
    grid : SimpleITK.Image
        The grid, its axes along left, posterior and superior.
    uptake : ndarray of float
        SUVbw (g/mL), smoothed.
    """

    grid: sitk.Image
    uptake: NDArray[np.float64]

    @classmethod
    def of(cls, pet: sitk.Image, step_mm: float, around: sitk.Image | None = None) -> Survey:
        """Survey a PET image.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL).
        step_mm : float
            Distance between voxel centres.
        around : SimpleITK.Image, optional
            Survey the extent of this image instead of that of ``pet``.

        Returns
        -------
        Survey
        """
        grid = _upright_grid(pet if around is None else around, step_mm)
        return cls(grid, _smoothed_on(pet, grid, outside=0.0))

    @property
    def step_mm(self) -> float:
        """Distance between voxel centres, the same along every axis."""
        return float(self.grid.GetSpacing()[0])

    def cropped(self, box: Box) -> Survey:
        """Return a part of the survey."""
        k, j, i = box
        return Survey(self.grid[i, j, k], self.uptake[box])

    def body(self) -> NDArray[np.bool_]:
        """Return where the body is; see `core.body.body_mask`."""
        return body_mask(image_like(self.uptake.astype(np.float32), self.grid))

    def on_grid(self, image: sitk.Image, outside: float) -> NDArray[np.float64]:
        """Return another image, such as the CT, on this grid and smoothed alike."""
        return _smoothed_on(image, self.grid, outside)

    def labels_on_grid(self, image: sitk.Image) -> NDArray[np.integer]:
        """Return a label map on this grid (nearest neighbour, 0 outside)."""
        return voxels(resampled(image, self.grid, outside=0, labels=True))

    def ball_statistics(
        self, values: NDArray[np.float64], diameter_mm: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean and the standard deviation of values in a ball around every voxel.

        Parameters
        ----------
        values : ndarray of float, shape (k, j, i)
            On this grid. Outside the grid they count as zero.
        diameter_mm : float
            Diameter of the ball.

        Returns
        -------
        mean, sd : ndarray of float, shape (k, j, i)
        """
        from scipy.signal import oaconvolve  # takes as long to import as a proposal to make

        reach = int(diameter_mm / 2 / self.step_mm)
        offset = np.mgrid[-reach : reach + 1, -reach : reach + 1, -reach : reach + 1] * self.step_mm
        ball = ((offset**2).sum(axis=0) <= (diameter_mm / 2) ** 2).astype(float)
        ball /= ball.sum()
        mean = oaconvolve(values, ball, mode="same")
        # Where the values are even, the rounding of the Fourier transform leaves variances just below zero.
        variance = oaconvolve(values * values, ball, mode="same") - mean * mean
        return mean, np.sqrt(np.maximum(variance, 0.0))


def _upright_grid(image: sitk.Image, step_mm: float) -> sitk.Image:
    ends = [(-0.5, n - 0.5) for n in image.GetSize()]
    corners = [
        image.TransformContinuousIndexToPhysicalPoint((x, y, z)) for x in ends[0] for y in ends[1] for z in ends[2]
    ]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    size = np.maximum(np.round((high - low) / step_mm), 1).astype(int)
    grid = sitk.Image(size.tolist(), sitk.sitkUInt8)
    grid.SetSpacing([step_mm] * 3)
    grid.SetOrigin(((low + high - (size - 1) * step_mm) / 2).tolist())
    return grid


def _smoothed_on(image: sitk.Image, grid: sitk.Image, outside: float) -> NDArray[np.float64]:
    step = grid.GetSpacing()[0]
    # Fine voxels are averaged first: interpolation alone would drop most of them and keep their noise.
    factors = [
        min(max(int(step / spacing), 1), n) for spacing, n in zip(image.GetSpacing(), image.GetSize(), strict=True)
    ]
    averaged = sitk.BinShrink(image, factors) if max(factors) > 1 else image
    on_grid = sitk.Resample(averaged, grid, sitk.Transform(), sitk.sitkLinear, outside, sitk.sitkFloat32)
    return gaussian_filter(voxels(on_grid).astype(float), _SMOOTH_MM / step)
