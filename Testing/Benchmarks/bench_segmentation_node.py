"""Lesions into Slicer's scene: against Slicer's own import of a label map, and again and again in one process.

The figures are wall-clock seconds of one process, the best of three.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import slicer
from comparison import Comparison
from synthetic import synthetic_pet
from vtkmodules.vtkCommonDataModel import vtkImageData

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.segmentation import remove_node, segmentation_node
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.volumes import fill, ijk_to_ras, voxel_view

_ROUNDS = 3


def run() -> list[Comparison]:
    """Measure, and make sure that both ways give the same segments.

    Returns
    -------
    list of Comparison
    """
    lesion_map = LesionMap.from_threshold(synthetic_pet(), 10.0)
    scene = headless_scene()
    built, torn_down = _cycles(scene, lambda: segmentation_node(scene, lesion_map, "Lesions"))
    imported = _imports(scene, lesion_map)
    _check_same_result(scene, lesion_map)
    close_scene(scene)
    cycles = np.add(built, torn_down).tolist()
    return [
        Comparison(
            f"segmentation node of {len(lesion_map.lesions)} lesions",
            min(built),
            "vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode",
            min(imported),
            at_least=5,
        ),
        Comparison("build and tear down, the second time", cycles[1], "the first time", cycles[0], at_least=0.8),
        Comparison("build and tear down, the third time", cycles[2], "the first time", cycles[0], at_least=0.8),
    ]


def _cycles(
    scene: slicer.vtkMRMLScene, build: Callable[[], slicer.vtkMRMLSegmentationNode]
) -> tuple[list[float], list[float]]:
    """Build and remove a node three times; return the seconds of each."""
    built, torn_down = [], []
    for _ in range(_ROUNDS):
        start = perf_counter()
        node = build()
        ready = perf_counter()
        remove_node(scene, node)
        del node
        built.append(ready - start)
        torn_down.append(perf_counter() - ready)
    return built, torn_down


def _imports(scene: slicer.vtkMRMLScene, lesion_map: LesionMap) -> list[float]:
    label_node = _label_node(scene, lesion_map)
    seconds, _ = _cycles(scene, lambda: _imported(scene, label_node))
    remove_node(scene, label_node)
    return seconds


def _imported(
    scene: slicer.vtkMRMLScene, label_node: slicer.vtkMRMLLabelMapVolumeNode
) -> slicer.vtkMRMLSegmentationNode:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Imported")
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(label_node, node, "")
    return node


def _label_node(scene: slicer.vtkMRMLScene, lesion_map: LesionMap) -> slicer.vtkMRMLLabelMapVolumeNode:
    data = vtkImageData()
    fill(data, lesion_map.labels, np.int16)
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    node.SetIJKToRASMatrix(ijk_to_ras(lesion_map.pet))
    node.SetAndObserveImageData(data)
    return node


def _check_same_result(scene: slicer.vtkMRMLScene, lesion_map: LesionMap) -> None:
    """Compare all voxels of both nodes with the lesion map, and one segment as Slicer extracts it."""
    label_node = _label_node(scene, lesion_map)
    for node in (segmentation_node(scene, lesion_map, "Lesions"), _imported(scene, label_node)):
        segmentation = node.GetSegmentation()
        labels = lesion_map_from_node(node, lesion_map.pet).labels
        last = slicer.vtkOrientedImageData()
        node.GetBinaryLabelmapRepresentation(segmentation.GetSegmentIDs()[-1], last)
        same = (
            segmentation.GetNumberOfSegments() == len(lesion_map.lesions)
            and np.array_equal(labels, lesion_map.labels)
            and np.count_nonzero(voxel_view(last)) == lesion_map.lesions[len(lesion_map.lesions)].voxels
        )
        if not same:
            message = f"{node.GetName()}: the node does not hold the lesions of the map, so no time can be compared"
            raise AssertionError(message)
        remove_node(scene, node)
    remove_node(scene, label_node)
