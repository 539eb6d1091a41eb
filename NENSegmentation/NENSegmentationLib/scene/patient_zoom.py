"""How large the patient is shown in the slice views."""

from __future__ import annotations

from itertools import product

import numpy as np
import SimpleITK as sitk
import slicer

from ..core.boxes import box_of
from ..core.volume import index_to_ras, voxels
from .views import slice_views

# What is under this is air, or as good as air; looked at in every fourth voxel, which is near enough to zoom.
_AIR_SUV = 0.3
_EVERY = 4
_MARGIN_MM = 20.0


def zoom_to_patient(scene: slicer.vtkMRMLScene, pet: sitk.Image) -> None:
    """Let the patient fill each slice view, which had been fitted to a whole image: half of that is air or less.

    Parameters
    ----------
    scene : vtkMRMLScene
        With its slice views fitted already.
    pet : SimpleITK.Image
        SUVbw (g/mL). Nothing happens if there is no uptake in it.
    """
    coarse = voxels(pet)[::_EVERY, ::_EVERY, ::_EVERY] > _AIR_SUV
    box = box_of(coarse)
    if box is None:
        return
    ends = np.array([[axis.start * _EVERY, (axis.stop - 1) * _EVERY] for axis in box])
    corners = index_to_ras(pet, list(product(*ends)))
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    for slice_node, _ in slice_views(scene):
        directions = np.array(
            [[slice_node.GetSliceToRAS().GetElement(row, axis) for row in range(3)] for axis in (0, 1)]
        )
        seen = np.ptp(corners @ directions.T, axis=0) + 2 * _MARGIN_MM
        width, height, depth = slice_node.GetFieldOfView()
        part = max(seen / (width, height))
        slice_node.SetFieldOfView(width * part, height * part, depth)
        slice_node.JumpSliceByCentering(*middle)
