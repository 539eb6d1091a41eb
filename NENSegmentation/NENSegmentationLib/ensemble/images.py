"""Whether a PET and a CT are what an ensemble can look at."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.body import body_mask
from ..core.image_files import checked_suv
from ..core.volume import index_to_ras, ras_to_index, shape, spacing, voxels
from .errors import EnsembleError

# The outline of the body is found on voxels of 6 mm, of which there have to be four along each axis.
_SMALLEST_MM, _SMALLEST_VOXELS = 24.0, 4
# By its definition the mean SUV of a body is near 1, and over a part of it a few; Bq/mL are thousands.
_LARGEST_MEAN_SUV = 20.0
# Finer than any end of a CT has to be known.
_SAMPLED_MM = 8.0


def checked_body(pet: sitk.Image) -> NDArray[np.bool_]:
    """Return the outline of the body in a PET, after making sure that there is one and that the PET is in SUV.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).

    Returns
    -------
    ndarray of bool, shape (k, j, i)

    Raises
    ------
    EnsembleError
        If the PET is too small, shows no body, or is not in SUV.
    MethodError
        If a voxel is not a finite number, or none is above zero.
    """
    extent = [n * step for n, step in zip(shape(pet), spacing(pet), strict=True)]
    if min(shape(pet)) < _SMALLEST_VOXELS or min(extent) < _SMALLEST_MM:
        size = " x ".join(f"{mm:.0f}" for mm in reversed(extent))
        message = f"the PET is only {size} mm, too little to see a body in. Give the whole PET."
        raise EnsembleError(message)
    checked_suv(pet, "the PET")
    body = body_mask(pet)
    if not body.any():
        message = "there is no body in the PET: hardly a voxel reaches SUV 0.1. Give a PET in SUV."
        raise EnsembleError(message)
    mean = float(voxels(pet).mean(where=body, dtype=np.float64))
    if mean > _LARGEST_MEAN_SUV:
        message = f"the mean of the body in the PET is {mean:.4g}, which is no SUV. Give a PET in SUV, not in Bq/mL."
        raise EnsembleError(message)
    return body


def covered_part(body: NDArray[np.bool_], pet: sitk.Image, ct: sitk.Image) -> float:
    """Return which part of the body the CT covers, from above 0 to 1.

    Parameters
    ----------
    body : ndarray of bool, shape (k, j, i)
        On the grid of the PET; not empty.
    pet, ct : SimpleITK.Image
        SUVbw (g/mL) and Hounsfield units.

    Raises
    ------
    EnsembleError
        If it covers nothing of it, or a voxel of it is not a finite number.
    """
    wrong = int(np.count_nonzero(~np.isfinite(voxels(ct))))
    if wrong:
        message = f"{wrong} voxels of the CT are not finite numbers (NaN or infinite). Export the CT again."
        raise EnsembleError(message)
    steps = tuple(max(1, round(_SAMPLED_MM / step)) for step in spacing(pet))
    places = np.argwhere(body[tuple(slice(None, None, step) for step in steps)]) * steps
    places = places if len(places) else np.argwhere(body)
    inside = ras_to_index(ct, index_to_ras(pet, places))
    part = float(np.mean(np.all((inside >= -0.5) & (inside <= np.array(shape(ct)) - 0.5), axis=1)))
    if part == 0:
        message = "the CT lies nowhere where the body in the PET is. Give the CT of this patient and scan."
        raise EnsembleError(message)
    return part
