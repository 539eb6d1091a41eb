"""PET and CT as volume nodes, and back.

A node and an image never share their voxels: each way makes exactly one copy. SimpleITK lets several images share
one buffer and copies it when one of them is written to; a node that pointed into that buffer would be written to
behind its back by any of Slicer's editors.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import DTypeLike, NDArray
from vtkmodules.util.numpy_support import get_vtk_array_type, numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..core.volume import LPS_FROM_RAS, ras_from_index, ras_to_index, shape, spacing, voxels
from .errors import SceneError

# A rounded origin or direction is still the same grid; as in `core.volume.same_grid`.
_GRID_TOLERANCE_MM = 0.02


@dataclass(frozen=True)
class _Presentation:
    """How voxel values are coded (value, scheme, meaning) and first shown."""

    quantity: tuple[str, str, str]
    units: tuple[str, str, str]
    window: float
    level: float
    colour_node_id: str


class Units(Enum):
    """What the voxels of a volume mean: SUVbw (g/mL) or Hounsfield units."""

    SUV = _Presentation(
        quantity=("126400", "DCM", "Standardized Uptake Value"),
        units=("{SUVbw}g/ml", "UCUM", "Standardized Uptake Value body weight"),
        window=20,
        level=10,
        colour_node_id="vtkMRMLColorTableNodeInvertedGrey",
    )
    HU = _Presentation(
        quantity=("112031", "DCM", "Attenuation Coefficient"),
        units=("[hnsf'U]", "UCUM", "Hounsfield unit"),
        window=400,
        level=40,
        colour_node_id="vtkMRMLColorTableNodeGrey",
    )


def volume_node(
    scene: slicer.vtkMRMLScene, image: sitk.Image, name: str, *, units: Units
) -> slicer.vtkMRMLScalarVolumeNode:
    """Put an image into a scene.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    image : SimpleITK.Image
        A three-dimensional PET in SUVbw (g/mL) or CT in Hounsfield units; its voxels are copied.
    name : str
        Name of the node, shown to the reader.
    units : Units
        Sets the coded quantity and units, and the display: PET from 0 to 20 in inverted grey, CT in a soft-tissue
        window (400 HU around 40).

    Returns
    -------
    vtkMRMLScalarVolumeNode
        With a display node.

    Raises
    ------
    SceneError
        If the scene has no grey colour tables.
    """
    presentation = units.value
    if scene.GetNodeByID(presentation.colour_node_id) is None:
        message = (
            f"{name}: the scene has no colour table {presentation.colour_node_id}, so the image cannot be shown. "
            "Use Slicer's own scene, or one made by headless_scene()."
        )
        raise SceneError(message)
    data = vtkImageData()
    fill(data, voxels(image))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetIJKToRASMatrix(ijk_to_ras(image))
    node.SetVoxelValueQuantity(_coded_entry(presentation.quantity))
    node.SetVoxelValueUnits(_coded_entry(presentation.units))
    # The display comes before the voxels: given afterwards it would compute a histogram for a window nobody uses.
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(presentation.colour_node_id)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(presentation.window, presentation.level)
    node.SetAndObserveImageData(data)
    return node


def image_from_node(node: slicer.vtkMRMLScalarVolumeNode) -> sitk.Image:
    """Return the image that a volume node holds.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        With one number a voxel and without a parent transform.

    Returns
    -------
    SimpleITK.Image
        A copy, with the voxel type of the node.

    Raises
    ------
    SceneError
        If the node holds no voxels, several numbers a voxel, or is under a transform.
    """
    refuse_transformed(node)
    data = node.GetImageData()
    if data is None or data.GetPointData().GetScalars() is None:
        message = f"{node.GetName()}: the volume holds no voxels. Choose a volume that is loaded."
        raise SceneError(message)
    if data.GetNumberOfScalarComponents() != 1:
        count = data.GetNumberOfScalarComponents()
        message = f"{node.GetName()}: the volume holds {count} numbers a voxel. Choose a PET or CT."
        raise SceneError(message)
    image = sitk.GetImageFromArray(voxel_view(data))
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    lps_from_ijk = LPS_FROM_RAS[:, None] * as_array(matrix)[:3]
    steps = np.linalg.norm(lps_from_ijk[:, :3], axis=0)
    image.SetSpacing(steps.tolist())
    image.SetDirection((lps_from_ijk[:, :3] / steps).ravel().tolist())
    image.SetOrigin(lps_from_ijk[:, 3].tolist())
    return image


def suv_from_node(node: slicer.vtkMRMLScalarVolumeNode) -> sitk.Image:
    """Return the PET that a volume node holds as float32, whatever the voxel type of the node.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        SUVbw (g/mL).

    Returns
    -------
    SimpleITK.Image
        A copy, float32.

    Raises
    ------
    SceneError
        As `image_from_node`.
    """
    image = image_from_node(node)
    return image if image.GetPixelID() == sitk.sitkFloat32 else sitk.Cast(image, sitk.sitkFloat32)


def fill(data: vtkImageData, array: NDArray[np.generic], dtype: DTypeLike | None = None) -> None:
    """Give image data the voxels of an array, in one copy.

    Parameters
    ----------
    data : vtkImageData
        Gets the dimensions and keeps the copy alive.
    array : ndarray, shape (k, j, i)
        Voxel values.
    dtype : dtype, optional
        Voxel type of ``data`` if not that of the array; the values have to fit.
    """
    data.SetDimensions(*reversed(array.shape))
    # numpy asks the system for large pages, VTK does not: filling 80 MB takes a quarter of the time.
    values = np.array(array, dtype, order="C")
    scalars = numpy_to_vtk(values.reshape(-1), array_type=get_vtk_array_type(values.dtype))
    scalars.SetName("ImageScalars")
    data.GetPointData().SetScalars(scalars)


def voxel_view(data: vtkImageData) -> NDArray[np.generic]:
    """Return the voxels of image data as an array of shape (k, j, i) that shares its memory."""
    return vtk_to_numpy(data.GetPointData().GetScalars()).reshape(tuple(reversed(data.GetDimensions())))


def ijk_to_ras(image: sitk.Image) -> vtkMatrix4x4:
    """Return the matrix that takes a voxel (i, j, k, 1) of an image to its centre in RAS mm."""
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(ras_from_index(image)[:, [2, 1, 0, 3]].ravel().tolist())
    return matrix


def as_array(matrix: vtkMatrix4x4) -> NDArray[np.float64]:
    """Return a vtkMatrix4x4 as an array of shape (4, 4)."""
    return np.array(matrix.GetData()).reshape(4, 4)


def offset_on_grid(
    ijk_to_ras_matrix: vtkMatrix4x4, extent: tuple[int, ...], reference: sitk.Image
) -> tuple[int, int, int] | None:
    """Tell by how many voxels a piece of image lies off the grid of a reference image.

    Parameters
    ----------
    ijk_to_ras_matrix : vtkMatrix4x4
        Takes (i, j, k, 1) of the piece to RAS mm.
    extent : tuple of int
        First and last i, j and k of the piece, as VTK gives them.
    reference : SimpleITK.Image
        The grid.

    Returns
    -------
    tuple of int or None
        What to add to (k, j, i) of the piece to get (k, j, i) of the reference; None if the piece is on another grid,
        that is, if one of its corners is more than 0.02 mm off a voxel centre of the reference.
    """
    corners = np.array(np.meshgrid(extent[0:2], extent[2:4], extent[4:6])).reshape(3, -1).T
    ras = corners @ as_array(ijk_to_ras_matrix)[:3, :3].T + as_array(ijk_to_ras_matrix)[:3, 3]
    apart = ras_to_index(reference, ras) - corners[:, ::-1]
    offset = np.rint(apart[0])
    if np.abs((apart - offset) * spacing(reference)).max() > _GRID_TOLERANCE_MM:
        return None
    k, j, i = offset.astype(int).tolist()
    return k, j, i


def on_grid(node: slicer.vtkMRMLScalarVolumeNode, reference: sitk.Image) -> bool:
    """Tell whether a volume node has the grid of an image."""
    data = node.GetImageData()
    if data is None or tuple(reversed(data.GetDimensions())) != shape(reference):
        return False
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return offset_on_grid(matrix, data.GetExtent(), reference) == (0, 0, 0)


def refuse_transformed(node: slicer.vtkMRMLTransformableNode) -> None:
    """Raise a `SceneError` if a node is under a transform.

    What the reader then sees lies elsewhere than its voxels say, and applying the transform would resample the uptake.
    """
    if node.GetParentTransformNode() is not None:
        message = (
            f"{node.GetName()} is under the transform {node.GetParentTransformNode().GetName()}. "
            "Harden the transform or take the node out of it (Slicer's module Transforms)."
        )
        raise SceneError(message)


def _coded_entry(value_scheme_meaning: tuple[str, str, str]) -> slicer.vtkCodedEntry:
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(*value_scheme_meaning)
    return entry
