"""What the application sees of the module."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.usefixtures("a_panel")


@pytest.fixture
def a_description():
    import slicer

    return slicer.modules.nensegmentation.description


def test_the_module_has_a_title_and_stands_under_segmentation(a_description):
    assert a_description.title == "NEN Segmentation"
    assert a_description.categories == ["Segmentation"]


def test_the_help_says_that_it_is_no_medical_device(a_description):
    assert "Research use only. Not a medical device." in a_description.helpText


def test_the_acknowledgement_cites_the_paper(a_description):
    assert "EJNMMI Research 2022;12:30" in a_description.acknowledgementText
    assert "10.1186/s13550-022-00901-2" in a_description.acknowledgementText


def test_the_self_test_of_the_module_passes():
    import slicer

    slicer.selfTests["NENSegmentation"]()


def test_reloading_the_module_gives_a_working_panel_with_the_case_as_it_was(a_slicer, a_segmented_case):
    reloaded = a_slicer.reloadModule("NENSegmentation")
    assert reloaded is not a_segmented_case
    assert a_segmented_case.logic.reading.session is None
    reloaded.ui.openCaseButton.click()
    assert reloaded.ui.lesionTable.rowCount == 2


def test_a_panel_that_was_cleaned_up_observes_nothing(a_panel):
    a_panel.cleanup()
    assert a_panel.Observations == []
    assert a_panel._parameterNode is None


def test_the_module_is_loaded_from_its_own_folder():
    assert sys.modules["NENSegmentation"].__file__.endswith("NENSegmentation/NENSegmentation.py")
