"""A segmentation file (.seg.nrrd): against Slicer's own storage node, in a file that both read alike."""

from __future__ import annotations

import tempfile
from pathlib import Path

import slicer
from bench_threshold import THRESHOLD
from comparison import Comparison, best_of
from synthetic import synthetic_pet

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.segments import write_segments
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.segmentation import segmentation_node


def run() -> list[Comparison]:
    """Compare writing the lesions of a patient."""
    lesion_map = LesionMap.from_threshold(synthetic_pet(), THRESHOLD)
    scene = headless_scene()
    node = segmentation_node(scene, lesion_map, "Lesions")
    with tempfile.TemporaryDirectory() as folder:
        ours = best_of(3, lambda: write_segments(Path(folder) / "ours.seg.nrrd", lesion_map))
        storage = slicer.vtkMRMLSegmentationStorageNode()
        storage.SetFileName(str(Path(folder) / "theirs.seg.nrrd"))
        theirs = best_of(1, lambda: storage.WriteData(node))
    close_scene(scene)
    return [
        Comparison(
            f".seg.nrrd of {len(lesion_map.lesions)} lesions",
            ours,
            "vtkMRMLSegmentationStorageNode",
            theirs,
            at_least=5,
        )
    ]
