"""Segmentation files (.seg.nrrd) of this program, Slicer or any other, into a scene; core.segments writes them."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk
import slicer
from vtkmodules.vtkCommonCore import vtkCommand

from .errors import SceneError

_SUFFIX = ".seg.nrrd"


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
    message = f"{path.name}: this is not a complete segmentation file. Export the segmentation from Slicer again."
    # A file that is cut off would end the whole process in Slicer's reader (5.13): SimpleITK reads it through first.
    if _unreadable(path):
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


def _unreadable(path: Path) -> bool:
    try:
        sitk.ReadImage(str(path))
    except RuntimeError:
        return True
    return False
