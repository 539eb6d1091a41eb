"""Closing and opening scenes while the panel lives."""

from __future__ import annotations

import pytest


def test_closing_the_scene_in_the_middle_leaves_an_empty_panel(a_slicer, a_segmented_case):
    panel = a_segmented_case
    a_slicer.mrmlScene().Clear(0)
    assert panel.ui.petSelector.currentNode() is None
    assert panel._parameterNode.petVolume is None
    assert panel.ui.lesionCountLabel.text == "-"
    assert panel.ui.lesionTable.rowCount == 0
    assert not panel.ui.segmentButton.enabled
    assert panel.logic.reading.session is None


@pytest.mark.parametrize("name", ["PET", "Lesions"])
def test_a_node_that_is_removed_from_outside_closes_the_case_and_says_so(a_slicer, a_segmented_case, name):
    import slicer

    a_slicer.mrmlScene().RemoveNode(slicer.util.getNode(name))
    assert a_segmented_case.ui.caseStateLabel.text == (
        f"{name} was removed, so the case was closed. Open it again: it is as you left it."
    )
    assert a_segmented_case.ui.lesionTable.rowCount == 0


def test_a_case_that_lost_its_lesions_node_opens_as_it_was(a_slicer, a_segmented_case):
    import slicer

    a_slicer.mrmlScene().RemoveNode(slicer.util.getNode("Lesions"))
    a_segmented_case.ui.openCaseButton.click()
    assert a_segmented_case.ui.lesionTable.rowCount == 2


def test_a_panel_that_is_not_open_does_not_follow_a_new_scene(a_slicer, a_ready_panel):
    a_slicer.leaveModule("NENSegmentation")
    a_slicer.mrmlScene().Clear(0)
    assert a_ready_panel._parameterNode is None
    a_slicer.enterModule("NENSegmentation")
    assert a_ready_panel._parameterNode is not None


def test_choices_are_kept_while_another_module_is_open(a_slicer, a_ready_panel, a_patient):
    a_slicer.leaveModule("NENSegmentation")
    a_slicer.enterModule("NENSegmentation")
    assert a_ready_panel.ui.petSelector.currentNode() is a_patient[0]
    assert a_ready_panel.ui.openCaseButton.enabled


def test_an_open_case_stays_open_while_another_module_is(a_slicer, a_segmented_case):
    a_slicer.leaveModule("NENSegmentation")
    a_slicer.enterModule("NENSegmentation")
    assert a_segmented_case.ui.lesionTable.rowCount == 2


def test_choices_come_back_with_a_saved_scene(a_slicer, a_ready_panel, tmp_path):
    a_ready_panel.ui.organComboBox.currentIndex = 1
    a_ready_panel.ui.diameterSpinBox.value = 25.0
    a_ready_panel.ui.readerLineEdit.text = "Reader A"
    scene = a_slicer.mrmlScene()
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    scene.Clear(0)
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Connect()
    assert a_ready_panel.ui.organComboBox.currentText == "Spleen"
    assert a_ready_panel.ui.diameterSpinBox.value == 25.0
    assert a_ready_panel.ui.readerLineEdit.text == "Reader A"
