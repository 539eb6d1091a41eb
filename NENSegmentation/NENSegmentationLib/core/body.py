"""The outline of the body, taken from the PET signal."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .boxes import Box, whole
from .volume import shape, voxels

# Air inside the gantry scatters up to about a twentieth of the uptake of soft tissue, which is near SUV 0.5.
_BODY_SUV = 0.1
_COARSE_MM = 6.0


class Body:
    """The body in a PET: the largest connected part with uptake, its cavities filled.

    The outline is found when it is first asked for, on voxels of 6 mm, which is finer than it needs to be, and 30 times
    quicker than on the PET.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    """

    def __init__(self, pet: sitk.Image) -> None:
        self._pet = pet

    def inside(self, box: Box) -> NDArray[np.bool_]:
        """Return which voxels of a box of the PET belong to the body; none where nothing reaches SUV 0.1.

        Parameters
        ----------
        box : Box
            Not empty.

        Returns
        -------
        ndarray of bool, shape of ``box``
        """
        outline = self._outline
        # The coarse grid covers the fine one along the same axes. In whole numbers: what lies between two coarse voxels
        # belongs to the same one in every box.
        axes = [
            (2 * np.arange(axis.start, axis.stop) + 1) * coarse // (2 * fine)
            for axis, coarse, fine in zip(box, outline.shape, shape(self._pet), strict=True)
        ]
        return outline[np.ix_(*axes)]

    @cached_property
    def _outline(self) -> NDArray[np.bool_]:
        smooth = sitk.SmoothingRecursiveGaussian(_coarse(self._pet), _COARSE_MM)
        parts = sitk.RelabelComponent(sitk.ConnectedComponent(smooth > _BODY_SUV))
        # Slice by slice, because lungs and bowel gas open to the ends of the scan.
        return ndimage.binary_fill_holes(voxels(parts) == 1, np.ones((1, 3, 3)))


def body_mask(pet: sitk.Image) -> NDArray[np.bool_]:
    """Return the voxels of the body, shape (k, j, i), on the grid of a PET (SUVbw, g/mL); see `Body`."""
    return Body(pet).inside(whole(shape(pet)))


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
