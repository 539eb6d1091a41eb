"""A corrected case into the training cases by one click."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def chosen_folder(tmp_path, monkeypatch):
    """The folder that the user chooses, and how often the panel asks for one."""
    import qt

    folder, asked = tmp_path / "cases", []
    folder.mkdir()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: asked.append(folder) or str(folder))
    return folder, asked


@pytest.fixture
def add(a_slicer):
    """Click on the button, and wait until the case is written."""
    import time

    def click(panel):
        panel.ui.trainingAddButton.click()
        while panel._panel._ensemble._training._writing is not None:
            a_slicer.processEvents()
            time.sleep(0.02)

    return click


def the_case(folder):
    from NENSegmentationLib.ensemble.case_folders import case_folders

    (case,) = case_folders(folder)
    return case.read()


def test_it_is_what_training_reads(a_segmented_case, chosen_folder, add):
    from NENSegmentationLib.core.volume import voxels

    folder, _ = chosen_folder
    session = a_segmented_case.logic.reading.session
    session.delete(1)
    add(a_segmented_case)
    case = the_case(folder)
    assert a_segmented_case.ui.trainingLabel.text == f"Added: {folder / case.name}"
    np.testing.assert_array_equal(voxels(case.pet), voxels(session.pet))
    np.testing.assert_array_equal(voxels(case.lesions), session.lesion_map.labels)
    assert case.threshold == pytest.approx(session.region.threshold())
    assert not case.is_negative


def test_the_folder_is_asked_for_once(a_segmented_case, chosen_folder, shown_errors, add):
    folder, asked = chosen_folder
    for _ in range(2):
        add(a_segmented_case)
    assert len(asked) == 1
    (sentence,) = shown_errors
    assert sentence.endswith(": this case is among the training cases already. Remove that folder to add it anew.")
    assert len(list(folder.iterdir())) == 1


def test_another_folder_can_be_chosen(a_segmented_case, chosen_folder):
    folder, _ = chosen_folder
    a_segmented_case.ui.trainingFolderButton.click()
    assert a_segmented_case.ui.trainingLabel.text == f"Training cases go to {folder}"


def test_a_case_without_a_lesion_is_a_negative_control_if_the_user_says_so(
    a_segmented_case, chosen_folder, answers, add
):
    folder, _ = chosen_folder
    a_segmented_case.logic.reading.session.delete(1, 2)
    for answer, cases in ((False, 0), (True, 1)):
        answers["given"].append(answer)
        add(a_segmented_case)
        assert len(list(folder.iterdir())) == cases
    assert answers["asked"][0] == "There is no lesion in this case. Add it as a negative control?"
    assert the_case(folder).is_negative


def test_it_needs_lesions(an_open_case):
    assert not an_open_case.ui.trainingAddButton.enabled
    an_open_case.ui.segmentButton.click()
    assert an_open_case.ui.trainingAddButton.enabled


def test_what_cannot_be_written_is_one_sentence(a_segmented_case, chosen_folder, add, monkeypatch):
    from NENSegmentationLib.core.output import OutputError
    from NENSegmentationLib.scene import ensemble_case

    def full(path, _image):
        message = f"{path.name}: the disk is full."
        raise OutputError(message)

    monkeypatch.setattr(ensemble_case, "write_image", full)
    add(a_segmented_case)
    assert a_segmented_case.ui.trainingLabel.text == "Pet.nrrd: the disk is full."
    assert list(chosen_folder[0].iterdir()) == []
    assert a_segmented_case.ui.trainingAddButton.enabled
