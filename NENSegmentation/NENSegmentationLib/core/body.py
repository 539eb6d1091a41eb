"""The outline of the body, taken from the PET signal."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .volume import resampled, voxels

# Air inside the gantry scatters up to about a twentieth of the uptake of soft tissue, which is near SUV 0.5.
_BODY_SUV = 0.1
_COARSE_MM = 6.0


def body_mask(pet: sitk.Image) -> NDArray[np.bool_]:
    """Find the body: the largest connected part with uptake, its cavities filled.

    The outline is found on voxels of 6 mm, which is finer than it needs to be, and 30 times quicker than on the PET.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).

    Returns
    -------
    ndarray of bool, shape (k, j, i)
        On the grid of ``pet``; all False where nothing reaches SUV 0.1.
    """
    coarse = _coarse(pet)
    smooth = sitk.SmoothingRecursiveGaussian(coarse, _COARSE_MM)
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(smooth > _BODY_SUV))
    # Slice by slice, because lungs and bowel gas open to the ends of the scan.
    filled = ndimage.binary_fill_holes(voxels(parts) == 1, np.ones((1, 3, 3)))
    outline = sitk.GetImageFromArray(filled.astype(np.uint8))
    outline.CopyInformation(coarse)
    return voxels(resampled(outline, pet, outside=0, labels=True)).astype(bool)


def _coarse(pet: sitk.Image) -> sitk.Image:
    spacing = [max(step, _COARSE_MM) for step in pet.GetSpacing()]
    size = [
        max(1, round(n * step / coarse))
        for n, step, coarse in zip(pet.GetSize(), pet.GetSpacing(), spacing, strict=True)
    ]
    # The coarse grid covers the extent of the fine one: its first centre lies half a coarse voxel inside the edge.
    exact = [n * step / count for n, step, count in zip(pet.GetSize(), pet.GetSpacing(), size, strict=True)]
    first = [0.5 * coarse / step - 0.5 for coarse, step in zip(exact, pet.GetSpacing(), strict=True)]
    origin = pet.TransformContinuousIndexToPhysicalPoint(first)
    return sitk.Resample(
        pet, size, sitk.Transform(), sitk.sitkLinear, origin, exact, pet.GetDirection(), 0.0, sitk.sitkFloat32
    )
