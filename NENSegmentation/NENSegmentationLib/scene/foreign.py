"""Segmentations of other tools and earlier readers, opened for correction: one lesion per connected part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray

from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.volume import voxels
from ..dicom.onto_pet import onto_pet
from ..dicom.regions import Colour, Region, lesions_of, remark
from .errors import SceneError
from .layers import Layer, by_value, layer_of
from .segment import BINARY_LABELMAP, facts_of
from .segmentation_lesions import lesion_map_from_node
from .volumes import image_from_node, refuse_transformed, voxel_view

# vtkSegment's colour before anyone gave it one (vtkSegment::SEGMENT_COLOR_INVALID).
_NO_COLOUR = (0.5, 0.5, 0.5)

Opened = tuple[LesionMap, tuple[str, ...]]
"""The lesions, and what was left out or changed."""


@dataclass(frozen=True)
class _Drawn:
    """A region, the layer that it is in, and its label value there."""

    name: str
    colour: Colour | None
    layer: Layer
    value: int
    lesion_id: int | None = None
    origin: Origin = Origin.SEED


def lesion_map_from_foreign(node: slicer.vtkMRMLNode, pet: sitk.Image) -> Opened:
    """Open a segmentation node or a label map node for correction, whoever made it.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode or vtkMRMLLabelMapVolumeNode
        On any grid: what does not lie on the voxels of the PET is resampled by nearest neighbour.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.

    Returns
    -------
    LesionMap
        Of a segmentation of this program that lies on the PET, the lesions as they were. Otherwise every 26-connected
        part of a segment or label is a lesion; see `lesions_of`. May be empty: a reader can add what is missing.
    tuple of str
        What was left out or changed.

    Raises
    ------
    SceneError
        If the node is of another kind, under a transform, a surface, or wholly outside the PET.
    """
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return lesion_map_from_label_node(node, pet)
    if not node.IsA("vtkMRMLSegmentationNode"):
        message = f"{node.GetName()}: this is neither a segmentation nor a label map. Choose one of them."
        raise SceneError(message)
    refuse_transformed(node)
    drawn = list(_drawn_segments(node))
    lesion_map, warnings = _opened(node.GetName(), drawn, pet)
    if warnings or any(one.lesion_id is None for one in drawn):
        return lesion_map, warnings
    # Of this program and as it was: what its tags know besides is kept too.
    return lesion_map_from_node(node, pet), ()


def lesion_map_from_label_node(node: slicer.vtkMRMLLabelMapVolumeNode, pet: sitk.Image) -> Opened:
    """Open a label map node for correction; see `lesion_map_from_foreign`.

    Parameters
    ----------
    node : vtkMRMLLabelMapVolumeNode
        Whole numbers; 0 is background. The names and colours of its colour table are kept.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.

    Returns
    -------
    LesionMap
    tuple of str
        What was left out or changed.

    Raises
    ------
    SceneError
        If the node is under a transform, holds no voxels or no whole numbers, or is wholly outside the PET.
    """
    grid = image_from_node(node)
    display = node.GetDisplayNode()
    table = display.GetColorNode() if display is not None else None
    return _opened_labels(node.GetName(), voxel_view(node.GetImageData()), grid, pet, table)


def lesion_map_from_labels(name: str, labels: sitk.Image, pet: sitk.Image) -> Opened:
    """Open a label map for correction; see `lesion_map_from_foreign`.

    Parameters
    ----------
    name : str
        What to call the label map in messages.
    labels : SimpleITK.Image
        Whole numbers; 0 is background.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.

    Returns
    -------
    LesionMap
    tuple of str
        What was left out or changed.

    Raises
    ------
    SceneError
        If it holds no whole numbers, or is wholly outside the PET.
    """
    return _opened_labels(name, voxels(labels), labels, pet, None)


def _opened_labels(
    name: str,
    values: NDArray[np.generic],
    grid: sitk.Image,
    pet: sitk.Image,
    table: slicer.vtkMRMLColorNode | None,
) -> Opened:
    if not np.issubdtype(values.dtype, np.integer):
        flat = np.flatnonzero(values)
        if not np.array_equal(values.reshape(-1)[flat], np.rint(values.reshape(-1)[flat])):
            message = f"{name}: a label map holds whole numbers, and this volume does not. Choose a label map."
            raise SceneError(message)
    layer = Layer(by_value(values), grid)
    if min(layer.voxels, default=1) < 0:
        message = f"{name}: the label map holds the negative value {min(layer.voxels)}. Choose a label map."
        raise SceneError(message)
    drawn = [_Drawn(*_named_by(table, value), layer, value) for value in layer.voxels]
    return _opened(name, drawn, pet)


def _drawn_segments(node: slicer.vtkMRMLSegmentationNode) -> Iterator[_Drawn]:
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() and not segmentation.ContainsRepresentation(BINARY_LABELMAP):
        message = (
            f"{node.GetName()}: the segmentation is a surface, not a labelmap. "
            "Create its binary labelmap in Slicer's module Segmentations, with the PET as reference."
        )
        raise SceneError(message)
    for number in range(segmentation.GetNumberOfLayers(BINARY_LABELMAP)):
        layer = layer_of(segmentation.GetLayerDataObject(number, BINARY_LABELMAP))
        for id_ in segmentation.GetSegmentIDsForLayer(number, BINARY_LABELMAP):
            segment = segmentation.GetSegment(id_)
            colour = None if segment.GetColor() == _NO_COLOUR else segment.GetColor()
            facts = facts_of(segment)
            origin = facts.get("Origin", Origin.SEED)
            yield _Drawn(segment.GetName() or id_, colour, layer, segment.GetLabelValue(), facts.get("Id"), origin)


def _named_by(table: slicer.vtkMRMLColorNode | None, value: int) -> tuple[str, Colour | None]:
    if table is None or not 0 <= value < table.GetNumberOfColors():
        return f"Label {value}", None
    colour = [0.0, 0.0, 0.0, 0.0]
    table.GetColor(value, colour)
    name = table.GetColorName(value)
    return name if name and name != "(none)" else f"Label {value}", (colour[0], colour[1], colour[2])


def _opened(name: str, drawn: list[_Drawn], pet: sitk.Image) -> Opened:
    held = [one for one in drawn if one.value in one.layer.voxels]
    regions, cut, resampled = [], [], False
    for layer in {id(one.layer): one.layer for one in held}.values():
        members = [one for one in held if one.layer is layer]
        on_pet = onto_pet([layer.voxels[one.value] for one in members], layer.grid, pet)
        resampled = resampled or on_pet.resampled
        cut += [one.name for one, is_cut in zip(members, on_pet.cut, strict=True) if is_cut]
        regions += [
            Region(one.name, flat, one.colour, one.lesion_id, one.origin)
            for one, flat in zip(members, on_pet.voxels, strict=True)
        ]
    if held and not any(region.voxels.size for region in regions):
        message = f"{name}: no voxel of it lies on the PET. Choose a segmentation of this patient."
        raise SceneError(message)
    lesion_map, overlaps = lesions_of(pet, regions)
    # These go to the journal and the results, where the name of a node could say who the patient is.
    said = ["The segmentation lies on another grid than the PET: it was resampled by nearest neighbour."] * resampled
    said += [] if held else ["The segmentation is empty: there is no lesion in it."]
    lost = [region.name for region in regions if not region.voxels.size]
    return lesion_map, (
        *said,
        *remark("Left out, because they have no voxel on the PET", lost),
        *remark("Cut off where they reach outside the PET", [one for one in cut if one not in lost]),
        *overlaps,
    )
