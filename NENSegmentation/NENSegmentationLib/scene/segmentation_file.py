"""Segmentation files (.seg.nrrd) of this program, Slicer or any other, into a scene; core.segments writes them."""

from __future__ import annotations

import re
from pathlib import Path

import SimpleITK as sitk
import slicer
from vtkmodules.vtkCommonCore import vtkCommand

from .errors import SceneError

_SUFFIX = ".seg.nrrd"
_LABEL_TYPES = (sitk.sitkUInt8, sitk.sitkInt8, sitk.sitkUInt16, sitk.sitkInt16, sitk.sitkUInt32, sitk.sitkInt32)


def read_seg_nrrd(scene: slicer.vtkMRMLScene, path: Path) -> slicer.vtkMRMLSegmentationNode:
    """Read a segmentation file into a scene.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`; it is left as it was if the file cannot be read.
    path : Path
        A .seg.nrrd file of this program, of Slicer or of any other.

    Returns
    -------
    vtkMRMLSegmentationNode
        Named after the file, with a display node and the storage node that names the file.

    Raises
    ------
    SceneError
        If there is no such file, or it is no complete segmentation.
    """
    if not path.is_file():
        message = f"{path}: there is no such file. Give the path of an existing {_SUFFIX} file."
        raise SceneError(message)
    message = (
        f"{path.name}: this is not a complete segmentation file with named segments. Export it from Slicer again, or "
        "give a label map (.nrrd)."
    )
    # A file that is cut off would end the whole process in Slicer's reader (5.13): SimpleITK reads it through first.
    if not _is_segmentation(path):
        raise SceneError(message)
    storage = _storage(path)
    scene.AddNode(storage)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", path.name.removesuffix(_SUFFIX))
    if not storage.ReadData(node):
        scene.RemoveNode(node)
        scene.RemoveNode(storage)
        raise SceneError(message)
    node.SetAndObserveStorageNodeID(storage.GetID())
    node.CreateDefaultDisplayNodes()
    return node


def _storage(path: Path) -> slicer.vtkMRMLSegmentationStorageNode:
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path.absolute()))
    # VTK prints an error that nobody observes; here it is collected in the user messages and raised.
    storage.AddObserver(vtkCommand.ErrorEvent, lambda _caller, _event: None)
    return storage


def _is_segmentation(path: Path) -> bool:
    """Look at a file before Slicer's reader does, which ends the process at a voxel type that it does not expect."""
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError:
        return False
    component = sitk.VectorIndexSelectionCast(image, 0) if image.GetNumberOfComponentsPerPixel() > 1 else image
    named = any(re.fullmatch(r"Segment\d+_ID", key) for key in image.GetMetaDataKeys())
    empty = image.HasMetaDataKey("Segmentation_MasterRepresentation") or image.HasMetaDataKey(
        "Segmentation_SourceRepresentation"
    )
    return component.GetPixelID() in _LABEL_TYPES and (named or empty)
