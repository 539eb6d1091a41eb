"""The layers of a segmentation node: label values on a grid of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..core.volume import LPS_FROM_RAS
from ..dicom.onto_pet import split_by_value
from .volumes import as_array, voxel_view


@dataclass(frozen=True)
class Layer:
    """Label values on a grid.

    Attributes
    ----------
    voxels : dict of int to ndarray of int
        Label value -> flat indices on the grid, ascending.
    grid : SimpleITK.Image
        Where they lie; its voxels do not count.
    """

    voxels: dict[int, NDArray[np.intp]]
    grid: sitk.Image


def layer_of(data: slicer.vtkOrientedImageData) -> Layer:
    """Return the layer that image data of a segmentation holds; image data without voxels is an empty one."""
    if data.IsEmpty():
        return Layer({}, sitk.Image(1, 1, 1, sitk.sitkUInt8))
    return Layer(by_value(voxel_view(data)), grid_of(data))


def grid_of(data: slicer.vtkOrientedImageData) -> sitk.Image:
    """Return an image on the grid of image data; its voxels do not count."""
    matrix = vtkMatrix4x4()
    data.GetImageToWorldMatrix(matrix)
    lps_from_ijk = LPS_FROM_RAS[:, None] * as_array(matrix)[:3]
    steps = np.linalg.norm(lps_from_ijk[:, :3], axis=0)
    grid = sitk.Image(data.GetDimensions(), sitk.sitkUInt8)
    grid.SetSpacing(steps.tolist())
    grid.SetDirection((lps_from_ijk[:, :3] / steps).ravel().tolist())
    # The array begins at the extent, which need not begin at zero.
    grid.SetOrigin((lps_from_ijk[:, :3] @ data.GetExtent()[::2] + lps_from_ijk[:, 3]).tolist())
    return grid


def by_value(values: NDArray[np.generic]) -> dict[int, NDArray[np.intp]]:
    """Return the flat indices that hold each value but 0."""
    flat = np.flatnonzero(values)
    return {int(value): where for value, where in split_by_value(flat, values.reshape(-1)).items()}
