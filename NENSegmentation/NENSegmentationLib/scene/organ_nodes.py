"""Organ maps in a scene: a segmentation or a label map whose segments or labels are named after organs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import SimpleITK as sitk
import slicer
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..core.organs import PHYSIOLOGICAL, OrganMap
from ..core.reference_region import Organ
from ..core.volume import image_like, shape, voxels
from .errors import SceneError
from .layers import grid_of
from .segment import BINARY_LABELMAP
from .volumes import fill, ijk_to_ras, image_from_node, refuse_transformed, voxel_view

KNOWN = (*PHYSIOLOGICAL, *(organ.value for organ in Organ))
"""Organs that matter here, without their side: those with physiological uptake, and those of the reference region."""

# What Slicer's terminologies and people say.
_OTHER_WORDS = {
    "bladder": "urinary_bladder",
    "adrenal": "adrenal_gland",
    "thyroid": "thyroid_gland",
    "pituitary": "pituitary_gland",
    "hypophysis": "pituitary_gland",
    "gall_bladder": "gallbladder",
    "small_intestine": "small_bowel",
    "large_intestine": "colon",
    "large_bowel": "colon",
}

_Named = tuple[sitk.Image, Mapping[int, str]]


def organ_name(words: str) -> str | None:
    """Return the name of a known organ in the way of TotalSegmentator, whatever the order of its words.

    Parameters
    ----------
    words : str
        Name of a segment or a label.

    Returns
    -------
    str or None
        None if it is no organ of `KNOWN`: a "kidney cyst" or a "liver metastasis" is none.

    Examples
    --------
    >>> organ_name("Left kidney")
    'kidney_left'
    """
    parts = re.findall("[a-z]+", words.lower())
    sides = [part for part in parts if part in ("left", "right")]
    organ = "_".join(part for part in parts if part not in sides)
    organ = _OTHER_WORDS.get(organ, organ)
    if organ not in KNOWN:
        organ = organ.removesuffix("s")
    return "_".join([organ, *sides[:1]]) if organ in KNOWN else None


def organs_from_node(node: slicer.vtkMRMLNode, pet: sitk.Image) -> OrganMap:
    """Return the organs that a node of the scene shows.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode or vtkMRMLLabelMapVolumeNode
        On any grid, such as that of the CT. The names are those of the segments (else their ids) or of the colour
        table; what is no organ of `KNOWN` is left out.
    pet : SimpleITK.Image
        Gives the grid.

    Returns
    -------
    OrganMap
        On the grid of ``pet``, by nearest neighbour. Where segments overlap, the first layer counts.

    Raises
    ------
    SceneError
        If the node is under a transform, has no voxels, names no known organ, or is wholly outside the PET.
    """
    refuse_transformed(node)
    is_labels = node.IsA("vtkMRMLLabelMapVolumeNode")
    named = list(_named_labels(node) if is_labels else _named_segments(node))
    organs = sorted({organ for _, names in named for organ in names.values()})
    if not organs:
        message = (
            f"{node.GetName()}: none of its names is a known organ. Choose an organ map with the names of "
            "TotalSegmentator, such as kidney_left, spleen and urinary_bladder."
        )
        raise SceneError(message)
    labels = np.zeros(shape(pet), np.uint8)
    for image, names in named:
        on_pet = voxels(OrganMap(image, names).on_grid(pet).image)
        for value, organ in names.items():
            labels[(on_pet == value) & (labels == 0)] = organs.index(organ) + 1
    if not labels.any():
        message = f"{node.GetName()}: no organ of it lies on the PET. Choose an organ map of this patient."
        raise SceneError(message)
    return OrganMap(image_like(labels, pet), dict(enumerate(organs, 1)))


def organ_node(scene: slicer.vtkMRMLScene, organs: OrganMap, name: str) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Put an organ map into a scene; no view shows it.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    organs : OrganMap
        Its labels are copied.
    name : str
        Name of the node and of its colour table, shown to the reader.

    Returns
    -------
    vtkMRMLLabelMapVolumeNode
        With a colour table that holds the names.
    """
    colours = scene.GetNodeByID("vtkMRMLColorTableNodeRandom")
    table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
    table.SetTypeToUser()
    table.SetNumberOfColors(max(organs.names) + 1)
    table.SetColor(0, "background", 0.0, 0.0, 0.0, 0.0)
    for label, organ in organs.names.items():
        colour = [0.5, 0.5, 0.5, 1.0]
        if colours is not None:
            colours.GetColor(label, colour)
        table.SetColor(label, organ, *colour[:3], 1.0)
    data = vtkImageData()
    fill(data, voxels(organs.image))
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
    node.SetIJKToRASMatrix(ijk_to_ras(organs.image))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
    node.SetAndObserveImageData(data)
    return node


def _named_labels(node: slicer.vtkMRMLLabelMapVolumeNode) -> Iterator[_Named]:
    display = node.GetDisplayNode()
    table = display.GetColorNode() if display is not None else None
    count = table.GetNumberOfColors() if table is not None else 0
    names = {value: organ_name(table.GetColorName(value) or "") for value in range(1, count)}
    yield image_from_node(node), {value: name for value, name in names.items() if name is not None}


def _named_segments(node: slicer.vtkMRMLSegmentationNode) -> Iterator[_Named]:
    """Yield each layer; a segmentation that is only a surface has none."""
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() and not segmentation.ContainsRepresentation(BINARY_LABELMAP):
        message = (
            f"{node.GetName()}: the organ map is a surface, not a labelmap. "
            "Create its binary labelmap in Slicer's module Segmentations."
        )
        raise SceneError(message)
    for number in range(segmentation.GetNumberOfLayers(BINARY_LABELMAP)):
        data = segmentation.GetLayerDataObject(number, BINARY_LABELMAP)
        names = {}
        for id_ in segmentation.GetSegmentIDsForLayer(number, BINARY_LABELMAP):
            segment = segmentation.GetSegment(id_)
            organ = organ_name(segment.GetName() or "") or organ_name(id_)
            if organ is not None:
                names[segment.GetLabelValue()] = organ
        if names and not data.IsEmpty():
            image = sitk.GetImageFromArray(voxel_view(data))
            image.CopyInformation(grid_of(data))
            yield image, names
