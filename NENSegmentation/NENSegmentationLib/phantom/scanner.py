"""What a PET/CT scanner makes of a patient: resolution, partial volume, breathing, scatter, attenuation and noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .attenuation import Projector, attenuation_map, coarse_grid, survival
from .blur import TO_SIGMA, interpolation, response, smoothed
from .breathing import MOVING, Breathing
from .dicom_study import Study
from .drawing import Drawing, in_slabs
from .fields import SmoothField
from .grid import Grid
from .noise import Noise
from .seeds import Seeds
from .uptake import Uptake

_SLAB = 24
_COARSE_MM = 8.4
_UNCORRECTED_MM = 4.2
_ANGLES, _UNCORRECTED_ANGLES = 16, 72
# Mean of exp(-attenuation) over the lines through the liver of a patient of 76 kg, for which the noise is stated.
_USUAL_SURVIVAL = 0.088
# Positrons per kg of that patient over a bed position: 207 MBq of 64Cu, 65 minutes ago, 76 kg, 180 s.
_USUAL_POSITRONS = 8.1e7


@dataclass(frozen=True)
class Scanner:
    """A PET scanner and its reconstruction.

    The figures are those of the NEMA phantom's scan in Docs/digital-patient.md; ``filter_mm`` is the paper's.

    Parameters
    ----------
    resolution_mm : float
        FWHM of a point, before the filter and without the averaging over voxels.
    grain_mm : float
        FWHM of the noise's correlation before the filter.
    filter_mm : float
        FWHM of the Gaussian applied to the reconstructed image.
    noise : float
        Relative noise in the liver of a usual patient on voxels of 2 x 2 x 3 mm with that filter (assumed).
    noise_suv : float
        SUVbw (g/mL) of that liver.
    scatter : float
        Part of the uptake around that remains as a smooth background.
    scatter_mm : float
        FWHM of that background.
    """

    resolution_mm: float = 3.6
    grain_mm: float = 2.15
    filter_mm: float = 2.0
    noise: float = 0.15
    noise_suv: float = 5.0
    scatter: float = 0.014
    scatter_mm: float = 60.0

    @property
    def fwhm_mm(self) -> float:
        """Resolution of the filtered image."""
        return math.hypot(self.resolution_mm, self.filter_mm)

    @property
    def noise_fwhm_mm(self) -> float:
        """Size of the noise's grain in the filtered image."""
        return math.hypot(self.grain_mm, self.filter_mm)

    def noise_of(self, study: Study) -> Noise:
        """Return the noise of a scan: it follows the positrons per kg of body weight over the time of a bed."""
        left = study.dose_bq * 2.0 ** (-study.delay_s / study.tracer.half_life_s)
        positrons = left * study.tracer.positron_fraction * study.bed_s / study.build.weight_kg
        return Noise(self.noise, self.noise_suv, self.noise_fwhm_mm).of_counts(positrons / _USUAL_POSITRONS)


CLINICAL = Scanner()
"""The scanner of every digital patient."""


def emission(
    drawing: Drawing, grid: Grid, uptake: Uptake, seeds: Seeds, scanner: Scanner, breathing: Breathing | None = None
) -> NDArray[np.float32]:
    """Return the image of a patient's uptake without noise.

    Each voxel is the mean over its volume of the uptake blurred by the scanner's Gaussian resolution, worked out from
    the finer drawing; what breathing moves is averaged over the cycle.

    Parameters
    ----------
    drawing : Drawing
        The patient.
    grid : Grid
        The PET's.
    uptake : Uptake
        Uptake of the tissues.
    seeds : Seeds
        The patient's.
    scanner : Scanner
        Its resolution.
    breathing : Breathing, optional
        The patient's; without it nothing moves.

    Returns
    -------
    ndarray, shape (k, j, i), float32
        SUVbw (g/mL).
    """
    fine = drawing.grid
    texture = SmoothField(seeds.stream("pet texture"), fine.extent, 14.0)
    along_i, along_j, along_k = (response(fine, grid, axis, scanner.fwhm_mm) for axis in (2, 1, 0))
    moved = breathing.moved_slices(fine) if breathing else slice(0, 0)
    planes = np.empty((fine.shape[0], *grid.shape[1:]), np.float32)
    moving = np.empty((moved.stop - moved.start, *grid.shape[1:]), np.float32)

    def flattened(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        return (along_i @ np.ascontiguousarray((along_j @ plane).T)).T

    def scan(start: int) -> None:
        stop = min(start + _SLAB, fine.shape[0])
        slab = drawing.painted(start, stop, uptake.suv, lambda lesion: lesion.uptake)
        spread = uptake.texture[drawing.tissues[start:stop]]
        spread *= texture.on(fine.slab(start, stop).axes)
        slab += slab * spread
        for k, plane in enumerate(slab, start):
            planes[k] = flattened(plane)
            if moved.start <= k < moved.stop:
                moving[k - moved.start] = flattened(plane * MOVING[drawing.tissues[k]])

    in_slabs(scan, fine.shape[0], _SLAB)
    seen = along_k @ planes.reshape(fine.shape[0], -1)
    if breathing and moving.size:
        change = (along_k @ breathing.average(fine) - along_k)[:, moved]
        seen += change.astype(np.float32) @ moving.reshape(moving.shape[0], -1)
    return np.maximum(seen, 0, out=seen).reshape(grid.shape)


def pet_scan(
    seen: NDArray[np.float32],
    grid: Grid,
    drawing: Drawing,
    by_ct: Drawing,
    noise: Noise,
    scanner: Scanner,
    seeds: Seeds,
) -> NDArray[np.float32]:
    """Return the PET with attenuation and scatter corrected, and with noise.

    Attenuation is corrected by what the CT showed: where breathing had moved the diaphragm, by too little or too much.

    Parameters
    ----------
    seen : ndarray, shape (k, j, i)
        What `emission` returned (g/mL).
    grid : Grid
        Its grid.
    drawing, by_ct : Drawing
        The patient on average over the PET, and at the moment of the CT.
    noise : Noise
        Of this scan.
    scanner : Scanner
        Its scatter.
    seeds : Seeds
        The patient's.

    Returns
    -------
    ndarray, shape (k, j, i), float32
        SUVbw (g/mL), never negative.
    """
    coarse = coarse_grid(grid, _COARSE_MM)
    projector = Projector(coarse, _ANGLES)
    true = projector.forward(attenuation_map(drawing, coarse))
    surviving = np.maximum(projector.back(survival(true)), np.float32(1e-4))
    factor = projector.back(np.ones_like(true))
    if by_ct is not drawing:
        factor = projector.back(survival(true - projector.forward(attenuation_map(by_ct, coarse))))
    wide = smoothed(_coarsened(seen, grid, coarse), [scanner.scatter_mm * TO_SIGMA / step for step in coarse.spacing])
    body = np.sqrt(np.float32(_USUAL_SURVIVAL) / surviving)
    expected = seen * _refined(factor, coarse, grid) + _refined(wide * np.float32(scanner.scatter), coarse, grid)
    return noise.added(expected, grid.spacing, _refined(body, coarse, grid), seeds.stream("pet noise"))


def uncorrected_scan(
    seen: NDArray[np.float32], grid: Grid, drawing: Drawing, noise: Noise, seeds: Seeds
) -> NDArray[np.float32]:
    """Return the PET without attenuation correction, reconstructed from attenuated line integrals.

    Lungs and skin come out bright and the middle of the body dark, as on a scanner.

    Parameters
    ----------
    seen : ndarray, shape (k, j, i)
        What `emission` returned (g/mL).
    grid : Grid
        Its grid.
    drawing : Drawing
        The patient on average over the PET.
    noise : Noise
        Of this scan.
    seeds : Seeds
        The patient's.

    Returns
    -------
    ndarray, shape (k, j, i), float32
        In g/mL as if nothing were missing: the values have no meaning as SUV.
    """
    coarse = coarse_grid(grid, _UNCORRECTED_MM)
    projector = Projector(coarse, _UNCORRECTED_ANGLES)
    image = np.empty(coarse.shape, np.float32)
    activity, attenuation = _coarsened(seen, grid, coarse), attenuation_map(drawing, coarse)
    for start in range(0, coarse.shape[0], _SLAB):
        part = slice(start, start + _SLAB)
        lines = projector.forward(activity[part]) * survival(projector.forward(attenuation[part]))
        image[part] = projector.filtered_back(lines)
    level = replace(noise, at_suv=noise.at_suv * _USUAL_SURVIVAL)
    everywhere = np.ones((grid.shape[0], 1, 1), np.float32)
    return level.added(_refined(image, coarse, grid), grid.spacing, everywhere, seeds.stream("uncorrected noise"))


def _coarsened(image: NDArray[np.float32], grid: Grid, coarse: Grid) -> NDArray[np.float32]:
    """Average an image over the voxels of a coarser grid (with a blur of one tenth of its step)."""
    along_k, along_j, along_i = (response(grid, coarse, axis, 0.1 * coarse.spacing[axis]) for axis in (0, 1, 2))
    planes = (along_k @ image.reshape(grid.shape[0], -1)).reshape(-1, *grid.shape[1:])
    return np.stack([(along_i @ np.ascontiguousarray((along_j @ plane).T)).T for plane in planes])


def _refined(image: NDArray[np.float32], coarse: Grid, grid: Grid) -> NDArray[np.float32]:
    """Interpolate a coarse image."""
    along_k, along_j, along_i = (interpolation(coarse, grid, axis) for axis in (0, 1, 2))
    planes = [(along_i @ np.ascontiguousarray((along_j @ plane).T)).T for plane in image]
    flat = np.stack(planes).reshape(coarse.shape[0], -1)
    return (along_k @ flat).reshape(grid.shape)
