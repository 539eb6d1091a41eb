"""The reference region: normal liver (or spleen), and the threshold that follows from its uptake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from .body import Body
from .boxes import Box, box_between, box_of, grown, union, within
from .errors import MethodError
from .volume import index_to_ras, ras_from_index, ras_to_index, shape, voxels

DIAMETER_MM = 30.0
"""Usual diameter of a spherical reference region (Wehrend et al. 2021)."""

MINIMUM_VOXELS = 20
HIGHEST_USUAL_CV = 0.25

# What holds or touches tumour reaches above 1.5 * mean + 2 * SD of itself. In the liver that is the threshold, so the
# region would be segmented as tumour; in the spleen the threshold lies below the mean, and says nothing of this.
_HOT_MEANS, _HOT_SDS = 1.5, 2.0

Point = tuple[float, float, float]


class Organ(str, Enum):
    """Organ of a reference region."""

    LIVER = "liver"
    SPLEEN = "spleen"


PROPOSED, PLACED = "proposed", "placed"


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid along the patient's axes; a sphere where the three diameters are equal.

    Attributes
    ----------
    centre_ras : tuple of float
        Centre, RAS mm.
    diameters_mm : tuple of float
        Diameters along R, A and S.
    """

    centre_ras: Point
    diameters_mm: Point

    def voxels_of(self, image: sitk.Image) -> tuple[Box, NDArray[np.bool_]] | None:
        """Find the voxels whose centre lies within, the rim included.

        Parameters
        ----------
        image : SimpleITK.Image
            The grid.

        Returns
        -------
        tuple of (box, ndarray of bool) or None
            A bounding box and the mask inside it; None if the ellipsoid lies outside the image.
        """
        radii = np.array(self.diameters_mm) / 2
        centre, reach = self._extent(image)
        low, high = np.ceil(centre - reach - 1), np.floor(centre + reach + 1)
        size = np.array(shape(image))
        if np.any(high < 0) or np.any(low >= size):
            return None
        box = grown(box_between(np.maximum(low, 0), np.minimum(high, size - 1)), 0, shape(image))
        index = np.moveaxis(np.mgrid[box], 0, -1)
        distance = (((index_to_ras(image, index) - self.centre_ras) / radii) ** 2).sum(axis=-1)
        # A rim voxel must not be lost to the rounding of its position.
        return box, distance <= 1 + 1e-9

    def reaches_outside(self, image: sitk.Image) -> bool:
        """Tell whether a part of it lies beyond the outermost voxels of an image."""
        centre, reach = self._extent(image)
        return bool(np.any(centre - reach < -0.5) or np.any(centre + reach > np.array(shape(image)) - 0.5))

    def _extent(self, image: sitk.Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centre, and reach to both sides of it, in voxels (k, j, i)."""
        reach = np.abs(np.linalg.inv(ras_from_index(image)[:3, :3])) @ (np.array(self.diameters_mm) / 2)
        return ras_to_index(image, self.centre_ras), reach


@dataclass(frozen=True)
class ReferenceRegion:
    """Uptake in a region of normal tissue.

    Attributes
    ----------
    organ : Organ
        Whose tissue it is.
    mask : ndarray of bool, shape (k, j, i)
        Its voxels, on the PET grid.
    mean : float
        SUVmean (g/mL).
    sd : float
        Standard deviation of the sample (ddof = 1), g/mL.
    n : int
        Number of voxels.
    warnings : tuple of str
        What a reader should look at.
    ellipsoids : tuple of Ellipsoid
        The shapes it is made of, for drawing; none if it was given as a mask.
    proposed : bool
        Whether the computer found its place, and the reader left it there.
    """

    organ: Organ
    mask: NDArray[np.bool_]
    mean: float
    sd: float
    n: int
    warnings: tuple[str, ...] = ()
    ellipsoids: tuple[Ellipsoid, ...] = ()
    proposed: bool = False

    @property
    def place(self) -> str:
        """Who found its place, in a word: the computer proposed it, or it was placed."""
        return PROPOSED if self.proposed else PLACED

    @property
    def cv(self) -> float:
        """Coefficient of variation: SD / mean."""
        return self.sd / self.mean

    def threshold(self) -> float:
        """Uptake above which a voxel counts as tumour.

        Returns
        -------
        float
            SUV (g/mL): ``1.5 * mean + 2 * SD`` in liver, ``0.67 * mean + 2 * SD`` in spleen [1]_.

        References
        ----------
        .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
        """
        factor = {Organ.LIVER: 1.5, Organ.SPLEEN: 0.67}[self.organ]
        return factor * self.mean + 2 * self.sd


def sphere(centre_ras: ArrayLike, diameter_mm: float = DIAMETER_MM) -> Ellipsoid:
    """Return a sphere as an `Ellipsoid`.

    Raises
    ------
    MethodError
        If the diameter is not a positive number, or the centre not a point.
    """
    if not (np.isfinite(diameter_mm) and diameter_mm > 0):
        message = f"the diameter {diameter_mm:g} mm is not a size. Give a positive number of millimetres."
        raise MethodError(message)
    r, a, s = (float(value) for value in np.asarray(centre_ras))
    if not np.isfinite([r, a, s]).all():
        message = f"the centre {r:g}, {a:g}, {s:g} is not a point. Give three numbers of millimetres."
        raise MethodError(message)
    return Ellipsoid((r, a, s), (float(diameter_mm),) * 3)


def region_from_ellipsoids(
    pet: sitk.Image, organ: Organ, ellipsoids: Sequence[Ellipsoid], body: Body | None = None
) -> ReferenceRegion:
    """Measure the uptake in ellipsoids, pooled over all their voxels.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    organ : Organ
        Whose tissue it is.
    ellipsoids : sequence of Ellipsoid
        One or more; a voxel in two of them counts once.
    body : Body, optional
        Of ``pet``. To find it takes longer than all the rest: whoever measures at every move of the mouse gives it.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    MethodError
        If one lies outside the image or the body, or they hold fewer than 20 voxels.
    """
    found = [_voxels_inside(pet, organ, ellipsoid) for ellipsoid in ellipsoids]
    box = union(at for at, _ in found)
    mask = np.zeros([axis.stop - axis.start for axis in box], bool)
    for at, inside in found:
        mask[within(at, box)] |= inside
    count = int(np.count_nonzero(mask))
    where = " and ".join(_written(ellipsoid) for ellipsoid in ellipsoids)
    if count < MINIMUM_VOXELS:
        message = (
            f"the reference region at {where} holds {count} voxels, and mean and SD need {MINIMUM_VOXELS} or more. "
            "Choose a larger diameter."
        )
        raise MethodError(message)
    outside = np.count_nonzero(mask & ~(body or Body(pet)).inside(box))
    if outside:
        message = (
            f"the reference region at {where} lies outside the body with {outside} of its {count} voxels. "
            f"Place it in the {organ.value}."
        )
        raise MethodError(message)
    return _measured(pet, organ, mask, box, tuple(ellipsoids))


def _voxels_inside(pet: sitk.Image, organ: Organ, ellipsoid: Ellipsoid) -> tuple[Box, NDArray[np.bool_]]:
    found = ellipsoid.voxels_of(pet)
    if found is None:
        where = _written(ellipsoid)
        message = f"the reference region at {where} lies outside the PET image. Place it in the {organ.value}."
        raise MethodError(message)
    if ellipsoid.reaches_outside(pet):
        where = _written(ellipsoid)
        message = f"the reference region at {where} reaches outside the PET image. Move it inwards."
        raise MethodError(message)
    return found


def region_from_spheres(
    pet: sitk.Image, organ: Organ, centres_ras: Sequence[ArrayLike], diameter_mm: float = DIAMETER_MM
) -> ReferenceRegion:
    """Measure the uptake in spheres, pooled; see `region_from_ellipsoids`.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    organ : Organ
        Whose tissue it is.
    centres_ras : sequence of array_like
        Centres (r, a, s) in mm.
    diameter_mm : float
        Diameter of each.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    MethodError
        As `sphere` and `region_from_ellipsoids`.
    """
    return region_from_ellipsoids(pet, organ, [sphere(centre, diameter_mm) for centre in centres_ras])


def region_from_mask(pet: sitk.Image, organ: Organ, mask: NDArray[np.bool_]) -> ReferenceRegion:
    """Measure the uptake in a mask.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    organ : Organ
        Whose tissue it is.
    mask : ndarray of bool, shape (k, j, i)
        On the grid of ``pet``.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    MethodError
        If the mask has fewer than 20 voxels.
    """
    count = int(np.count_nonzero(mask))
    box = box_of(mask)
    if box is None or count < MINIMUM_VOXELS:
        message = f"the reference region holds {count} voxels, and mean and SD need {MINIMUM_VOXELS} or more."
        raise MethodError(message)
    return _measured(pet, organ, mask[box], box, ())


def _measured(
    pet: sitk.Image, organ: Organ, mask: NDArray[np.bool_], box: Box, ellipsoids: tuple[Ellipsoid, ...]
) -> ReferenceRegion:
    """Measure the uptake in a mask that fills a box of the PET."""
    values = voxels(pet)[box][mask].astype(np.float64)
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    if mean <= 0:
        message = f"the mean uptake of the reference region is {mean:g}, which is no {organ.value}. Place it elsewhere."
        raise MethodError(message)
    everywhere = np.zeros(shape(pet), bool)
    everywhere[box] = mask
    warnings = _doubts(organ, mean, sd, _highest_at(pet, mask, box))
    return ReferenceRegion(organ, everywhere, mean, sd, len(values), warnings, ellipsoids)


def _highest_at(pet: sitk.Image, mask: NDArray[np.bool_], box: Box) -> float:
    """Return the highest uptake in a region and in the voxels next to it."""
    around = grown(box, 1, shape(pet))
    with_rim = np.zeros([axis.stop - axis.start for axis in around], bool)
    with_rim[within(box, around)] = mask
    with_rim = ndimage.binary_dilation(with_rim, np.ones((3, 3, 3), bool))
    return float(voxels(pet)[around][with_rim].max())


def _doubts(organ: Organ, mean: float, sd: float, highest: float) -> tuple[str, ...]:
    doubts = []
    if sd / mean > HIGHEST_USUAL_CV:
        doubts.append(
            f"The uptake in the reference region varies by {100 * sd / mean:.0f} % (SD / mean), more than the "
            f"{100 * HIGHEST_USUAL_CV:.0f} % of normal {organ.value}: it may hold tumour or the edge of the organ."
        )
    limit = _HOT_MEANS * mean + _HOT_SDS * sd
    if highest > limit:
        doubts.append(
            f"The reference region holds or touches high uptake (SUV {highest:.1f}, above 1.5 * mean + 2 * SD = "
            f"{limit:.1f}): tumour there would raise the threshold. Move it to even tissue."
        )
    return tuple(doubts)


def _written(ellipsoid: Ellipsoid) -> str:
    r, a, s = ellipsoid.centre_ras
    return f"R {r:.0f}, A {a:.0f}, S {s:.0f} mm"
