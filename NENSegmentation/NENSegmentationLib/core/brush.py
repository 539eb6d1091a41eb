"""The brush: the voxels that a sphere sweeps along a path."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import Box, union, within
from .errors import MethodError
from .reference_region import Point, sphere
from .volume import index_to_ras

# A rim voxel must not be lost to the rounding of its position; as in `Ellipsoid.voxels_of`.
_RIM = 1 + 1e-9


def stroke(image: sitk.Image, path: Sequence[Point], diameter_mm: float) -> tuple[Box, NDArray[np.bool_]]:
    """Find the voxels whose centre a sphere covers while its own centre goes along straight lines from point to point.

    Parameters
    ----------
    image : SimpleITK.Image
        The grid.
    path : sequence of tuple of float
        RAS mm, one point or more.
    diameter_mm : float
        Of the sphere.

    Returns
    -------
    box : tuple of slice
        Holds all of them.
    mask : ndarray of bool, shape (k, j, i) of ``box``
        True in them, the rim included.

    Raises
    ------
    MethodError
        If the diameter is not a positive number, or no sphere lies within the image.
    """
    ends = [(np.array(point), sphere(point, diameter_mm).voxels_of(image)) for point in path]
    spheres = [found for _, found in ends if found is not None]
    if not spheres:
        message = "the sphere lies outside the PET image. Move it onto the lesion."
        raise MethodError(message)
    box = union(place for place, _ in spheres)
    mask = np.zeros(tuple(axis.stop - axis.start for axis in box), bool)
    for place, inside in spheres:
        mask[within(place, box)] |= inside
    for (start, first), (stop, last) in pairwise(ends):
        if first is not None and last is not None:
            between = union([first[0], last[0]])
            mask[within(between, box)] |= _near_line(image, between, start, stop, diameter_mm / 2)
    return box, mask


def _near_line(
    image: sitk.Image, box: Box, start: NDArray[np.float64], stop: NDArray[np.float64], radius_mm: float
) -> NDArray[np.bool_]:
    along = stop - start
    points = index_to_ras(image, np.moveaxis(np.mgrid[box], 0, -1)) - start
    length = float(along @ along)
    part = np.clip(points @ along / length, 0, 1) if length > 0 else np.zeros(points.shape[:-1])
    near: NDArray[np.bool_] = ((points - part[..., None] * along) ** 2).sum(axis=-1) <= radius_mm**2 * _RIM
    return near
