"""The reference region while it is moved: only the voxels around it are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.boxes import union, within
from ..core.reference_region import (
    MINIMUM_VOXELS,
    Ellipsoid,
    Organ,
    ReferenceRegion,
    region_from_ellipsoids,
    region_from_mask,
)
from ..core.volume import shape
from .errors import SceneError


def live_region(
    pet: sitk.Image, body: NDArray[np.bool_], organ: Organ, ellipsoids: Sequence[Ellipsoid]
) -> ReferenceRegion:
    """Measure the uptake in ellipsoids as `region_from_ellipsoids` does, fast enough for every move of the mouse.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    body : ndarray of bool, shape (k, j, i)
        ``body_mask(pet)``, which takes longer than all the rest and stays the same.
    organ : Organ
        Whose tissue it is.
    ellipsoids : sequence of Ellipsoid
        One or more; a voxel in two of them counts once.

    Returns
    -------
    ReferenceRegion
        The same as `region_from_ellipsoids`.

    Raises
    ------
    MethodError
        If one lies or reaches outside the image, or they hold fewer than 20 voxels.
    SceneError
        If they lie outside the body.
    """
    found = [ellipsoid.voxels_of(pet) for ellipsoid in ellipsoids]
    if None in found or any(ellipsoid.reaches_outside(pet) for ellipsoid in ellipsoids):
        return region_from_ellipsoids(pet, organ, ellipsoids)
    box = union(at for at, _ in found)
    inside = np.zeros([axis.stop - axis.start for axis in box], bool)
    for at, mask in found:
        inside[within(at, box)] |= mask
    count = np.count_nonzero(inside)
    if count < MINIMUM_VOXELS:
        return region_from_ellipsoids(pet, organ, ellipsoids)
    outside = np.count_nonzero(inside & ~body[box])
    if outside:
        message = (
            f"the reference region lies outside the body with {outside} of its {count} voxels. "
            f"Place it in the {organ.value}."
        )
        raise SceneError(message)
    k, j, i = box
    around = region_from_mask(pet[i, j, k], organ, inside)
    whole = np.zeros(shape(pet), bool)
    whole[box] = inside
    return replace(around, mask=whole, ellipsoids=tuple(ellipsoids))
