"""Suggestions of physiological uptake from an organ map that the reader chooses."""

from __future__ import annotations

import numpy as np
import pytest

UPPER = (slice(28, 32), slice(8, 12), slice(26, 30))
"""One of the two lesions of the patient, in (k, j, i)."""

UNKNOWN = (
    "CT segmentation: none of its names is a known organ. Choose an organ map with the names of TotalSegmentator, such "
    "as kidney_left, spleen and urinary_bladder."
)


@pytest.fixture
def organ_map(a_patient):
    """Make a segmentation as TotalSegmentator's extension does: one segment around the upper lesion."""
    import SimpleITK as sitk
    import slicer

    from NENSegmentationLib.scene.segment import BINARY_LABELMAP
    from NENSegmentationLib.scene.volumes import fill, ijk_to_ras, image_from_node

    def make(id_="kidney_left", name="left kidney", finer=1):
        pet = image_from_node(a_patient[0])
        labels = np.zeros((40, 40, 40), np.uint8)
        labels[UPPER] = 1
        grid = sitk.GetImageFromArray(labels)
        grid.CopyInformation(pet)
        grid = sitk.Expand(grid, [finer] * 3, sitk.sitkNearestNeighbor)
        data = slicer.vtkOrientedImageData()
        fill(data, sitk.GetArrayViewFromImage(grid))
        data.SetImageToWorldMatrix(ijk_to_ras(grid))
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetLabelValue(1)
        segment.AddRepresentation(BINARY_LABELMAP, data)
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "CT segmentation")
        node.GetSegmentation().AddSegment(segment, id_)
        return node

    return make


def suggestions(panel):
    return [lesion.suggestion for lesion in panel.logic.reading.session.lesion_map.lesions.values()]


def tag_of(panel, lesion_id):
    from NENSegmentationLib.scene.segment import facts_of

    segment = panel.logic.reading.session.node.GetSegmentation().GetSegment(f"Lesion_{lesion_id}")
    return facts_of(segment).get("Suggestion")


def upper(panel):
    return panel.logic.reading.session.lesion_at((-32.0, 40.0, 40.0))


def test_the_selector_takes_segmentations_and_label_maps(a_panel):
    assert list(a_panel.ui.organMapSelector.nodeTypes) == ["vtkMRMLSegmentationNode", "vtkMRMLLabelMapVolumeNode"]


def test_an_organ_map_that_was_chosen_before_gives_suggestions_when_lesions_are_found(an_open_case, organ_map):
    an_open_case.ui.organMapSelector.setCurrentNode(organ_map())
    assert not an_open_case.ui.rejectSuggestedButton.enabled
    an_open_case.ui.segmentButton.click()
    assert sorted(suggestions(an_open_case), key=str) == [None, "kidney_left"]
    assert upper(an_open_case).suggestion == tag_of(an_open_case, upper(an_open_case).id) == "kidney_left"
    assert an_open_case.ui.rejectSuggestedButton.text == "Reject suggested physiological (1) (R)"


def test_an_organ_map_that_is_chosen_later_gives_them_at_once(a_segmented_case, organ_map):
    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map())
    assert upper(a_segmented_case).suggestion == tag_of(a_segmented_case, upper(a_segmented_case).id) == "kidney_left"
    assert a_segmented_case.ui.rejectSuggestedButton.enabled
    assert a_segmented_case.ui.organMapLabel.text == ""


def test_without_it_they_are_withdrawn(a_segmented_case, organ_map):
    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map())
    a_segmented_case.ui.organMapSelector.setCurrentNode(None)
    assert suggestions(a_segmented_case) == [None, None]
    assert tag_of(a_segmented_case, upper(a_segmented_case).id) is None
    assert not a_segmented_case.ui.rejectSuggestedButton.enabled


def test_an_organ_map_that_is_removed_from_the_scene_gives_none(a_slicer, a_segmented_case, organ_map):
    node = organ_map()
    a_segmented_case.ui.organMapSelector.setCurrentNode(node)
    a_slicer.mrmlScene().RemoveNode(node)
    assert suggestions(a_segmented_case) == [None, None]


def test_the_finer_grid_of_a_ct_does(a_segmented_case, organ_map):
    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map(finer=2))
    assert upper(a_segmented_case).suggestion == "kidney_left"


def test_a_node_without_a_known_organ_is_one_sentence_and_the_case_stays(a_segmented_case, organ_map):
    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map("Segment_1", "Lesion"))
    assert a_segmented_case.ui.organMapLabel.text == UNKNOWN
    assert suggestions(a_segmented_case) == [None, None]
    a_segmented_case.ui.closeCaseButton.click()
    assert a_segmented_case.ui.organMapLabel.text == ""
    a_segmented_case.ui.openCaseButton.click()
    assert a_segmented_case.ui.organMapLabel.text == UNKNOWN
    assert a_segmented_case.ui.lesionTable.rowCount == 2


def test_they_come_back_with_the_case_and_after_undo(a_segmented_case, organ_map):
    import qt

    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map())
    a_segmented_case.ui.rejectSuggestedButton.click()
    assert suggestions(a_segmented_case) == [None]
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    qt.QApplication.processEvents()
    a_segmented_case.ui.undoButton.click()
    assert upper(a_segmented_case).suggestion == "kidney_left"
    assert tag_of(a_segmented_case, upper(a_segmented_case).id) == "kidney_left"


def test_another_module_leaves_them(a_slicer, a_segmented_case, organ_map):
    a_segmented_case.ui.organMapSelector.setCurrentNode(organ_map())
    a_slicer.leaveModule("NENSegmentation")
    assert upper(a_segmented_case).suggestion == "kidney_left"
    a_slicer.enterModule("NENSegmentation")
    assert upper(a_segmented_case).suggestion == "kidney_left"


def test_the_proposal_gets_the_organs_and_its_warning_stays(an_open_case, organ_map, monkeypatch):
    from dataclasses import replace

    from NENSegmentationLib.core.reference_region import region_from_spheres
    from NENSegmentationLib.panel import threshold_method

    seen = []

    def proposal(pet, organ, ct, organs):
        seen.append((organ.value, ct, organs.names))
        return replace(region_from_spheres(pet, organ, [(20.0, 0.0, 0.0)], 20.0), warnings=("The spleen is small.",))

    monkeypatch.setattr(threshold_method, "propose_region", proposal)
    an_open_case.ui.organMapSelector.setCurrentNode(organ_map("spleen", "spleen"))
    an_open_case.ui.organComboBox.currentIndex = 1
    an_open_case.ui.proposeButton.click()
    assert seen == [("spleen", None, {1: "spleen"})]
    assert an_open_case.ui.warningsLabel.text == "The spleen is small."
    an_open_case.ui.segmentButton.click()
    assert "The spleen is small." in an_open_case.logic.reading.session.region.warnings
    an_open_case.ui.diameterSpinBox.value = 25.0
    assert "The spleen is small." not in an_open_case.ui.warningsLabel.text
