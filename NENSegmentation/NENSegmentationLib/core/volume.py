"""A PET or CT as a SimpleITK image: its geometry, its voxels and the way between points and voxels.

Images are three-dimensional. PET is in SUVbw (g/mL), CT in Hounsfield units. Arrays have the axis order
(k, j, i); points are right-anterior-superior (RAS) millimetres. SimpleITK itself counts (i, j, k) and measures
in left-posterior-superior (LPS): that difference is dealt with here and nowhere else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

LPS_FROM_RAS = np.array([-1.0, -1.0, 1.0])
"""Multiply a RAS point by this to get LPS, and the other way round."""

AIR_HU = -1024.0
"""Hounsfield units outside the field of view of a CT."""


# Scanners and file formats round origins and directions; a hundredth of the smallest usual voxel is still one grid.
_GRID_TOLERANCE_MM = 0.02


def voxels(image: sitk.Image) -> NDArray[Any]:
    """Return the voxels of an image without copying them.

    Parameters
    ----------
    image : SimpleITK.Image
        Any three-dimensional image.

    Returns
    -------
    ndarray, shape (k, j, i)
        Read-only view, which keeps the image alive.
    """
    return np.asarray(_Voxels(image))


class _Voxels:
    """SimpleITK's own array view does not keep its image alive: read after the image is gone, it shows other memory."""

    def __init__(self, image: sitk.Image) -> None:
        self.image = image
        self.__array_interface__ = sitk.GetArrayViewFromImage(image).__array_interface__


def image_like(array: NDArray[np.generic], reference: sitk.Image) -> sitk.Image:
    """Make an image of an array on the grid of another image.

    Parameters
    ----------
    array : ndarray, shape (k, j, i)
        Voxel values; bool is stored as uint8.
    reference : SimpleITK.Image
        Gives origin, spacing and direction.

    Returns
    -------
    SimpleITK.Image

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if array.shape != shape(reference):
        message = f"array has the shape {array.shape}, the reference image {shape(reference)}"
        raise ValueError(message)
    image = sitk.GetImageFromArray(array.astype(np.uint8) if array.dtype == bool else array)
    image.CopyInformation(reference)
    return image


def shape(image: sitk.Image) -> tuple[int, int, int]:
    """Return the number of voxels along (k, j, i)."""
    i, j, k = image.GetSize()
    return k, j, i


def spacing(image: sitk.Image) -> tuple[float, float, float]:
    """Return the distance between voxel centres along (k, j, i), in mm."""
    i, j, k = image.GetSpacing()
    return k, j, i


def voxel_volume_ml(image: sitk.Image) -> float:
    """Return the volume of one voxel in mL."""
    return float(np.prod(image.GetSpacing())) / 1000.0


def ras_from_index(image: sitk.Image) -> NDArray[np.float64]:
    """Return the 4x4 matrix that takes a voxel (k, j, i, 1) to its centre in RAS mm.

    Parameters
    ----------
    image : SimpleITK.Image
        A three-dimensional image.

    Returns
    -------
    ndarray, shape (4, 4)
        ``ras = matrix @ (k, j, i, 1)``.
    """
    direction = np.array(image.GetDirection()).reshape(3, 3)
    matrix = np.eye(4)
    matrix[:3, :3] = (LPS_FROM_RAS[:, None] * direction * np.array(image.GetSpacing()))[:, ::-1]
    matrix[:3, 3] = LPS_FROM_RAS * np.array(image.GetOrigin())
    return matrix


def index_to_ras(image: sitk.Image, index: ArrayLike) -> NDArray[np.float64]:
    """Return the RAS mm of (fractional) voxel positions.

    Parameters
    ----------
    image : SimpleITK.Image
        The grid.
    index : array_like, shape (..., 3)
        Positions (k, j, i).

    Returns
    -------
    ndarray, shape (..., 3)
        Points (r, a, s) in mm.
    """
    matrix = ras_from_index(image)
    return np.asarray(index, float) @ matrix[:3, :3].T + matrix[:3, 3]


def ras_to_index(image: sitk.Image, ras: ArrayLike) -> NDArray[np.float64]:
    """Return the fractional voxel positions of RAS points.

    Parameters
    ----------
    image : SimpleITK.Image
        The grid.
    ras : array_like, shape (..., 3)
        Points (r, a, s) in mm.

    Returns
    -------
    ndarray, shape (..., 3)
        Positions (k, j, i); outside the image they are below 0 or above ``shape - 1``.
    """
    matrix = ras_from_index(image)
    return (np.asarray(ras, float) - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T


def same_grid(first: sitk.Image, second: sitk.Image) -> bool:
    """Tell whether two images share a grid: the same shape, and every corner within 0.02 mm."""
    if first.GetSize() != second.GetSize():
        return False
    corners = np.array(np.meshgrid(*([0, n - 1] for n in shape(first)))).reshape(3, -1).T
    apart = index_to_ras(first, corners) - index_to_ras(second, corners)
    return bool(np.abs(apart).max() <= _GRID_TOLERANCE_MM)


def resampled(image: sitk.Image, reference: sitk.Image, *, outside: float, labels: bool = False) -> sitk.Image:
    """Resample an image to the grid of another.

    Parameters
    ----------
    image : SimpleITK.Image
        The image to resample, for example a CT.
    reference : SimpleITK.Image
        The grid to resample to, for example the PET.
    outside : float
        Value of voxels outside ``image``.
    labels : bool
        Nearest neighbour (for label maps) instead of linear interpolation.

    Returns
    -------
    SimpleITK.Image
        On the grid of ``reference``, with the voxel type of ``image``.
    """
    interpolator = sitk.sitkNearestNeighbor if labels else sitk.sitkLinear
    return sitk.Resample(image, reference, sitk.Transform(), interpolator, outside)


def ct_on_grid(ct: sitk.Image, pet: sitk.Image) -> sitk.Image:
    """Resample a CT to the grid of the PET (linear).

    Parameters
    ----------
    ct : SimpleITK.Image
        Hounsfield units.
    pet : SimpleITK.Image
        Gives the grid.

    Returns
    -------
    SimpleITK.Image
        Hounsfield units, float32; air (-1024) where the CT does not reach, and where scanners pad with less.
    """
    padded = sitk.Clamp(sitk.Cast(ct, sitk.sitkFloat32), lowerBound=AIR_HU, upperBound=float(np.finfo(np.float32).max))
    return padded if same_grid(ct, pet) else resampled(padded, pet, outside=AIR_HU)
