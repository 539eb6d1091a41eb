"""Image files: what may come in as a PET or a label map, and what leaves whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .errors import MethodError
from .nifti import count_not_finite, is_nifti
from .output import OutputError
from .volume import voxels

# The bladder reaches a few hundred; activity concentrations in Bq/mL reach tens of thousands.
_LARGEST_LIKELY_SUV = 1000.0
# Blood alone has more, with any tracer and in any patient.
_SMALLEST_LIKELY_SUV = 0.1


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
    if image.GetNumberOfComponentsPerPixel() != 1:
        numbers = image.GetNumberOfComponentsPerPixel()
        message = f"{path.name}: each voxel holds {numbers} numbers. Give an image with one number a voxel."
        raise MethodError(message)
    if image.GetDimension() != 3:
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
