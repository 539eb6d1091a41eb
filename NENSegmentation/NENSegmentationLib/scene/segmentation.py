"""Lesions as a segmentation node: one segment a lesion, all of them in one shared labelmap layer.

Slicer's own ways into a segmentation copy or scan the whole image once a segment. Here a fresh vtkSegmentation is
filled with segments that share one image, and handed to the node when it is complete.
"""

from __future__ import annotations

import slicer

from ..core.lesions import LesionMap
from ..core.segments import label_type, segment_id
from .errors import SceneError
from .segment import BINARY_LABELMAP, segment_of
from .volumes import fill, ijk_to_ras, on_grid, refuse_transformed


def segmentation_node(
    scene: slicer.vtkMRMLScene,
    lesion_map: LesionMap,
    name: str,
    reference_volume_node: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> slicer.vtkMRMLSegmentationNode:
    """Put the lesions of a patient into a scene.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    lesion_map : LesionMap
        Its labels are copied, as int16 (int32 where an id needs it).
    name : str
        Name of the node, shown to the reader.
    reference_volume_node : vtkMRMLScalarVolumeNode, optional
        The node of ``lesion_map.pet``, by which Slicer knows on which volume the segmentation was made.

    Returns
    -------
    vtkMRMLSegmentationNode
        With a display node. The segment of lesion 7 has the id ``Lesion_7`` and the label value 7.

    Raises
    ------
    SceneError
        If the reference volume has another grid than the PET, or is under a transform.
    """
    if reference_volume_node is not None:
        _refuse_other_grid(reference_volume_node, lesion_map)
    layer = new_layer(lesion_map)
    segmentation = slicer.vtkSegmentation()
    segmentation.SetSourceRepresentationName(BINARY_LABELMAP)
    segmentation.SetConversionParameter(
        slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(),
        slicer.vtkSegmentationConverter.SerializeImageGeometry(layer),
    )
    for lesion in lesion_map.lesions.values():
        segmentation.AddSegment(segment_of(lesion, layer), segment_id(lesion.id))
    node = slicer.vtkMRMLSegmentationNode()
    node.SetName(name)
    node.SetAndObserveSegmentation(segmentation)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    if reference_volume_node is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(reference_volume_node)
    return node


def remove_node(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLNode) -> None:
    """Remove a node, and the display and storage nodes that would otherwise stay behind.

    Parameters
    ----------
    scene : vtkMRMLScene
        The scene of ``node``.
    node : vtkMRMLNode
        A volume, a segmentation or any other node. The voxels of a segmentation are gone even for those who still
        hold the node: see `release`.
    """
    belonging = []
    if node.IsA("vtkMRMLDisplayableNode"):
        belonging += [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    if node.IsA("vtkMRMLStorableNode"):
        belonging += [node.GetNthStorageNode(n) for n in range(node.GetNumberOfStorageNodes())]
    if node.IsA("vtkMRMLSegmentationNode"):
        release(node)
    scene.RemoveNode(node)
    for other in belonging:
        if other is not None:
            scene.RemoveNode(other)


def release(node: slicer.vtkMRMLSegmentationNode) -> None:
    """Empty the layers of a segmentation node that is about to go.

    vtkSegmentation removes its segments one by one, and separates each from its layer first: it copies and scans the
    whole layer, which takes more than 10 s for 120 lesions. In an empty layer there is nothing to copy.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Its segments keep their names but have no voxels any more.
    """
    segmentation = node.GetSegmentation()
    count = segmentation.GetNumberOfLayers(BINARY_LABELMAP)
    for layer in [segmentation.GetLayerDataObject(n, BINARY_LABELMAP) for n in range(count)]:
        layer.Initialize()


def _refuse_other_grid(volume_node: slicer.vtkMRMLScalarVolumeNode, lesion_map: LesionMap) -> None:
    refuse_transformed(volume_node)
    if not on_grid(volume_node, lesion_map.pet):
        message = (
            f"{volume_node.GetName()}: the reference volume does not have the grid on which the lesions were found. "
            "Give the node of the PET itself."
        )
        raise SceneError(message)


def new_layer(lesion_map: LesionMap) -> slicer.vtkOrientedImageData:
    """Return the labels of all lesions as the image that their segments share."""
    layer = slicer.vtkOrientedImageData()
    fill(layer, lesion_map.labels, label_type(lesion_map))
    layer.SetImageToWorldMatrix(ijk_to_ras(lesion_map.pet))
    return layer
