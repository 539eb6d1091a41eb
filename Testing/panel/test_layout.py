"""The reading layout: real slice views of Slicer and the projection that turns, with a mouse."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from scene.reading import click, key, mouse, pixel_of

from NENSegmentationLib.scene.display import HIGHLIGHT
from NENSegmentationLib.scene.layout import READING_LAYOUT
from NENSegmentationLib.scene.volumes import voxel_view

UPPER = (-32.0, 40.0, 40.0)
"""Inside the upper lesion: R, A, S in mm."""


def layout_node():
    return slicer.app.layoutManager().layoutLogic().GetLayoutNode()


def views_shown():
    layout = slicer.app.layoutManager()
    return {name for name in layout.sliceViewNames() if layout.sliceWidget(name).mrmlSliceNode().IsMappedInLayout()}


@pytest.fixture
def a_mip_view():
    """The view of the projection, drawn, and the pixel in which the upper lesion is seen from the front."""
    view = slicer.app.layoutManager().sliceWidget("MIP").standInView
    view.render()
    return view


def seen_from_front(panel, view):
    return pixel_of(view, panel.logic.reading.session.mip.from_front(UPPER))


def slices_through():
    """Where axial, coronal and sagittal slice lie: S, A, R in mm."""
    layout = slicer.app.layoutManager()
    nodes = [layout.sliceWidget(name).mrmlSliceNode() for name in ("Red", "Green", "Yellow")]
    return [node.GetSliceToRAS().GetElement(axis, 3) for node, axis in zip(nodes, (2, 1, 0), strict=True)]


def lesion_pixels(panel):
    return np.count_nonzero(voxel_view(panel.logic.reading.session.mip.lesion_node.GetImageData()))


@pytest.mark.usefixtures("an_open_case")
def test_an_open_case_is_shown_in_three_slices_and_the_projection():
    assert layout_node().GetViewArrangement() == READING_LAYOUT
    assert views_shown() == {"Red", "Green", "Yellow", "MIP"}


def test_the_projection_is_seen_before_anything_is_segmented(an_open_case, a_mip_view):
    picture = a_mip_view.picture().astype(int)
    assert a_mip_view.layers.GetLabelVolumeID() is None
    assert a_mip_view.layers.GetBackgroundVolumeID() is not None
    # A lesion of SUV 20 is black, the body of SUV 1 is nearly white.
    x, y = seen_from_front(an_open_case, a_mip_view)
    assert picture[400 - y, x].max() < 30
    assert 230 < picture[400 - y - 30, x].min() < 255


def test_closing_the_case_gives_the_layout_back_and_leaves_no_projection(an_open_case):
    an_open_case.ui.closeCaseButton.click()
    assert layout_node().GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert "MIP" not in views_shown()
    assert slicer.mrmlScene.GetFirstNodeByName("MIP").IsA("vtkMRMLSliceNode")
    assert slicer.mrmlScene.GetFirstNodeByName("MIP lesions") is None


def test_a_layout_that_the_reader_chose_meanwhile_stays(an_open_case):
    layout_node().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    an_open_case.ui.closeCaseButton.click()
    assert layout_node().GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    layout_node().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)


def test_a_case_that_cannot_be_opened_leaves_the_layout_as_it_was(a_ready_panel, monkeypatch, shown_errors):
    from NENSegmentationLib.scene.errors import SceneError
    from NENSegmentationLib.scene.session import CorrectionSession

    def refuse(*_arguments, **_options):
        message = "no."
        raise SceneError(message)

    monkeypatch.setattr(CorrectionSession, "open", refuse)
    a_ready_panel.ui.openCaseButton.click()
    assert shown_errors == ["No."]
    assert layout_node().GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_closing_the_scene_gives_the_layout_back(a_slicer, an_open_case):
    a_slicer.mrmlScene().Clear(0)
    assert an_open_case.logic.reading.session is None
    assert layout_node().GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_hovering_over_the_projection_highlights_and_names_the_lesion(a_segmented_case, a_mip_view):
    mouse(a_mip_view, "MouseMoveEvent", seen_from_front(a_segmented_case, a_mip_view))
    assert a_segmented_case.ui.hoverLabel.text.endswith(": 4.1 mL, SUVmax 20.0")
    lesion = a_segmented_case.logic.reading.session.lesion_at(UPPER)
    colour = [0.0] * 4
    a_segmented_case.logic.reading.session.overlay.table.GetColor(lesion.id, colour)
    assert colour[:3] == list(HIGHLIGHT)
    mouse(a_mip_view, "LeaveEvent", (0, 0))
    assert a_segmented_case.ui.hoverLabel.text == ""


def test_the_words_are_written_beside_the_pointer_until_it_leaves(a_segmented_case, a_mip_view):
    at = seen_from_front(a_segmented_case, a_mip_view)
    mouse(a_mip_view, "MouseMoveEvent", (2, 2))
    before = a_mip_view.picture()
    mouse(a_mip_view, "MouseMoveEvent", at)
    # To the left: to the right there is no room.
    beside = np.s_[400 - at[1] - 30 : 400 - at[1] - 14, at[0] - 150 : at[0] - 30]
    assert np.any(a_mip_view.picture()[beside] != before[beside])
    mouse(a_mip_view, "LeaveEvent", (0, 0))
    assert np.array_equal(a_mip_view.picture(), before)


def test_a_click_on_the_projection_deletes_and_undo_shows_the_lesion_again(a_segmented_case, a_mip_view):
    pixels = lesion_pixels(a_segmented_case)
    a_segmented_case.ui.deleteByClickButton.click()
    click(a_mip_view, seen_from_front(a_segmented_case, a_mip_view))
    assert a_segmented_case.logic.reading.session.lesion_at(UPPER) is None
    assert 0 < lesion_pixels(a_segmented_case) < pixels
    a_segmented_case.ui.undoButton.click()
    assert lesion_pixels(a_segmented_case) == pixels


def test_a_click_on_the_projection_adds_by_a_seed(a_segmented_case, a_mip_view):
    a_segmented_case.logic.reading.session.delete_at(UPPER)
    a_segmented_case.ui.addByClickButton.click()
    at = seen_from_front(a_segmented_case, a_mip_view)
    mouse(a_mip_view, "MouseMoveEvent", at)
    a_segmented_case._panel._clicks._preview.onRest()
    assert a_segmented_case.ui.previewLabel.text == "A click adds 4.1 mL, SUVmax 20.0."
    click(a_mip_view, at)
    assert a_segmented_case.logic.reading.session.lesion_at(UPPER).voxels == 64


def test_without_a_click_mode_a_click_on_the_projection_leads_the_slices_there(an_open_case, a_mip_view):
    click(a_mip_view, seen_from_front(an_open_case, a_mip_view))
    superior, anterior, right = slices_through()
    assert abs(superior - UPPER[2]) < 8
    assert abs(anterior - UPPER[1]) < 8
    assert abs(right - UPPER[0]) < 8


def test_moving_over_the_projection_with_shift_leads_the_slices_along(an_open_case, a_mip_view):
    mouse(a_mip_view, "MouseMoveEvent", seen_from_front(an_open_case, a_mip_view), shift=True)
    assert abs(slices_through()[0] - UPPER[2]) < 8
    crosshair = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    assert np.allclose(crosshair.GetCrosshairRAS(), UPPER, atol=8)
    assert a_mip_view.node.GetSliceOffset() == pytest.approx(0)


@pytest.mark.usefixtures("an_open_case")
def test_moving_in_a_slice_with_shift_does_not_turn_the_projection(a_mip_view):
    red = slicer.app.layoutManager().sliceWidget("Red").standInView
    red.render()
    mouse(red, "EnterEvent", (100, 100))
    mouse(red, "MouseMoveEvent", (120, 130), shift=True)
    assert a_mip_view.node.GetSliceOffset() == pytest.approx(0)


@pytest.mark.usefixtures("an_open_case")
def test_the_wheel_turns_the_patient_round_without_an_end(a_mip_view):
    offsets = []
    for _ in range(24):
        mouse(a_mip_view, "MouseWheelForwardEvent", (200, 200))
        offsets.append(round(a_mip_view.node.GetSliceOffset()))
    assert offsets[:3] == [15, 30, 45]
    assert offsets[10:14] == [165, -180, -165, -150]
    assert offsets[-1] == 0
    mouse(a_mip_view, "MouseWheelBackwardEvent", (200, 200))
    assert round(a_mip_view.node.GetSliceOffset()) == -15


@pytest.mark.usefixtures("an_open_case")
def test_the_arrow_keys_turn_the_patient(a_mip_view):
    key(a_mip_view, "Right")
    key(a_mip_view, "Right")
    key(a_mip_view, "Left")
    assert round(a_mip_view.node.GetSliceOffset()) == 15


def test_selecting_a_lesion_turns_the_projection_until_it_is_seen(a_segmented_case, a_patient, a_mip_view):
    # A hotter wall in front of the upper lesion hides it from the front.
    slicer.util.arrayFromVolume(a_patient[0])[26:34, 34, 20:34] = 50
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    a_segmented_case.ui.segmentButton.click()
    session = a_segmented_case.logic.reading.session
    hidden = session.lesion_at(UPPER)
    session.mip.turn_to(a_mip_view.node, 180)
    session.show_lesion(hidden.id)
    shown = voxel_view(session.mip.lesion_node.GetImageData())
    place = round((session.mip.angle(a_mip_view.node) + 180) / 15)
    assert np.any(shown[place] == hidden.id)


def test_a_new_segmentation_takes_the_place_of_the_lesions_on_the_projection(a_segmented_case, answers):
    a_segmented_case.logic.reading.session.delete_at(UPPER)
    answers["given"] = [True]
    pixels = lesion_pixels(a_segmented_case)
    a_segmented_case.ui.segmentButton.click()
    assert lesion_pixels(a_segmented_case) > pixels
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLLabelMapVolumeNode")]
    assert names.count("MIP lesions") == 1


def test_removing_the_projection_from_outside_closes_the_case(a_slicer, a_segmented_case):
    a_slicer.mrmlScene().RemoveNode(a_segmented_case.logic.reading.session.mip.pet_node)
    assert a_segmented_case.ui.caseStateLabel.text.startswith("MIP was removed, so the case was closed.")


@pytest.mark.usefixtures("an_open_case")
def test_a_point_cannot_be_placed_on_the_projection(a_slicer, a_mip_view, a_patient):
    interaction = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLInteractionNode")
    slicer.modules.markups.logic().SetActiveList(a_patient[1])
    slicer.modules.markups.logic().StartPlaceMode(False)
    click(a_mip_view, (200, 200))
    interaction.SetCurrentInteractionMode(interaction.ViewTransform)
    assert a_patient[1].GetNumberOfDefinedControlPoints() == 1
    assert a_slicer.layoutManager().sliceWidget("MIP") is not None


def test_the_panel_fits_the_width_that_slicer_gives_a_module(a_segmented_case):
    sections = a_segmented_case.ui.caseCollapsibleButton.parentWidget()
    assert sections.layout().minimumSize().width() <= 380
