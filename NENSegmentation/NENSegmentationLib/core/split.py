"""Dividing a confluent lesion where its uptake is lowest between two maxima; the lesion map is not changed here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .errors import MethodError
from .lesion import Lesion
from .lesions import LesionMap
from .reference_region import Point
from .volume import ras_to_index, spacing, voxels

SMOOTHING_MM = 2.0
"""Standard deviation of the Gaussian by which the uptake is smoothed: 4.7 mm full width at half maximum."""

DEPTH = 0.1
"""A maximum counts if the uptake falls by this part of it on every way to a higher one. After the smoothing, noise of
10 % makes no second maximum in an even lesion; spheres of 10 and 8 mm radius, 2 mm apart, have two."""

# The watershed sorts its voxels by height: so many steps inside the lesion, and one above all of them outside.
_HEIGHTS = 4095
# Uptake has no logarithm at zero; a thousandth (of the maximum, and of SUV 1) is far under what a lesion holds.
_FLOOR = 1e-3
# Where the uptake is as even as this there is nothing to sort, and nothing to divide by.
_EVEN = 1e-12


def split_by_watershed(
    lesion_map: LesionMap, lesion_id: int, *, depth: float = DEPTH, smoothing_mm: float = SMOOTHING_MM
) -> NDArray[np.int32]:
    """Divide a lesion into one part a maximum.

    The uptake inside the lesion is smoothed without looking outside it. Its maxima are the h-maxima [1]_ of the
    logarithm of the uptake, so that the depth is a part of the lower of two maxima. From them a seeded watershed [2]_
    floods the lesion from high uptake to low.

    Parameters
    ----------
    lesion_map : LesionMap
        Where the lesion is.
    lesion_id : int
        Id of the lesion.
    depth : float
        Between 0 and 1: by which part the uptake falls below a maximum on every way to a higher one.
    smoothing_mm : float
        Standard deviation of the Gaussian, mm; 0 for none.

    Returns
    -------
    ndarray of int32, shape (k, j, i) of the lesion's box
        1, 2, ... on the voxels of the lesion, the largest part first; 0 elsewhere. For `LesionMap.split`.

    Raises
    ------
    MethodError
        If there is no such lesion, it has one maximum only, or ``depth`` or ``smoothing_mm`` is no possible value.

    References
    ----------
    .. [1] Soille, Morphological Image Analysis, 2nd ed. 2003, chapter 6.3.
    .. [2] Beare and Lehmann, The watershed transform in ITK, Insight Journal 2006.
    """
    if not 0 < depth < 1:
        message = f"the depth {depth:g} is no part of a maximum. Give a number between 0 and 1, usually {DEPTH:g}."
        raise MethodError(message)
    lesion = _lesion(lesion_map, lesion_id)
    inside = lesion_map.labels[lesion.box] == lesion_id
    height = _log_uptake(lesion_map, lesion, inside, smoothing_mm)
    markers, count = _maxima(height, inside, -float(np.log1p(-depth)))
    if count < 2:
        message = (
            f"{lesion.name} has one maximum only that is {100 * depth:g} % deep, so there is nothing to split. "
            "Place a point in each part, or choose a smaller depth."
        )
        raise MethodError(message)
    parts = _flooded(height, inside, markers)
    sizes = np.bincount(parts[inside], minlength=count + 1)[1:]
    rank = np.zeros(count + 1, np.int32)
    rank[1 + np.argsort(-sizes, kind="stable")] = np.arange(1, count + 1)
    return rank[parts]


def split_by_points(
    lesion_map: LesionMap, lesion_id: int, points_ras: Sequence[Point], *, smoothing_mm: float = SMOOTHING_MM
) -> NDArray[np.int32]:
    """Divide a lesion into one part a point, by the watershed of `split_by_watershed` from the points' voxels.

    Where the uptake has a valley between two points the parts meet in it; where it is even, half-way.

    Parameters
    ----------
    lesion_map : LesionMap
        Where the lesion is.
    lesion_id : int
        Id of the lesion.
    points_ras : sequence of tuple of float
        Two points or more in the lesion, RAS mm, no two in one voxel.
    smoothing_mm : float
        Standard deviation of the Gaussian, mm; 0 for none.

    Returns
    -------
    ndarray of int32, shape (k, j, i) of the lesion's box
        n on the part of the n-th point, from 1; 0 outside the lesion. For `LesionMap.split`.

    Raises
    ------
    MethodError
        If there is no such lesion, there are fewer than two points, one lies outside the lesion, two lie in one
        voxel, or ``smoothing_mm`` is no possible value.
    """
    lesion = _lesion(lesion_map, lesion_id)
    if len(points_ras) < 2:
        message = f"{lesion.name} is split by a point in each part, two or more. Place another point."
        raise MethodError(message)
    inside = lesion_map.labels[lesion.box] == lesion_id
    markers = np.zeros(inside.shape, np.int32)
    for number, ras in enumerate(points_ras, start=1):
        index = _voxel(lesion_map, lesion, ras)
        if markers[index]:
            message = f"points {markers[index]} and {number} lie in one voxel of {lesion.name}. Place them apart."
            raise MethodError(message)
        markers[index] = number
    return _flooded(_log_uptake(lesion_map, lesion, inside, smoothing_mm), inside, markers)


def _lesion(lesion_map: LesionMap, lesion_id: int) -> Lesion:
    if lesion_id not in lesion_map.lesions:
        message = f"there is no lesion {lesion_id}. Choose one of those in the list."
        raise MethodError(message)
    return lesion_map.lesions[lesion_id]


def _voxel(lesion_map: LesionMap, lesion: Lesion, ras: Point) -> tuple[int, int, int]:
    """Return the voxel of a point within the lesion's box."""
    found = lesion_map.at(ras)
    if found is None or found.id != lesion.id:
        r, a, s = ras
        message = f"the point R {r:.0f}, A {a:.0f}, S {s:.0f} mm lies outside {lesion.name}. Place it in the lesion."
        raise MethodError(message)
    position = np.rint(ras_to_index(lesion_map.pet, ras)).astype(int)
    k, j, i = (int(n) - place.start for n, place in zip(position, lesion.box, strict=True))
    return k, j, i


def _log_uptake(
    lesion_map: LesionMap, lesion: Lesion, inside: NDArray[np.bool_], smoothing_mm: float
) -> NDArray[np.float32]:
    if not (np.isfinite(smoothing_mm) and smoothing_mm >= 0):
        message = f"the smoothing by {smoothing_mm:g} mm is no length. Give 0 mm or more."
        raise MethodError(message)
    sigma = [smoothing_mm / step for step in spacing(lesion_map.pet)]
    uptake = np.where(inside, voxels(lesion_map.pet)[lesion.box], 0)
    # The mean over the part of the Gaussian that lies in the lesion: what is outside must not pull its rim down.
    weight = ndimage.gaussian_filter(inside.astype(np.float32), sigma, mode="constant")
    total = ndimage.gaussian_filter(uptake, sigma, mode="constant")
    smooth = np.where(inside, total / np.where(inside, weight, 1), 0)
    return np.log(np.maximum(smooth, max(_FLOOR * float(smooth.max()), _FLOOR)))


def _maxima(height: NDArray[np.float32], inside: NDArray[np.bool_], depth: float) -> tuple[NDArray[np.int32], int]:
    """Find and number the maxima that stand by more than ``depth``; parts that do not touch have one each."""
    ground = float(height[inside].min()) - depth - 1
    terrain = sitk.GetImageFromArray(np.where(inside, height, np.float32(ground)))
    # sitk.HMaxima knows face neighbours only.
    lowered = sitk.ReconstructionByDilation(terrain - depth, terrain, fullyConnected=True)
    tops = sitk.RegionalMaxima(lowered, fullyConnected=True)
    markers, count = ndimage.label((sitk.GetArrayViewFromImage(tops) > 0) & inside, np.ones((3, 3, 3)))
    return markers.astype(np.int32), int(count)


def _flooded(height: NDArray[np.float32], inside: NDArray[np.bool_], markers: NDArray[np.int32]) -> NDArray[np.int32]:
    top, low = float(height[inside].max()), float(height[inside].min())
    depths = (top - height) * (_HEIGHTS / max(top - low, _EVEN))
    # Outside lies above everything, so that it is flooded last and only joins parts that do not touch.
    terrain = np.where(inside, np.clip(depths, 0, _HEIGHTS), _HEIGHTS + 1).astype(np.uint16)
    parts = sitk.MorphologicalWatershedFromMarkers(
        sitk.GetImageFromArray(terrain),
        sitk.GetImageFromArray(markers.astype(np.uint16)),
        markWatershedLine=False,
        fullyConnected=True,
    )
    return np.where(inside, sitk.GetArrayViewFromImage(parts), 0).astype(np.int32)
