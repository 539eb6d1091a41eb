"""A PET or CT as a SimpleITK image: its geometry, its voxels and the way between points and voxels.

Images are three-dimensional. PET is in SUVbw (g/mL), CT in Hounsfield units. Arrays have the axis order
(k, j, i); points are right-anterior-superior (RAS) millimetres. SimpleITK itself counts (i, j, k) and measures
in left-posterior-superior (LPS): that difference is dealt with here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

from .errors import MethodError
from .nifti import count_not_finite, is_nifti
from .output import OutputError

LPS_FROM_RAS = np.array([-1.0, -1.0, 1.0])
"""Multiply a RAS point by this to get LPS, and the other way round."""

AIR_HU = -1024.0
"""Hounsfield units outside the field of view of a CT."""

# The bladder reaches a few hundred; activity concentrations in Bq/mL reach tens of thousands.
_LARGEST_LIKELY_SUV = 1000.0
# Blood alone has more, with any tracer and in any patient.
_SMALLEST_LIKELY_SUV = 0.1

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


def read_image(path: Path) -> sitk.Image:
    """Read a three-dimensional NIfTI or NRRD file.

    Parameters
    ----------
    path : Path
        A .nii, .nii.gz or .nrrd file.

    Returns
    -------
    SimpleITK.Image

    Raises
    ------
    MethodError
        If there is no such file, it cannot be read or is cut off, it is not three-dimensional, its axes are not at
        right angles, or voxels of a NIfTI are no numbers.
    """
    if not path.is_file():
        message = f"{path}: there is no such file. Give the path of an existing NIfTI or NRRD image."
        raise MethodError(message)
    # Before ITK reads it, because ITK fills what is missing with zeros.
    not_finite = count_not_finite(path) if is_nifti(path) else 0
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        message = f"{path.name}: this is not a readable image. Give a NIfTI (.nii, .nii.gz) or NRRD (.nrrd) file."
        raise MethodError(message) from error
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[:, :, :, 0]
    _require_upright_axes(image, path.name)
    if "complex" in image.GetPixelIDTypeAsString():
        message = f"{path.name}: the voxels are complex numbers. Give an image of plain numbers."
        raise MethodError(message)
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        size = " x ".join(str(n) for n in image.GetSize())
        message = f"{path.name}: the image is {image.GetDimension()}-D ({size}). Give one three-dimensional image."
        raise MethodError(message)
    _refuse_not_finite(not_finite, path.name)
    return image


def write_image(path: Path, image: sitk.Image) -> None:
    """Write an image, compressed, and make sure that it reached the disk.

    ITK's writers can report success when a full disk has swallowed the last bytes, so the file is read back.

    Parameters
    ----------
    path : Path
        A .nii.gz or .nrrd file, replaced if it is there.
    image : SimpleITK.Image
        Any three-dimensional image.

    Raises
    ------
    OutputError
        If what can be read back is not what was to be written.
    """
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
        complete = np.array_equal(voxels(sitk.ReadImage(str(path))), voxels(image))
    except RuntimeError:
        complete = False
    if not complete:
        message = f"{path.name}: the image could not be written to its end. Free some space or name another place."
        raise OutputError(message)


def read_suv(path: Path) -> sitk.Image:
    """Read a PET image that is already in SUVbw.

    Parameters
    ----------
    path : Path
        A .nii, .nii.gz or .nrrd file in g/mL.

    Returns
    -------
    SimpleITK.Image
        float32, SUVbw (g/mL).

    Raises
    ------
    MethodError
        As `read_image` and `checked_suv`.
    """
    pet = sitk.Cast(read_image(path), sitk.sitkFloat32)
    return checked_suv(pet, path.name)


def read_labels(path: Path) -> sitk.Image:
    """Read a label map.

    Parameters
    ----------
    path : Path
        A .nii, .nii.gz or .nrrd file of whole numbers, also if they are stored as floating point.

    Returns
    -------
    SimpleITK.Image
        Of an integer type.

    Raises
    ------
    MethodError
        As `read_image`, or if a voxel is no whole number.
    """
    image = read_image(path)
    values = voxels(image)
    if np.issubdtype(values.dtype, np.integer):
        return image
    if not np.array_equal(values, np.rint(values)):
        message = f"{path.name}: a label map holds whole numbers, and this image does not. Give a label map."
        raise MethodError(message)
    if values.size and np.abs(values).max() > np.iinfo(np.int32).max:
        message = f"{path.name}: the label map holds a value that is too large. Number the lesions from 1."
        raise MethodError(message)
    return sitk.Cast(image, sitk.sitkInt32)


def checked_suv(pet: sitk.Image, name: str) -> sitk.Image:
    """Return a PET image after making sure that its voxels can be uptake.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    name : str
        What to call the image in the message.

    Returns
    -------
    SimpleITK.Image
        ``pet`` itself.

    Raises
    ------
    MethodError
        If a voxel is not a finite number, or none is above zero.
    """
    values = voxels(pet)
    # The sum of finite float32 values in float64 is finite, and NaN or infinity survives it: one pass, no copy.
    with np.errstate(invalid="ignore"):
        total = values.sum(dtype=np.float64)
    if not np.isfinite(total):
        _refuse_not_finite(int(np.count_nonzero(~np.isfinite(values))), name)
    if not values.size or values.max() <= 0:
        message = f"{name}: no voxel is above zero, so this is no PET uptake. Give the PET image in SUV."
        raise MethodError(message)
    return pet


def doubtful_suv(pet: sitk.Image) -> tuple[str, ...]:
    """Return a warning if the highest voxel is no SUV that a patient has: wrong units, weight or dose, most often.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).

    Returns
    -------
    tuple of str
        One warning, or none.
    """
    largest = float(voxels(pet).max())
    if _SMALLEST_LIKELY_SUV <= largest <= _LARGEST_LIKELY_SUV:
        return ()
    return (
        f"The largest voxel is {largest:g}, which is hardly an SUV: check that the image is in SUV and not in Bq/mL, "
        "and the weight and the dose that it was made with.",
    )


def _refuse_not_finite(count: int, name: str) -> None:
    if count:
        message = f"{name}: {count} voxels are not finite numbers (NaN or infinite). Export the image again."
        raise MethodError(message)


def _require_upright_axes(image: sitk.Image, name: str) -> None:
    direction = np.array(image.GetDirection()).reshape(image.GetDimension(), -1)
    placed = np.isfinite([*image.GetOrigin(), *image.GetSpacing(), *image.GetDirection()]).all()
    if not placed or not np.allclose(direction @ direction.T, np.eye(len(direction)), atol=1e-3):
        message = f"{name}: the axes of the image are not at right angles, or are no numbers. Export the image again."
        raise MethodError(message)
