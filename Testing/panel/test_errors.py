"""What the panel says when the method cannot be carried out."""

from __future__ import annotations

import numpy as np
import pytest


def test_an_empty_point_list_is_refused(an_open_case, a_patient, shown_errors):
    a_patient[1].RemoveAllControlPoints()
    an_open_case.ui.segmentButton.click()
    assert shown_errors == [
        "Normal liver: no point is placed. Press Place point and click into normal liver or spleen."
    ]


def test_a_point_outside_the_image_is_refused(an_open_case, a_patient, shown_errors):
    a_patient[1].SetNthControlPointPositionWorld(0, 500, 0, 0)
    an_open_case.ui.segmentButton.click()
    assert shown_errors == [
        "The reference region at R 500, A 0, S 0 mm lies outside the PET image. Place it in the liver."
    ]


def test_a_pet_without_uptake_is_refused(a_ready_panel, a_patient, shown_errors):
    import slicer

    slicer.util.arrayFromVolume(a_patient[0])[:] = 0
    a_ready_panel.ui.openCaseButton.click()
    assert len(shown_errors) == 1
    assert "PET: no voxel is above zero" in shown_errors[0]


def test_a_file_that_is_no_journal_is_refused(a_ready_panel, shown_errors):
    folder = a_ready_panel.logic.reading.folder
    a_ready_panel.ui.openCaseButton.click()
    a_ready_panel.ui.closeCaseButton.click()
    (journal,) = folder.glob("*.journal")
    journal.write_bytes(b"no journal")
    a_ready_panel.ui.openCaseButton.click()
    assert len(shown_errors) == 1
    assert journal.name in shown_errors[0]
    assert a_ready_panel.ui.caseStateLabel.text == "No case is open."


def test_a_ct_of_elsewhere_is_refused(a_ready_panel, shown_errors):
    import slicer

    ct = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4), np.int16), name="CT")
    ct.SetOrigin(1000, 0, 0)
    a_ready_panel.ui.ctSelector.setCurrentNode(ct)
    a_ready_panel.ui.openCaseButton.click()
    assert shown_errors == ["CT does not lie where PET does. Choose the CT of the same examination."]
    assert not a_ready_panel.ui.closeCaseButton.enabled


def test_an_earlier_result_stays_whole_beside_an_error(an_open_case, a_patient, shown_errors):
    an_open_case.ui.segmentButton.click()
    a_patient[1].RemoveAllControlPoints()
    an_open_case.ui.segmentButton.click()
    assert shown_errors
    assert an_open_case.ui.lesionCountLabel.text == "2"


@pytest.mark.usefixtures("shown_errors")
def test_the_cursor_is_no_longer_busy_after_an_error(qapp, an_open_case, a_patient):
    a_patient[1].RemoveAllControlPoints()
    an_open_case.ui.segmentButton.click()
    assert qapp.overrideCursor() is None


def test_an_error_that_is_not_ours_is_not_swallowed(qtbot, an_open_case, shown_errors, monkeypatch):
    monkeypatch.setattr(an_open_case.logic.reading, "segment", lambda _parameters: np.zeros(1)[2])
    with qtbot.captureExceptions() as raised:
        an_open_case.ui.segmentButton.click()
    assert [kind for kind, _error, _trace in raised] == [IndexError]
    assert shown_errors == []
