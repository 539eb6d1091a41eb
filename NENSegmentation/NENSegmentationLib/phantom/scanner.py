"""What a PET/CT scanner makes of a patient: resolution, partial volume and noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse, special

from .fields import SmoothField
from .grid import Grid, Slices
from .lesions import Tumour
from .seeds import Seeds
from .tissues import TISSUES
from .uptake import Uptake

FWHM_MM = 5.0
"""Resolution of the PET, reconstruction and filter included (assumed; Gaussian)."""

NOISE_FWHM_MM = 5.5
"""Correlation of the PET's noise (assumed)."""

LIVER_NOISE = 0.125
"""Noise of the PET where the uptake is that of liver, relative (assumed)."""

CT_NOISE_HU = 11.0
"""Noise of the CT (assumed, low dose)."""

# Gaussians in CT pixels: the blur of its edges and the grain of its noise.
_CT_BLUR, _CT_GRAIN = 0.6, 0.7
_TO_SIGMA = 1 / math.sqrt(8 * math.log(2))
_SLAB = 24


@dataclass(frozen=True)
class Drawing:
    """A patient drawn finely enough to be scanned.

    Parameters
    ----------
    grid : Grid
        The fine grid: the CT's in plane, a whole number of slices for each slice of the scan.
    tissues : ndarray, shape (k, j, i), uint8
        Tissue codes.
    lesions : sequence of (Tumour, box, filled part)
        What each lesion fills of the voxels in its box.
    """

    grid: Grid
    tissues: NDArray[np.uint8]
    lesions: Sequence[tuple[Tumour, Slices, NDArray[np.float32]]]

    def painted(
        self, start: int, stop: int, values: NDArray[np.float32], lesion_value: Callable[[Tumour], float]
    ) -> NDArray[np.float32]:
        """Return slices ``start`` to ``stop`` with each tissue's value, and the lesions' in place of it."""
        slab = values[self.tissues[start:stop]]
        for tumour, (k, j, i), filled in self.lesions:
            first, last = max(k.start, start), min(k.stop, stop)
            if first < last:
                part = slab[first - start : last - start, j, i]
                part += filled[first - k.start : last - k.start] * (np.float32(lesion_value(tumour)) - part)
        return slab


def pet_scan(drawing: Drawing, grid: Grid, uptake: Uptake, seeds: Seeds, liver_suv: float) -> NDArray[np.float32]:
    """Scan the patient's uptake.

    Each voxel is the mean over its volume of the uptake blurred by the scanner's Gaussian resolution, worked out from
    the finer drawing, plus correlated noise that grows with the local uptake.

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
    liver_suv : float
        Uptake (g/mL) at which the relative noise is `LIVER_NOISE`.

    Returns
    -------
    ndarray, shape (k, j, i), float32
        SUVbw (g/mL), never negative.
    """
    fine, wide = drawing.grid, _around(drawing.grid)
    texture = SmoothField(seeds.stream("pet texture"), wide, 14.0)
    along_i, along_j, along_k = (_response(fine, grid, axis) for axis in (2, 1, 0))
    planes = np.empty((fine.shape[0], *grid.shape[1:]), np.float32)

    def scan(start: int) -> None:
        stop = min(start + _SLAB, fine.shape[0])
        slab = drawing.painted(start, stop, uptake.suv, lambda tumour: tumour.suv)
        spread = uptake.texture[drawing.tissues[start:stop]]
        spread *= texture.on(fine.slab(start, stop).axes)
        slab += slab * spread
        for k, plane in enumerate(slab, start):
            planes[k] = (along_i @ np.ascontiguousarray((along_j @ plane).T)).T

    _in_slabs(scan, fine.shape[0])
    seen = (along_k @ planes.reshape(fine.shape[0], -1)).reshape(grid.shape)
    return _noisy(seen, grid, seeds.stream("pet noise"), liver_suv)


def ct_scan(drawing: Drawing, grid: Grid, seeds: Seeds) -> NDArray[np.int16]:
    """Scan the patient's CT numbers.

    Parameters
    ----------
    drawing : Drawing
        The patient; its grid has a whole number of slices for each slice of ``grid``, and the same planes.
    grid : Grid
        The CT's.
    seeds : Seeds
        The patient's.

    Returns
    -------
    ndarray, shape (k, j, i), int16
        Hounsfield units, -1024 to 3071.
    """
    values, spread = np.zeros((2, 256), np.float32)
    values[: len(TISSUES)] = [tissue.hounsfield for tissue in TISSUES]
    spread[: len(TISSUES)] = [tissue.texture for tissue in TISSUES]
    texture = SmoothField(seeds.stream("ct texture"), _around(drawing.grid), 6.0)
    thin = drawing.grid.shape[0] // grid.shape[0]
    step = _SLAB // thin * thin
    grain = np.float32(CT_NOISE_HU * _coarsening((_CT_GRAIN,) * 2))
    scan = np.empty(grid.shape, np.int16)

    def slices(start: int) -> None:
        stop = min(start + step, drawing.grid.shape[0])
        slab = drawing.painted(start, stop, values, lambda tumour: tumour.site.hounsfield)
        slab += spread[drawing.tissues[start:stop]] * texture.on(drawing.grid.slab(start, stop).axes)
        thick = slab.reshape(-1, thin, *slab.shape[1:]).mean(axis=1)
        for k, plane in enumerate(thick, start // thin):
            noise = seeds.stream("ct noise", k).standard_normal(plane.shape, dtype=np.float32)
            seen = _smoothed(plane, (_CT_BLUR,) * 2) + _smoothed(noise, (_CT_GRAIN,) * 2) * grain
            np.clip(np.rint(seen), -1024, 3071, out=seen)
            scan[k] = seen

    _in_slabs(slices, drawing.grid.shape[0], step)
    return scan


def _noisy(seen: NDArray[np.float32], grid: Grid, random: np.random.Generator, liver_suv: float) -> NDArray[np.float32]:
    noise = random.standard_normal(grid.shape, dtype=np.float32)
    sigma = [NOISE_FWHM_MM * _TO_SIGMA / step for step in grid.spacing]
    noise = _smoothed(noise, sigma)
    # Iterative reconstruction: the noise follows the uptake, a little less than in proportion.
    noise *= np.sqrt(seen * np.sqrt(seen)) * np.float32(
        LIVER_NOISE * math.sqrt(math.sqrt(liver_suv)) * _coarsening(sigma)
    )
    noise += seen
    return np.maximum(noise, 0, out=noise)


def _smoothed(image: NDArray[np.float32], sigma: Sequence[float]) -> NDArray[np.float32]:
    for axis, width in enumerate(sigma):
        image = ndimage.correlate1d(image, _gaussian(width), axis)
    return image


def _coarsening(sigma: Sequence[float]) -> float:
    """Return by how much smoothing lowers the standard deviation of white noise."""
    return 1 / math.prod(math.sqrt(float((_gaussian(width) ** 2).sum())) for width in sigma)


def _gaussian(sigma: float) -> NDArray[np.float64]:
    x = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1) / sigma
    weights = np.exp(-0.5 * x * x)
    # Rounded, so that the last digit of a machine's exponential makes no difference.
    return np.rint(weights / weights.sum() * 2.0**30) * 2.0**-30


def _response(fine: Grid, grid: Grid, axis: int) -> sparse.csr_array:
    """Return what each fine voxel gives to each voxel of the scan along one axis: a Gaussian averaged over both."""
    into, out = grid.axes[2 - axis].astype(float), fine.axes[2 - axis].astype(float)
    sigma, width, step = FWHM_MM * _TO_SIGMA, grid.spacing[axis], fine.spacing[axis]
    away = out[None, :] - into[:, None]
    weights = _collected(away + step / 2, width, sigma) - _collected(away - step / 2, width, sigma)
    # Rounded, so that the last digit of a machine's exponential makes no difference.
    return sparse.csr_array(np.rint(weights * 2.0**22).astype(np.float32) * np.float32(2.0**-22))


def _collected(x: NDArray[np.float64], width: float, sigma: float) -> NDArray[np.float64]:
    def integral(t: NDArray[np.float64]) -> NDArray[np.float64]:
        return t * (1 + special.erf(t / math.sqrt(2))) / 2 + np.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    return sigma / width * (integral((x + width / 2) / sigma) - integral((x - width / 2) / sigma))


def _around(grid: Grid) -> tuple:
    return tuple((float(axis.min()), float(axis.max())) for axis in grid.axes)


def _in_slabs(work: Callable[[int], None], slices: int, step: int = _SLAB) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(0, slices, step)))
