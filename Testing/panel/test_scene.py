"""Closing and opening scenes while the panel lives."""

from __future__ import annotations


def test_closing_the_scene_leaves_an_empty_panel(a_slicer, a_ready_panel):
    a_ready_panel.ui.segmentButton.click()
    a_slicer.mrmlScene().Clear(0)
    assert a_ready_panel.ui.petSelector.currentNode() is None
    assert a_ready_panel._parameterNode.petVolume is None
    assert a_ready_panel.ui.lesionCountLabel.text == "-"
    assert not a_ready_panel.ui.segmentButton.enabled


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
    assert a_ready_panel.ui.segmentButton.enabled


def test_choices_come_back_with_a_saved_scene(a_slicer, a_ready_panel, tmp_path):
    a_ready_panel.ui.organComboBox.currentIndex = 1
    a_ready_panel.ui.diameterSpinBox.value = 25.0
    scene = a_slicer.mrmlScene()
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    scene.Clear(0)
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Connect()
    assert a_ready_panel.ui.organComboBox.currentText == "Spleen"
    assert a_ready_panel.ui.diameterSpinBox.value == 25.0
