from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
import slicer

from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.segment import BINARY_LABELMAP
from NENSegmentationLib.scene.segmentation import segmentation_node


@pytest.mark.parametrize(
    "class_name",
    [
        "vtkMRMLScalarVolumeNode",
        "vtkMRMLScalarVolumeDisplayNode",
        "vtkMRMLVolumeArchetypeStorageNode",
        "vtkMRMLSegmentationNode",
        "vtkMRMLSegmentationDisplayNode",
        "vtkMRMLSegmentationStorageNode",
        "vtkMRMLSegmentEditorNode",
        "vtkMRMLLinearTransformNode",
    ],
)
def test_the_scene_can_make_every_node_that_lesions_need(scene, class_name):
    assert scene.AddNewNodeByClass(class_name).IsA(class_name)


@pytest.mark.parametrize("colours", ["vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeInvertedGrey"])
def test_the_scene_has_the_grey_colour_tables(scene, colours):
    assert scene.GetNodeByID(colours) is not None


def test_a_labelmap_can_become_a_surface(scene, three_lesions):
    segmentation = segmentation_node(scene, three_lesions, "Lesions").GetSegmentation()
    closed_surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    assert segmentation.CreateRepresentation(closed_surface)


def test_nothing_but_its_owner_keeps_the_scene_alive():
    assert headless_scene().GetReferenceCount() == 1


def test_closing_the_scene_removes_the_nodes_of_a_case_and_keeps_the_colour_tables(scene, three_lesions):
    segmentation_node(scene, three_lesions, "Lesions")
    close_scene(scene)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationDisplayNode") == 0
    assert scene.GetNodeByID("vtkMRMLColorTableNodeInvertedGrey") is not None


def test_closing_the_scene_empties_the_shared_layer_first(scene, three_lesions):
    segmentation = segmentation_node(scene, three_lesions, "Lesions").GetSegmentation()
    layer = segmentation.GetLayerDataObject(0, BINARY_LABELMAP)
    close_scene(scene)
    assert layer.IsEmpty()


def test_a_process_that_ends_with_an_open_scene_empties_its_layers_first():
    program = """
        import atexit
        import slicer
        layer = slicer.vtkOrientedImageData()
        atexit.register(lambda: print("empty" if layer.IsEmpty() else "full"))
        from NENSegmentationLib.scene.bootstrap import headless_scene
        from NENSegmentationLib.scene.segment import BINARY_LABELMAP
        layer.SetDimensions(2, 2, 2)
        layer.AllocateScalars(4, 1)
        scene = headless_scene()
        segment = slicer.vtkSegment()
        segment.AddRepresentation(BINARY_LABELMAP, layer)
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        node.GetSegmentation().AddSegment(segment, "a")
        print("full" if not layer.IsEmpty() else "empty")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["full", "empty"]
    assert done.stderr == ""
