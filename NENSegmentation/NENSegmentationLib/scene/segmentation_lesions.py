"""From a segmentation node back to a lesion map, whoever made the node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..core.lesion import Lesion, Origin
from ..core.lesions import LesionMap
from ..core.volume import shape
from .errors import SceneError
from .segment import BINARY_LABELMAP, facts_of
from .volumes import offset_on_grid, refuse_transformed, voxel_view

# vtkSegment's colour before anyone gave it one (vtkSegment::SEGMENT_COLOR_INVALID).
_NO_COLOUR = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class _Segment:
    """A segment, the lesion it becomes, and what its tags say."""

    lesion_id: int
    name: str
    colour: tuple[float, float, float]
    label_value: int
    tags: dict[str, Any]


def lesion_map_from_node(
    node: slicer.vtkMRMLSegmentationNode, pet: sitk.Image, *, origin: Origin = Origin.SEED
) -> LesionMap:
    """Return the lesions that a segmentation node holds.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Of this program or of any other: with one layer or several, cropped or not.
    pet : SimpleITK.Image
        SUVbw (g/mL). The segments have to lie on its grid.
    origin : Origin
        What found the segments that do not say so themselves.

    Returns
    -------
    LesionMap
        Each segment with a voxel is a lesion; segments without one are left out. Name and colour are the segment's.
        A segment made by this program keeps the id of its lesion (of copies the first one does), the others are
        numbered on from the greatest. Probability, disagreement and suggestion are kept as long as the lesion has as
        many voxels as when they were noted. Everything else is measured again.

    Raises
    ------
    SceneError
        If the node is under a transform or holds no labelmap, two segments overlap, or a segment lies on another
        grid or outside the PET.
    """
    refuse_transformed(node)
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() and not segmentation.ContainsRepresentation(BINARY_LABELMAP):
        message = (
            f"{node.GetName()}: the segmentation is a surface, not a labelmap. "
            "Create its binary labelmap in Slicer's module Segmentations, with the PET as reference."
        )
        raise SceneError(message)
    segments = _segments(segmentation)
    labels = np.zeros(shape(pet), np.int32)
    for number in range(segmentation.GetNumberOfLayers(BINARY_LABELMAP)):
        in_layer = [segments[id_] for id_ in segmentation.GetSegmentIDsForLayer(number, BINARY_LABELMAP)]
        layer = segmentation.GetLayerDataObject(number, BINARY_LABELMAP)
        if not layer.IsEmpty():
            _paint(labels, layer, pet, in_layer, {s.lesion_id: s.name for s in segments.values()})
    return _lesion_map(pet, labels, {segment.lesion_id: segment for segment in segments.values()}, origin)


def _segments(segmentation: slicer.vtkSegmentation) -> dict[str, _Segment]:
    """Read all segments, by segment id, and decide which lesion each becomes."""
    found = {id_: segmentation.GetSegment(id_) for id_ in segmentation.GetSegmentIDs()}
    tags = {id_: facts_of(segment) for id_, segment in found.items()}
    taken: set[int] = set()
    kept = {}
    for id_, tagged in tags.items():
        lesion_id = tagged.get("Id", 0)
        if 0 < lesion_id <= np.iinfo(np.int32).max and lesion_id not in taken:
            kept[id_] = lesion_id
            taken.add(lesion_id)
    following = iter(range(max(taken, default=0) + 1, max(taken, default=0) + 1 + len(found)))
    return {
        id_: _Segment(
            lesion_id=kept[id_] if id_ in kept else next(following),
            name=segment.GetName() or id_,
            colour=segment.GetColor(),
            label_value=segment.GetLabelValue(),
            tags=tags[id_],
        )
        for id_, segment in found.items()
    }


def _paint(
    labels: NDArray[np.int32],
    layer: slicer.vtkOrientedImageData,
    pet: sitk.Image,
    segments: Sequence[_Segment],
    names: dict[int, str],
) -> None:
    """Write the segments of one layer into the labels."""
    values = voxel_view(layer)
    flat = np.flatnonzero(values)
    found = values.reshape(-1)[flat]
    present = [segment for segment in segments if segment.label_value in np.unique(found)]
    _refuse_shared_value(present)
    by_value = sorted(present, key=lambda segment: segment.label_value)
    known = np.array([segment.label_value for segment in by_value])
    belongs = np.isin(found, known)
    flat, position = flat[belongs], np.searchsorted(known, found[belongs])
    ids = np.array([segment.lesion_id for segment in by_value], np.int32)[position]
    if not flat.size:
        return
    index = np.stack(np.unravel_index(flat, values.shape)) + _offset(layer, pet, names[int(ids[0])])[:, None]
    outside = np.any((index < 0) | (index >= np.array(labels.shape)[:, None]), axis=0)
    if outside.any():
        message = (
            f"segment {names[int(ids[outside][0])]}: {np.count_nonzero(outside)} voxels of the segmentation lie "
            "outside the PET. Give the PET on which it was made, or remove what lies outside."
        )
        raise SceneError(message)
    before = labels[tuple(index)]
    if before.any():
        clash = np.flatnonzero(before)[0]
        _refuse_overlap(names[int(before[clash])], names[int(ids[clash])])
    labels[tuple(index)] = ids


def _offset(layer: slicer.vtkOrientedImageData, pet: sitk.Image, name: str) -> NDArray[np.intp]:
    """Return what to add to (k, j, i) of the layer's array to get (k, j, i) of the PET."""
    matrix = vtkMatrix4x4()
    layer.GetImageToWorldMatrix(matrix)
    offset = offset_on_grid(matrix, layer.GetExtent(), pet)
    if offset is None:
        message = (
            f"segment {name}: the segmentation does not lie on the grid of the PET. Resample it to the PET first "
            "(Slicer's Segment Editor, Specify geometry, with the PET as source geometry)."
        )
        raise SceneError(message)
    return np.array(offset) + layer.GetExtent()[4::-2]


def _refuse_shared_value(segments: Sequence[_Segment]) -> None:
    """Refuse two segments that stand for the same voxels of one layer."""
    seen: dict[int, str] = {}
    for segment in segments:
        if segment.label_value in seen:
            _refuse_overlap(seen[segment.label_value], segment.name)
        seen[segment.label_value] = segment.name


def _refuse_overlap(first: str, second: str) -> None:
    message = (
        f"the segments {first} and {second} overlap, and a voxel can belong to one lesion only. "
        "Erase the overlap from one of them (Slicer's Segment Editor, Logical operators, Subtract)."
    )
    raise SceneError(message)


def _lesion_map(pet: sitk.Image, labels: NDArray[np.int32], segments: dict[int, _Segment], origin: Origin) -> LesionMap:
    measured = LesionMap.from_labels(
        pet,
        labels,
        origin=origin,
        names={id_: segment.name for id_, segment in segments.items()},
        colours={id_: segment.colour for id_, segment in segments.items() if segment.colour != _NO_COLOUR},
    )
    lesions = [_with_tags(lesion, segments[lesion.id].tags) for lesion in measured.lesions.values()]
    return LesionMap(pet, measured.labels, lesions)


def _with_tags(lesion: Lesion, tags: dict[str, Any]) -> Lesion:
    lesion = replace(lesion, origin=tags.get("Origin", lesion.origin))
    if tags.get("Voxels") != lesion.voxels:
        return lesion
    return replace(
        lesion,
        probability=tags.get("Probability"),
        disagreement=tags.get("Disagreement"),
        suggestion=tags.get("Suggestion"),
    )
