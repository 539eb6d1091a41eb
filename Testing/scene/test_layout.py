from __future__ import annotations

import pytest
import slicer

from NENSegmentationLib.scene.layout import MIP_VIEW, READING_LAYOUT, ReadingLayout, mip_view
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.views import slice_views

FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
RED_ALONE = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView


@pytest.fixture
def layout_node(scene):
    """Slicer's own layout logic, which makes the view nodes that a layout names."""
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(scene)
    logic.GetLayoutNode().SetViewArrangement(FOUR_UP)
    yield logic.GetLayoutNode()
    logic.SetMRMLScene(None)


def test_slicers_layout_logic_makes_the_views_of_the_reading_layout(scene, layout_node):
    ReadingLayout(scene).show()
    assert layout_node.GetViewArrangement() == READING_LAYOUT
    found = {
        name: scene.GetSingletonNode(name, "vtkMRMLSliceNode").GetOrientation()
        for name in ("Red", "Green", "Yellow", MIP_VIEW)
    }
    assert found == {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal", MIP_VIEW: "Coronal"}


def test_the_layout_before_comes_back(scene, layout_node):
    layout_node.SetViewArrangement(RED_ALONE)
    layout = ReadingLayout(scene)
    layout.show()
    layout.show()
    layout.leave()
    assert layout_node.GetViewArrangement() == RED_ALONE


def test_a_layout_that_the_reader_chose_meanwhile_is_left_alone(scene, layout_node):
    layout = ReadingLayout(scene)
    layout.show()
    layout_node.SetViewArrangement(RED_ALONE)
    layout.leave()
    assert layout_node.GetViewArrangement() == RED_ALONE


def test_a_scene_that_was_saved_in_the_reading_layout_goes_to_slicers_own(scene, layout_node):
    ReadingLayout(scene).show()
    after_loading = ReadingLayout(scene)
    after_loading.show()
    after_loading.leave()
    assert layout_node.GetViewArrangement() == FOUR_UP


def test_a_maximized_view_does_not_hide_the_layout(scene, layout_node):
    layout_node.AddMaximizedViewNode(scene.GetSingletonNode("Red", "vtkMRMLSliceNode"))
    ReadingLayout(scene).show()
    assert layout_node.GetNumberOfMaximizedViewNodes() == 0


def test_without_a_layout_node_nothing_happens(scene):
    layout = ReadingLayout(scene)
    layout.show()
    layout.leave()
    assert mip_view(scene) is None


def test_the_view_of_the_projection_is_none_of_the_patients_slices(scene, layout_node):
    ReadingLayout(scene).show()
    logic = application_logic(scene)
    views = [SliceView(logic, name, "Coronal", (50, 50)) for name in ("Green", MIP_VIEW)]
    slice_node, composite_node = mip_view(scene)
    assert slice_node is views[1].node
    assert composite_node is views[1].layers
    assert [node.GetLayoutName() for node, _ in slice_views(scene)] == ["Green"]
    for view in views:
        view.close()
    assert layout_node.GetViewArrangement() == READING_LAYOUT
