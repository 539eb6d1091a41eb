"""SUVpeak: the highest mean uptake of a 1 mL sphere whose centre lies in the lesion."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RADIUS_MM = (3 / (4 * np.pi)) ** (1 / 3) * 10
"""Radius of a sphere of 1 mL: 6.204 mm."""

# Lines through each voxel, along k and along j, on which the part inside the sphere is measured.
_SUBSAMPLES = 48
# Sphere centres gathered at a time: their neighbourhoods stay in the processor's cache.
_CHUNK = 1024


@lru_cache(maxsize=16)
def sphere_weights(spacing: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return the part of each voxel around a centre that lies in the 1 mL sphere.

    Parameters
    ----------
    spacing : tuple of float
        Distance between voxel centres along (k, j, i), in mm.

    Returns
    -------
    ndarray, shape (2a + 1, 2b + 1, 2c + 1)
        Between 0 and 1, symmetric about the centre voxel; the sum is the sphere's volume in voxels.
    """
    halves = [int(np.ceil(RADIUS_MM / step - 0.5)) for step in spacing]
    fine = (np.arange(_SUBSAMPLES) + 0.5) / _SUBSAMPLES - 0.5
    k, j = (
        ((np.arange(-half, half + 1)[:, None] + fine) * step).reshape(-1)
        for half, step in zip(halves[:2], spacing[:2], strict=True)
    )
    # Along i the part inside is exact: the chord of the sphere, cut at the edges of the voxels.
    chord = np.sqrt(np.maximum(RADIUS_MM**2 - k[:, None, None] ** 2 - j[:, None] ** 2, 0))
    edges = (np.arange(-halves[2], halves[2] + 2) - 0.5) * spacing[2]
    covered = np.diff(np.clip(edges, -chord, chord)) / spacing[2]
    size = [2 * half + 1 for half in halves]
    weights: NDArray[np.float64] = covered.reshape(size[0], _SUBSAMPLES, size[1], _SUBSAMPLES, size[2]).mean(
        axis=(1, 3)
    )
    weights.flags.writeable = False
    return weights


def suv_peaks(
    uptake: NDArray[np.float32],
    spacing: tuple[float, float, float],
    flat: NDArray[np.intp],
    starts: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Compute the SUVpeak of several lesions.

    The sphere may reach outside its lesion. Where it reaches outside the image, the mean is over the part inside.

    Parameters
    ----------
    uptake : ndarray of float32, shape (k, j, i)
        SUVbw (g/mL), C-contiguous.
    spacing : tuple of float
        Distance between voxel centres along (k, j, i), in mm.
    flat : ndarray of int, shape (n,)
        Flat indices of the lesions' voxels, lesion after lesion.
    starts : ndarray of int, shape (m,)
        Where in ``flat`` each lesion begins.

    Returns
    -------
    ndarray, shape (m,)
        SUVpeak of each lesion (g/mL).

    References
    ----------
    .. [1] Wahl et al., From RECIST to PERCIST, J Nucl Med 2009;50(Suppl 1):122S.
    """
    sphere = _Sphere(sphere_weights(spacing))
    means = np.empty(len(flat), np.float32)
    reaching_out = sphere.reaches_out(flat, uptake.shape)

    def fill(part: NDArray[np.intp]) -> None:
        means[part] = sphere.means_inside(uptake, flat[part])

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as threads:
        list(threads.map(fill, np.array_split(np.flatnonzero(~reaching_out), cores)))
    for chunk in _chunks(np.flatnonzero(reaching_out)):
        means[chunk] = sphere.means(uptake, flat[chunk])
    # float32 is enough to find the best centre; its mean is then taken in float64.
    stops = np.append(starts[1:], len(flat))
    best = [start + int(means[start:stop].argmax()) for start, stop in zip(starts, stops, strict=True)]
    return sphere.means(uptake, flat[best])


def _chunks(indices: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for first in range(0, len(indices), _CHUNK):
        yield indices[first : first + _CHUNK]


class _Sphere:
    """The voxels of a sphere, as offsets (k, j, i) from its centre voxel and their weights."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        self.half = np.array(weights.shape) // 2
        self.offsets = np.argwhere(weights > 0) - self.half
        self.weights = weights[weights > 0]

    def reaches_out(self, flat: NDArray[np.intp], shape: tuple[int, ...]) -> NDArray[np.bool_]:
        out = np.zeros(len(flat), bool)
        for position, half, size in zip(np.unravel_index(flat, shape), self.half, shape, strict=True):
            out |= (position < half) | (position >= size - half)
        return out

    def means_inside(self, uptake: NDArray[np.float32], flat: NDArray[np.intp]) -> NDArray[np.float32]:
        steps = self.offsets @ (np.array(uptake.strides) // uptake.itemsize)
        share = (self.weights / self.weights.sum()).astype(np.float32)
        line, means = uptake.reshape(-1), np.empty(len(flat), np.float32)
        # Buffers made once: asking the system for them again and again would cost more than the sums.
        places = np.empty((len(steps), _CHUNK), np.intp)
        values = np.empty((len(steps), _CHUNK), np.float32)
        for first in range(0, len(flat), _CHUNK):
            centres = flat[first : first + _CHUNK]
            if len(centres) < _CHUNK:
                places, values = places[:, : len(centres)].copy(), values[:, : len(centres)].copy()
            np.add(steps[:, None], centres, out=places)
            # Every place is inside the image; "clip" only spares numpy a buffer of its own.
            np.take(line, places, out=values, mode="clip")
            means[first : first + _CHUNK] = share @ values
        return means

    def means(self, uptake: NDArray[np.float32], flat: NDArray[np.intp]) -> NDArray[np.float64]:
        centres = np.stack(np.unravel_index(flat, uptake.shape), axis=-1)
        around = centres[:, None] + self.offsets
        weights = self.weights * ((around >= 0) & (around < uptake.shape)).all(axis=-1)
        values = uptake[tuple(np.clip(around, 0, np.array(uptake.shape) - 1).transpose(2, 0, 1))].astype(np.float64)
        return (values * weights).sum(axis=1) / weights.sum(axis=1)
