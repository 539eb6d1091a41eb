"""A segmentation node after an edit of its lesion map: voxels and segments change in the boxes of the edit only."""

from __future__ import annotations

import numpy as np
import slicer
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..core.history import Edit
from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.segments import READ_TAGS, segment_id, tags_of
from .errors import SceneError
from .segment import BINARY_LABELMAP, segment_of
from .segmentation import new_layer
from .volumes import fill, voxel_view


def apply_edit(node: slicer.vtkMRMLSegmentationNode, lesion_map: LesionMap, edit: Edit) -> None:
    """Bring a segmentation node up to date after an edit of its lesion map: done, undone or done again.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Made by `segmentation_node` of ``lesion_map``, and in step with it before the edit.
    lesion_map : LesionMap
        As it is after the edit.
    edit : Edit
        What ``lesion_map`` returned.

    Raises
    ------
    SceneError
        If the segments no longer share one layer on the grid of the PET; the node is left as it was.
    """
    segmentation = node.GetSegmentation()
    layer = _shared_layer(node, lesion_map)
    copy_boxes(layer, lesion_map, edit)
    for lesion_id in touched_by(edit):
        segment = segmentation.GetSegment(segment_id(lesion_id))
        lesion = lesion_map.lesions.get(lesion_id)
        if lesion is not None and segment is not None:
            restyle(node, lesion)
        elif lesion is not None:
            segmentation.AddSegment(segment_of(lesion, layer), segment_id(lesion_id))
        elif segment is not None:
            # With a representation, Slicer would copy and scan the whole layer to tell this segment from the others.
            segment.RemoveRepresentation(BINARY_LABELMAP)
            segmentation.RemoveSegment(segment)
    layer.Modified()


def has_shared_layer(node: slicer.vtkMRMLSegmentationNode, lesion_map: LesionMap) -> bool:
    """Tell whether all segments of a node share one layer of the size of the PET; so do none.

    Slicer's Segment Editor cuts a layer down to its segments, and does not always say that it did.
    """
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() == 0:
        return True
    if segmentation.GetNumberOfLayers(BINARY_LABELMAP) != 1:
        return False
    layer = segmentation.GetLayerDataObject(0, BINARY_LABELMAP)
    return tuple(reversed(layer.GetDimensions())) == lesion_map.labels.shape


def refill(node: slicer.vtkMRMLSegmentationNode, lesion_map: LesionMap) -> None:
    """Make a segmentation node what `segmentation_node` makes, whatever others did to it.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Its vtkSegmentation stays the same object, because Slicer's Segment Editor keeps its undo states by it.
    lesion_map : LesionMap
        What the node is to hold.
    """
    segmentation = node.GetSegmentation()
    contained: list[str] = []
    segmentation.GetContainedRepresentationNames(contained)
    for name in contained:
        if name != BINARY_LABELMAP:
            segmentation.RemoveRepresentation(name)
    segments = {id_: segmentation.GetSegment(id_) for id_ in segmentation.GetSegmentIDs()}
    layer = new_layer(lesion_map)
    for lesion in lesion_map.lesions.values():
        segment = segments.pop(segment_id(lesion.id), None)
        if segment is None:
            segmentation.AddSegment(segment_of(lesion, layer), segment_id(lesion.id))
        else:
            segment.SetLabelValue(lesion.id)
            segment.AddRepresentation(BINARY_LABELMAP, layer)
            restyle(node, lesion)
    for segment in segments.values():
        segment.RemoveRepresentation(BINARY_LABELMAP)
        segmentation.RemoveSegment(segment)


def restyle(node: slicer.vtkMRMLSegmentationNode, lesion: Lesion) -> None:
    """Give the segment of a lesion the name, the colour and the tags that the lesion has now.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Made by `segmentation_node`.
    lesion : Lesion
        Renamed or recoloured, or with another suggestion; its voxels are not looked at.

    Raises
    ------
    SceneError
        If the node has no segment of this lesion.
    """
    segment = node.GetSegmentation().GetSegment(segment_id(lesion.id))
    if segment is None:
        message = f"{node.GetName()}: there is no segment of {lesion.name}. Choose a lesion of this segmentation."
        raise SceneError(message)
    segment.SetName(lesion.name)
    segment.SetColor(*lesion.colour)
    tags = tags_of(lesion)
    for tag in set(READ_TAGS) - set(tags):
        segment.RemoveTag(tag)
    for tag, value in tags.items():
        segment.SetTag(tag, value)


def touched_by(edit: Edit) -> list[int]:
    """Return the ids of the lesions that an edit took away, put in or changed, ascending."""
    return sorted({lesion.id for lesion in (*edit.removed, *edit.added)})


def copy_boxes(data: vtkImageData, lesion_map: LesionMap, edit: Edit) -> None:
    """Copy the labels in the boxes of an edit into image data on the grid of the PET.

    Parameters
    ----------
    data : vtkImageData
        int16 or int32; int16 becomes int32 where an id needs it. The caller says that it is modified.
    lesion_map : LesionMap
        As it is after the edit.
    edit : Edit
        Says where.
    """
    widen(data, max(lesion_map.lesions, default=0))
    shown = voxel_view(data)
    for patch in edit.patches:
        shown[patch.box] = lesion_map.labels[patch.box]


def widen(data: vtkImageData, greatest: int) -> None:
    """Make int16 voxels int32 if they could not hold the label ``greatest``."""
    if greatest > np.iinfo(voxel_view(data).dtype).max:
        fill(data, voxel_view(data).copy(), np.int32)


def _shared_layer(node: slicer.vtkMRMLSegmentationNode, lesion_map: LesionMap) -> slicer.vtkOrientedImageData:
    """Return the image that all segments share, or a new one where there is no segment to hold one."""
    if node.GetSegmentation().GetNumberOfSegments() == 0:
        return new_layer(lesion_map)
    if not has_shared_layer(node, lesion_map):
        message = (
            f"{node.GetName()}: the lesions no longer share one layer on the grid of the PET, so they were edited "
            "elsewhere. Take these edits over first."
        )
        raise SceneError(message)
    return node.GetSegmentation().GetLayerDataObject(0, BINARY_LABELMAP)
