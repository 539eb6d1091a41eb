"""The reference region: proposed, dragged by a real mouse in a real slice view, drawn and measured while it moves."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scene.reading import mouse, pixel_of

LIVER = (20.0, 0.0, 0.0)
"""Where the patient's point is: R, A, S in mm."""

FOUND = (16.0, 4.0, -4.0)
"""Where a sphere is proposed."""

POINTS, PROPOSED = 1, 0
"""Rows of the box for the place."""

FIGURES = ("referenceRegionLabel", "referenceUptakeLabel", "thresholdLabel")


@pytest.fixture
def proposals(monkeypatch):
    """Let one sphere in the liver be proposed; returns who asked."""
    from NENSegmentationLib.core.reference_region import region_from_spheres
    from NENSegmentationLib.panel import threshold_method

    asked = []
    monkeypatch.setattr(
        threshold_method,
        "propose_region",
        lambda pet, organ, ct, **_organs: asked.append((organ, ct)) or region_from_spheres(pet, organ, [FOUND]),
    )
    return asked


@pytest.fixture
def a_view():
    """Bring a point into the axial view, and draw it."""
    import slicer

    view = slicer.app.layoutManager().sliceWidget("Red").standInView
    crosshair = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode")

    def bring(ras):
        crosshair.SetCrosshairMode(crosshair.NoCrosshair)
        view.node.JumpSliceByOffsetting(*ras)
        view.render()
        return view

    return bring


def start_drag(view, ras):
    mouse(view, "MouseMoveEvent", pixel_of(view, ras))
    view.render()
    mouse(view, "LeftButtonPressEvent", pixel_of(view, ras))


def drag(view, start, end):
    start_drag(view, start)
    mouse(view, "MouseMoveEvent", pixel_of(view, end))
    mouse(view, "LeftButtonReleaseEvent", pixel_of(view, end))


def figures(panel):
    return tuple(getattr(panel.ui, name).text for name in FIGURES)


def outline_nodes():
    import slicer

    count = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLModelNode")
    models = [slicer.mrmlScene.GetNthNodeByClass(n, "vtkMRMLModelNode") for n in range(count)]
    return [model for model in models if not slicer.vtkMRMLSliceLogic.IsSliceModelNode(model)]


def outline_centre():
    (node,) = outline_nodes()
    return np.reshape(node.GetPolyData().GetBounds(), (3, 2)).mean(axis=1)


def chosen_points(panel):
    points = panel._parameterNode.referencePoints
    return [tuple(points.GetNthControlPointPositionWorld(n)) for n in range(points.GetNumberOfControlPoints())]


def last_segmentation(panel):
    events = panel.logic.reading.session.journal.events()
    return [event.payload for event in events if event.kind.value == "segmented"][-1]


def test_a_placed_point_is_drawn_and_measured_before_anything_is_segmented(an_open_case):
    assert_allclose(outline_centre(), LIVER, atol=0.1)
    assert figures(an_open_case) == (
        "Liver, 208 voxels",
        "SUVmean 5.00, SD 0.20",
        "7.90 (1.5 \u00d7 mean + 2 \u00d7 SD)",
    )


def test_the_outline_is_seen_in_the_slice_view(an_open_case, a_view):
    view = a_view(LIVER)
    shown = view.picture().astype(int)
    cyan = (shown[..., 1] - shown[..., 0] > 120) & (shown[..., 2] - shown[..., 0] > 120)
    an_open_case.ui.showOutlineCheckBox.click()
    shown = view.picture().astype(int)
    without = (shown[..., 1] - shown[..., 0] > 120) & (shown[..., 2] - shown[..., 0] > 120)
    assert np.count_nonzero(cyan) > 300
    assert np.count_nonzero(without) == 0


def test_outline_and_figures_follow_each_move_of_the_mouse(a_segmented_case, a_patient, a_view):
    from NENSegmentationLib.core.reference_region import Organ, region_from_spheres

    session = a_segmented_case.logic.reading.session
    view = a_view(LIVER)
    start_drag(view, LIVER)
    for right in (16.0, 8.0, -4.0):
        mouse(view, "MouseMoveEvent", pixel_of(view, (right, 4.0, 0.0)))
        place = a_patient[1].GetNthControlPointPositionWorld(0)
        expected = region_from_spheres(session.pet, Organ.LIVER, [place])
        assert abs(place[0] - right) < 1
        assert_allclose(outline_centre(), place, atol=0.1)
        assert figures(a_segmented_case) == (
            f"Liver, {expected.n} voxels",
            f"SUVmean {expected.mean:.2f}, SD {expected.sd:.2f}",
            f"{expected.threshold():.2f} (1.5 \u00d7 mean + 2 \u00d7 SD)",
        )
    mouse(view, "LeftButtonReleaseEvent", pixel_of(view, (-4.0, 4.0, 0.0)))
    assert a_segmented_case.ui.lesionCountLabel.text == "2"


def test_a_drag_to_normal_tissue_gives_its_figures(an_open_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, -40.0, 0.0, 0.0)
    # Body at SUV 1 alone: mean 1, SD 0.
    assert figures(an_open_case)[1:] == ("SUVmean 1.00, SD 0.00", "1.50 (1.5 \u00d7 mean + 2 \u00d7 SD)")


def test_segment_uses_exactly_the_region_that_was_dragged(a_segmented_case, a_patient, a_view):
    from NENSegmentationLib.core.reference_region import Organ, region_from_spheres

    drag(a_view(LIVER), LIVER, (12.0, 8.0, 0.0))
    place = a_patient[1].GetNthControlPointPositionWorld(0)
    a_segmented_case.ui.segmentButton.click()
    region = a_segmented_case.logic.reading.session.region
    expected = region_from_spheres(a_segmented_case.logic.reading.session.pet, Organ.LIVER, [place])
    assert tuple(place) != LIVER
    assert region.ellipsoids == expected.ellipsoids
    assert (region.n, region.mean, region.sd) == (expected.n, expected.mean, expected.sd)
    assert np.array_equal(region.mask, expected.mask)


def test_a_region_that_is_not_that_of_the_lesions_is_pointed_out_until_it_is_used(a_segmented_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, 16.0, 0.0, 0.0)
    assert a_segmented_case.ui.warningsLabel.text == (
        "The lesions were found with another region (threshold 7.90). Press Segment to use this one."
    )
    a_segmented_case.ui.segmentButton.click()
    assert a_segmented_case.ui.warningsLabel.text == "None"


def test_a_region_is_used_for_added_lesions_and_given_ones_stay(an_open_case):
    from NENSegmentationLib.core.lesion import Origin
    from NENSegmentationLib.core.lesions import LesionMap

    ui, reading = an_open_case.ui, an_open_case.logic.reading
    labels = np.zeros((40, 40, 40), np.int32)
    labels[28:32, 8:12, 26:30] = 1
    found = LesionMap.from_labels(reading.session.pet, labels, origin=Origin.GIVEN)
    hidden_before = ui.useRegionButton.isHidden()
    reading.takeOver((found, ()), an_open_case._parameterNode)
    hidden_then = ui.useRegionButton.isHidden()
    assert (hidden_before, hidden_then) == (True, False)
    assert ui.warningsLabel.text == (
        "No region is used for added lesions yet. Press Use for added lesions to use this one."
    )
    ui.useRegionButton.click()
    assert ui.warningsLabel.text == "None"
    assert (ui.lesionCountLabel.text, reading.session.region.threshold()) == ("1", pytest.approx(7.9, abs=0.01))
    assert reading.foundBy == "Method: given segmentation. Threshold for added lesions: SUV 7.90 of the liver."


def test_the_button_for_added_lesions_needs_a_region(a_segmented_case, a_patient):
    reading = a_segmented_case.logic.reading
    reading.session.method = "ensemble"
    a_patient[1].RemoveAllControlPoints()
    assert not a_segmented_case.ui.useRegionButton.enabled


def test_the_place_of_the_points_stays_on_show_when_a_lesion_is_deleted(a_segmented_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, -40.0, 0.0, 0.0)
    a_segmented_case.logic.reading.session.delete(1)
    assert a_segmented_case.ui.referenceUptakeLabel.text == "SUVmean 1.00, SD 0.00"
    assert_allclose(outline_centre(), (-40, 0, 0), atol=0.1)


def test_the_diameter_changes_outline_and_figures_at_once(an_open_case):
    an_open_case.ui.diameterSpinBox.value = 20.0
    assert an_open_case.ui.referenceRegionLabel.text == "Liver, 56 voxels"
    assert_allclose(np.ptp(np.reshape(outline_nodes()[0].GetPolyData().GetBounds(), (3, 2)), axis=1), 20, atol=0.1)


def test_the_organ_changes_the_name_of_the_outline(an_open_case):
    an_open_case.ui.organComboBox.currentIndex = 1
    assert outline_nodes()[0].GetName() == "Reference region (spleen)"


def test_several_points_are_drawn_and_pooled(an_open_case, a_patient):
    a_patient[1].AddControlPointWorld(-40.0, 0.0, 0.0)
    # 208 voxels at a mean of 5 and 208 at 1.
    assert figures(an_open_case)[0] == "Liver, 416 voxels"
    assert figures(an_open_case)[1].startswith("SUVmean 3.00, SD 2.0")
    assert_allclose(outline_nodes()[0].GetPolyData().GetBounds()[:2], (-55, 35), atol=0.1)
    a_patient[1].RemoveNthControlPoint(1)
    assert figures(an_open_case)[0] == "Liver, 208 voxels"


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ((500.0, 0.0, 0.0), "The reference region at R 500, A 0, S 0 mm lies outside the PET image."),
        ((70.0, 0.0, 0.0), "The reference region at R 70, A 0, S 0 mm reaches outside the PET image. Move it inwards."),
        ((20.0, 20.0, 0.0), "The uptake in the reference region varies by"),
    ],
)
def test_what_is_wrong_with_a_place_is_said_while_it_is_there(an_open_case, a_patient, place, sentence):
    a_patient[1].SetNthControlPointPositionWorld(0, *place)
    assert an_open_case.ui.warningsLabel.text.startswith(sentence)
    assert_allclose(outline_centre(), place, atol=0.1)
    a_patient[1].SetNthControlPointPositionWorld(0, *LIVER)
    assert an_open_case.ui.warningsLabel.text == "None"


def test_too_few_voxels_are_said_while_the_diameter_is_chosen(an_open_case):
    an_open_case.ui.diameterSpinBox.value = 10.0
    assert "holds 8 voxels, and mean and SD need 20 or more" in an_open_case.ui.warningsLabel.text
    assert figures(an_open_case) == ("-", "-", "-")


def test_uptake_touched_by_the_region_is_said_while_it_is_dragged(an_open_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, -32.0, 36.0, 36.0)
    assert "it may hold tumour or the edge of the organ" in an_open_case.ui.warningsLabel.text


@pytest.mark.usefixtures("proposals")
def test_a_proposal_becomes_points_with_an_outline_and_figures(an_open_case):
    an_open_case.ui.proposeButton.click()
    assert chosen_points(an_open_case) == [FOUND]
    assert an_open_case.ui.placeComboBox.currentText == "Proposed from the images"
    assert an_open_case.ui.diameterSpinBox.value == 30.0
    assert an_open_case.ui.referenceRegionLabel.text == "Liver, 208 voxels"
    assert_allclose(outline_centre(), FOUND, atol=0.1)


@pytest.mark.usefixtures("proposals")
def test_a_proposal_is_brought_into_the_views(an_open_case):
    import slicer

    an_open_case.ui.proposeButton.click()
    views = slicer.app.layoutManager()
    offsets = [views.sliceWidget(name).mrmlSliceNode().GetSliceOffset() for name in ("Yellow", "Green", "Red")]
    # The sagittal slices of Slicer count to the left of the patient.
    assert_allclose(offsets, (-FOUND[0], FOUND[1], FOUND[2]), atol=1e-6)


@pytest.mark.usefixtures("proposals")
def test_a_proposal_leaves_the_readers_points_in_their_list(an_open_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, 12.0, 4.0, 8.0)
    an_open_case.ui.proposeButton.click()
    assert an_open_case._parameterNode.referencePoints is not a_patient[1]
    assert tuple(a_patient[1].GetNthControlPointPositionWorld(0)) == (12.0, 4.0, 8.0)


@pytest.mark.usefixtures("proposals")
def test_a_second_proposal_takes_the_place_of_the_first(an_open_case):
    import slicer

    for _ in range(3):
        an_open_case.ui.proposeButton.click()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 2
    assert len(outline_nodes()) == 1


def test_segment_proposes_once_and_then_uses_what_is_seen(a_panel, a_patient, proposals):
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
    a_panel.ui.openCaseButton.click()
    assert outline_nodes() == []
    a_panel.ui.segmentButton.click()
    a_panel.ui.segmentButton.click()
    assert len(proposals) == 1
    assert chosen_points(a_panel) == [FOUND]
    assert last_segmentation(a_panel)["region"] == "proposed"


@pytest.mark.usefixtures("proposals")
def test_a_proposal_that_is_dragged_is_the_readers(an_open_case, a_view):
    an_open_case.ui.proposeButton.click()
    drag(a_view(FOUND), FOUND, (12.0, 8.0, 0.0))
    assert an_open_case.ui.placeComboBox.currentText == "Spheres at my points"
    an_open_case.ui.segmentButton.click()
    assert last_segmentation(an_open_case)["region"] == "placed"


@pytest.mark.usefixtures("proposals")
def test_a_proposal_with_another_diameter_is_the_readers(an_open_case):
    an_open_case.ui.proposeButton.click()
    an_open_case.ui.diameterSpinBox.value = 24.0
    assert an_open_case.ui.placeComboBox.currentText == "Spheres at my points"


@pytest.mark.usefixtures("proposals")
def test_a_proposal_that_was_dragged_in_another_module_is_the_readers(a_slicer, an_open_case):
    an_open_case.ui.proposeButton.click()
    a_slicer.leaveModule("NENSegmentation")
    points = a_slicer.mrmlScene().GetNodesByClass("vtkMRMLMarkupsFiducialNode").GetItemAsObject(1)
    points.SetNthControlPointPositionWorld(0, 16.0, 0.0, 0.0)
    a_slicer.enterModule("NENSegmentation")
    assert an_open_case.ui.placeComboBox.currentText == "Spheres at my points"
    assert_allclose(outline_centre(), (16, 0, 0), atol=0.1)


def test_a_dragged_proposal_is_proposed_anew_only_when_that_is_asked_for(an_open_case, proposals):
    an_open_case.ui.proposeButton.click()
    mine = an_open_case._parameterNode.referencePoints
    mine.SetNthControlPointPositionWorld(0, 16.0, 0.0, 0.0)
    an_open_case.ui.segmentButton.click()
    assert len(proposals) == 1
    an_open_case.ui.placeComboBox.currentIndex = PROPOSED
    an_open_case.ui.segmentButton.click()
    assert len(proposals) == 2
    assert tuple(mine.GetNthControlPointPositionWorld(0)) == (16.0, 0.0, 0.0)


def test_a_proposal_for_one_patient_is_not_used_for_another(an_open_case, a_patient, proposals):
    import slicer

    an_open_case.ui.proposeButton.click()
    an_open_case.ui.closeCaseButton.click()
    slicer.util.arrayFromVolume(a_patient[0])[:] *= 1.5
    an_open_case.ui.openCaseButton.click()
    an_open_case.ui.segmentButton.click()
    assert len(proposals) == 2


def test_a_proposal_in_the_spleen_is_refused_and_says_what_to_do(an_open_case, shown_errors):
    an_open_case.ui.organComboBox.currentIndex = 1
    an_open_case.ui.proposeButton.click()
    assert shown_errors == [
        "No reference region is proposed: by uptake alone the spleen cannot be told from its neighbours, an organ map "
        "is needed. Place it in the spleen by hand."
    ]
    assert an_open_case.ui.placeComboBox.currentText == "Spheres at my points"
    assert an_open_case.ui.referenceRegionLabel.text == "Spleen, 208 voxels"


def test_propose_needs_a_case(a_ready_panel):
    assert not a_ready_panel.ui.proposeButton.enabled
    a_ready_panel.ui.openCaseButton.click()
    assert a_ready_panel.ui.proposeButton.enabled


def test_show_outline_hides_the_handles_as_well(an_open_case, a_patient):
    a_patient[1].CreateDefaultDisplayNodes()
    an_open_case.ui.showOutlineCheckBox.click()
    assert not a_patient[1].GetDisplayVisibility()
    assert not outline_nodes()[0].GetDisplayNode().GetVisibility2D()
    an_open_case.ui.placePointButton.click()
    assert a_patient[1].GetDisplayVisibility()
    assert outline_nodes()[0].GetDisplayNode().GetVisibility2D()


def test_closing_the_case_takes_the_outline_away_and_leaves_the_points(an_open_case, a_patient):
    an_open_case.ui.closeCaseButton.click()
    assert outline_nodes() == []
    assert figures(an_open_case) == ("-", "-", "-")
    a_patient[1].SetNthControlPointPositionWorld(0, 12.0, 0.0, 0.0)
    assert outline_nodes() == []


def test_closing_the_scene_takes_the_outline_away(a_slicer, an_open_case):
    a_slicer.mrmlScene().Clear(0)
    assert outline_nodes() == []
    assert not an_open_case.ui.proposeButton.enabled


@pytest.mark.usefixtures("proposals")
def test_a_saved_scene_keeps_the_proposal_and_not_the_outline(a_slicer, an_open_case, tmp_path):
    an_open_case.ui.proposeButton.click()
    points, scene = an_open_case._parameterNode.referencePoints, a_slicer.mrmlScene()
    points.AddDefaultStorageNode()
    points.GetStorageNode().SetFileName(str(tmp_path / "points.mrk.json"))
    points.GetStorageNode().WriteData(points)
    written = points.GetAttribute("NENSegmentation.Proposal")
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    scene.Clear(0)
    scene.Connect()
    assert an_open_case._parameterNode.referencePoints.GetAttribute("NENSegmentation.Proposal") == written
    assert an_open_case.ui.placeComboBox.currentText == "Proposed from the images"
    assert chosen_points(an_open_case) == [pytest.approx(FOUND)]
    assert outline_nodes() == []


def test_a_reopened_case_shows_the_region_of_its_lesions_where_no_point_is_left(a_segmented_case, a_patient):
    import slicer

    slicer.mrmlScene.RemoveNode(a_patient[1])
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    assert_allclose(outline_centre(), LIVER, atol=0.1)
    assert a_segmented_case.ui.referenceRegionLabel.text == "Liver, 208 voxels"
