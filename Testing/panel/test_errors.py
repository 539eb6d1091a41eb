"""What the panel says when the method cannot be carried out."""

from __future__ import annotations

import numpy as np
import pytest


def test_an_empty_point_list_is_refused(a_ready_panel, a_patient, shown_errors):
    a_patient[1].RemoveAllControlPoints()
    a_ready_panel.ui.segmentButton.click()
    assert shown_errors == [
        "Normal liver: no point is placed. Press Place point and click into normal liver or spleen."
    ]


def test_a_point_outside_the_image_is_refused(a_ready_panel, a_patient, shown_errors):
    a_patient[1].SetNthControlPointPositionWorld(0, 500, 0, 0)
    a_ready_panel.ui.segmentButton.click()
    assert shown_errors == [
        "The reference region at R 500, A 0, S 0 mm lies outside the PET image. Place it in the liver."
    ]


def test_a_volume_in_other_units_is_refused(a_ready_panel, a_patient, shown_errors):
    import slicer

    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("Bq/ml", "UCUM", "Becquerels/milliliter")
    a_patient[0].SetVoxelValueUnits(units)
    a_ready_panel.ui.segmentButton.click()
    assert shown_errors == ["PET is in Becquerels/milliliter, not in SUVbw (g/mL). Choose the PET in SUV."]


def test_a_pet_without_uptake_is_refused(a_ready_panel, a_patient, shown_errors):
    import slicer

    slicer.util.arrayFromVolume(a_patient[0])[:] = 0
    a_ready_panel.ui.segmentButton.click()
    assert len(shown_errors) == 1
    assert "PET: no voxel is above zero" in shown_errors[0]


def test_figures_of_an_earlier_result_do_not_stay_beside_an_error(a_ready_panel, a_patient, shown_errors):
    a_ready_panel.ui.segmentButton.click()
    a_patient[1].RemoveAllControlPoints()
    a_ready_panel.ui.segmentButton.click()
    assert shown_errors
    assert a_ready_panel.ui.lesionCountLabel.text == "-"


@pytest.mark.usefixtures("shown_errors")
def test_the_cursor_is_no_longer_busy_after_an_error(qapp, a_ready_panel, a_patient):
    a_patient[1].RemoveAllControlPoints()
    a_ready_panel.ui.segmentButton.click()
    assert qapp.overrideCursor() is None


def test_an_error_that_is_not_ours_is_not_swallowed(a_ready_panel, shown_errors, monkeypatch):
    monkeypatch.setattr(a_ready_panel.logic, "segment", lambda _parameters: np.zeros(1)[2])
    with pytest.raises(IndexError):
        a_ready_panel.onSegment()
    assert shown_errors == []
