"""The panel, driven by its widgets as a physician drives it."""

from __future__ import annotations

import numpy as np
import pytest


def test_segment_is_disabled_until_a_case_is_open(a_ready_panel):
    assert not a_ready_panel.ui.segmentButton.enabled
    assert a_ready_panel.ui.segmentButton.toolTip == "Open a case first."
    a_ready_panel.ui.openCaseButton.click()
    assert a_ready_panel.ui.segmentButton.enabled


def test_segment_is_disabled_until_there_is_a_point_list(an_open_case):
    an_open_case.ui.pointsSelector.setCurrentNode(None)
    assert not an_open_case.ui.segmentButton.enabled
    assert an_open_case.ui.segmentButton.toolTip == "Place a point in normal liver or spleen first."


def test_what_belongs_to_points_is_disabled_while_the_region_is_proposed(a_panel):
    widgets = (a_panel.ui.pointsSelector, a_panel.ui.placePointButton, a_panel.ui.diameterSpinBox)
    assert [widget.enabled for widget in widgets] == [False, False, False]
    a_panel.ui.placeComboBox.currentIndex = 1
    assert [widget.enabled for widget in widgets] == [True, True, True]


def test_the_choices_are_in_a_physicians_words(a_panel):
    places, organs = a_panel.ui.placeComboBox, a_panel.ui.organComboBox
    assert [places.itemText(n) for n in range(places.count)] == ["Proposed from the images", "Spheres at my points"]
    assert [organs.itemText(n) for n in range(organs.count)] == ["Liver", "Spleen"]


def test_segment_makes_one_segment_for_each_lesion(an_open_case):
    an_open_case.ui.segmentButton.click()
    node = an_open_case._parameterNode.lesions
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["Lesion_1", "Lesion_2"]


def test_segment_shows_the_figures(an_open_case):
    an_open_case.ui.segmentButton.click()
    ui = an_open_case.ui
    # 208 voxels lie in the 30-mm sphere, at 4.8 and 5.2 in turn: mean 5, sample SD 0.2 * sqrt(208 / 207).
    assert ui.referenceRegionLabel.text == "Liver, 208 voxels"
    assert ui.referenceUptakeLabel.text == "SUVmean 5.00, SD 0.20"
    assert ui.thresholdLabel.text == "7.90 (1.5 \u00d7 mean + 2 \u00d7 SD)"
    assert ui.lesionCountLabel.text == "2"
    assert ui.totalVolumeLabel.text == "8.2 mL"
    assert ui.lowestUptakeLabel.text.startswith("20.00 (")
    assert ui.warningsLabel.text == "None"
    assert ui.methodLabel.text == ui.reviewMethodLabel.text
    assert ui.methodLabel.text.startswith("Method: threshold, SUV above 7.90 of the liver")


def test_spleen_has_the_other_formula(an_open_case):
    an_open_case.ui.organComboBox.currentIndex = 1
    an_open_case.ui.segmentButton.click()
    assert an_open_case.ui.referenceRegionLabel.text.startswith("Spleen")
    assert an_open_case.ui.thresholdLabel.text == "3.75 (0.67 \u00d7 mean + 2 \u00d7 SD)"


def test_the_diameter_of_the_spheres_is_that_of_the_spin_box(an_open_case):
    an_open_case.ui.diameterSpinBox.value = 20.0
    an_open_case.ui.segmentButton.click()
    assert an_open_case.ui.referenceRegionLabel.text == "Liver, 56 voxels"


def test_a_second_segmentation_replaces_the_first(a_segmented_case):
    import slicer

    a_segmented_case.ui.diameterSpinBox.value = 20.0
    a_segmented_case.ui.segmentButton.click()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    assert a_segmented_case.ui.lesionTable.rowCount == 2


def test_corrections_are_replaced_only_after_a_question(a_segmented_case, answers):
    a_segmented_case.ui.lesionTable.setCurrentCell(0, 0)
    a_segmented_case.ui.deleteButton.click()
    for answer, lesions in ((False, 1), (True, 2)):
        answers["given"].append(answer)
        a_segmented_case.ui.segmentButton.click()
        assert a_segmented_case.ui.lesionTable.rowCount == lesions
    assert (
        answers["asked"]
        == ["The lesions of this case (1) were corrected already. Replace them, and lose the corrections?"] * 2
    )


def test_no_lesion_is_a_result(a_ready_panel, a_patient):
    import slicer

    slicer.util.arrayFromVolume(a_patient[0])[:] = np.minimum(slicer.util.arrayFromVolume(a_patient[0]), 5.2)
    a_ready_panel.ui.openCaseButton.click()
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.lesionCountLabel.text == "0"
    assert a_ready_panel.ui.totalVolumeLabel.text == "0.0 mL"
    assert a_ready_panel.ui.lowestUptakeLabel.text == "-"


def test_a_varied_reference_region_is_warned_of(a_ready_panel, a_patient):
    import slicer

    array = slicer.util.arrayFromVolume(a_patient[0])
    array[array == np.float32(4.8)] = 2
    a_ready_panel.ui.openCaseButton.click()
    a_ready_panel.ui.segmentButton.click()
    assert "varies by 45 % (SD / mean)" in a_ready_panel.ui.warningsLabel.text


def test_the_reference_region_can_be_proposed(a_panel, a_patient, monkeypatch):
    from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
    from NENSegmentationLib.panel import threshold_method

    def proposal(pet, organ, ct, organs):
        assert (organ, ct, organs) == (Organ.LIVER, None, None)
        return region_from_spheres(pet, organ, [(20, 0, 0)])

    monkeypatch.setattr(threshold_method, "propose_region", proposal)
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
    a_panel.ui.openCaseButton.click()
    a_panel.ui.segmentButton.click()
    assert a_panel.ui.lesionCountLabel.text == "2"


def test_the_chosen_ct_helps_the_proposal(a_panel, a_patient, monkeypatch):
    import slicer

    from NENSegmentationLib.core.reference_region import region_from_spheres
    from NENSegmentationLib.core.volume import shape
    from NENSegmentationLib.panel import threshold_method

    seen = []
    monkeypatch.setattr(
        threshold_method,
        "propose_region",
        lambda pet, organ, ct, **_organs: seen.append(shape(ct)) or region_from_spheres(pet, organ, [(20, 0, 0)]),
    )
    ct = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4), np.int16), name="CT")
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
    a_panel.ui.ctSelector.setCurrentNode(ct)
    a_panel.ui.openCaseButton.click()
    a_panel.ui.segmentButton.click()
    assert seen == [(2, 3, 4)]


@pytest.mark.parametrize("clicks", [1, 2])
def test_place_point_makes_one_point_list_and_waits_for_a_click(a_panel, clicks):
    import slicer

    a_panel.ui.placeComboBox.currentIndex = 1
    for _ in range(clicks):
        a_panel.ui.placePointButton.click()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 1
    assert a_panel.ui.pointsSelector.currentNode().GetName() == "Reference region"
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() == interaction.Place


def test_dragging_the_point_measures_the_region_anew_without_segmenting(a_segmented_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, -32.0, 40.0, 40.0)
    assert a_segmented_case.ui.referenceUptakeLabel.text.startswith("SUVmean 6.")
    assert a_segmented_case.ui.lesionCountLabel.text == "2"
    assert a_segmented_case.logic.reading.session.region.threshold() == pytest.approx(7.9, abs=0.01)


def test_a_point_dragged_out_of_the_image_is_one_sentence(a_segmented_case, a_patient):
    a_patient[1].SetNthControlPointPositionWorld(0, 500, 0, 0)
    assert "lies outside the PET image" in a_segmented_case.ui.warningsLabel.text
    assert a_segmented_case.ui.thresholdLabel.text == "-"
