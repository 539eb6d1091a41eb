"""The panel, driven by its widgets as a physician drives it."""

from __future__ import annotations

import numpy as np
import pytest


def test_segment_is_disabled_until_a_pet_is_chosen(a_panel, a_patient):
    assert not a_panel.ui.segmentButton.enabled
    assert a_panel.ui.segmentButton.toolTip == "Choose the PET volume (in SUV) first."
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
    assert a_panel.ui.segmentButton.enabled


def test_segment_is_disabled_until_there_is_a_point_list(a_ready_panel):
    a_ready_panel.ui.pointsSelector.setCurrentNode(None)
    assert not a_ready_panel.ui.segmentButton.enabled
    assert a_ready_panel.ui.segmentButton.toolTip == "Place a point in normal liver or spleen first."


def test_what_belongs_to_points_is_disabled_while_the_region_is_proposed(a_panel):
    widgets = (a_panel.ui.pointsSelector, a_panel.ui.placePointButton, a_panel.ui.diameterSpinBox)
    assert [widget.enabled for widget in widgets] == [False, False, False]
    a_panel.ui.placeComboBox.currentIndex = 1
    assert [widget.enabled for widget in widgets] == [True, True, True]


def test_the_choices_are_in_a_physicians_words(a_panel):
    places, organs = a_panel.ui.placeComboBox, a_panel.ui.organComboBox
    assert [places.itemText(n) for n in range(places.count)] == ["Proposed from the images", "Spheres at my points"]
    assert [organs.itemText(n) for n in range(organs.count)] == ["Liver", "Spleen"]


def test_segment_makes_one_segment_for_each_lesion(a_ready_panel):
    a_ready_panel.ui.segmentButton.click()
    node = a_ready_panel._parameterNode.lesions
    assert node.GetName() == "PET lesions"
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["Lesion_1", "Lesion_2"]


def test_segment_shows_the_figures(a_ready_panel):
    a_ready_panel.ui.segmentButton.click()
    ui = a_ready_panel.ui
    assert ui.segmentedVolumeLabel.text == "PET"
    # 208 voxels lie in the 30-mm sphere, at 4.8 and 5.2 in turn: mean 5, sample SD 0.2 * sqrt(208 / 207).
    assert ui.referenceRegionLabel.text == "Liver, 208 voxels"
    assert ui.referenceUptakeLabel.text == "SUVmean 5.00, SD 0.20"
    assert ui.thresholdLabel.text == "7.90 (1.5 \u00d7 mean + 2 \u00d7 SD)"
    assert ui.lesionCountLabel.text == "2"
    assert ui.totalVolumeLabel.text == "8.2 mL"
    assert ui.lowestUptakeLabel.text.startswith("20.00 (")
    assert ui.warningsLabel.text == "None"


def test_spleen_has_the_other_formula(a_ready_panel):
    a_ready_panel.ui.organComboBox.currentIndex = 1
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.referenceRegionLabel.text.startswith("Spleen")
    assert a_ready_panel.ui.thresholdLabel.text == "3.75 (0.67 \u00d7 mean + 2 \u00d7 SD)"


def test_the_diameter_of_the_spheres_is_that_of_the_spin_box(a_ready_panel):
    a_ready_panel.ui.diameterSpinBox.value = 20.0
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.referenceRegionLabel.text == "Liver, 56 voxels"


def test_a_second_segmentation_leaves_the_first_one_whole_and_hides_it(a_ready_panel):
    a_ready_panel.ui.segmentButton.click()
    first = a_ready_panel._parameterNode.lesions
    a_ready_panel.ui.segmentButton.click()
    second = a_ready_panel._parameterNode.lesions
    assert second.GetName() == "PET lesions_1"
    assert first.GetSegmentation().GetNumberOfSegments() == 2
    assert not first.GetDisplayVisibility()
    assert second.GetDisplayVisibility()


def test_no_lesion_is_a_result(a_ready_panel, a_patient):
    import slicer

    slicer.util.arrayFromVolume(a_patient[0])[:] = np.minimum(slicer.util.arrayFromVolume(a_patient[0]), 5.2)
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.lesionCountLabel.text == "0"
    assert a_ready_panel.ui.totalVolumeLabel.text == "0.0 mL"
    assert a_ready_panel.ui.lowestUptakeLabel.text == "-"


def test_a_pet_of_unknown_units_is_segmented_with_a_warning(a_ready_panel, a_patient):
    a_patient[0].SetVoxelValueUnits(None)
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.lesionCountLabel.text == "2"
    assert a_ready_panel.ui.warningsLabel.text == ("PET does not say in which units it is; SUVbw (g/mL) was assumed.")


def test_a_varied_reference_region_is_warned_of(a_ready_panel, a_patient):
    import slicer

    array = slicer.util.arrayFromVolume(a_patient[0])
    array[array == np.float32(4.8)] = 2
    a_ready_panel.ui.segmentButton.click()
    assert "varies by 45 % (SD / mean)" in a_ready_panel.ui.warningsLabel.text


def test_the_reference_region_can_be_proposed(a_panel, a_patient, monkeypatch):
    from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
    from NENSegmentationLib.panel import threshold_method

    def proposal(pet, organ, ct):
        assert (organ, ct) == (Organ.LIVER, None)
        return region_from_spheres(pet, organ, [(20, 0, 0)])

    monkeypatch.setattr(threshold_method, "propose_region", proposal)
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
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
        lambda pet, organ, ct: seen.append(shape(ct)) or region_from_spheres(pet, organ, [(20, 0, 0)]),
    )
    ct = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4), np.int16), name="CT")
    a_panel.ui.petSelector.setCurrentNode(a_patient[0])
    a_panel.ui.ctSelector.setCurrentNode(ct)
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
