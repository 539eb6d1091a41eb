"""The digital patient: by the button of the panel, and in Slicer's module Sample Data."""

from __future__ import annotations

import pytest

from NENSegmentationLib.core.lesions import LesionMap

IMAGES = ["Digital patient PET", "Digital patient CT", "Digital patient organs"]
DIGITAL = "This is a digital patient: the images were computed and show no person."


@pytest.fixture(scope="module")
def a_small_patient():
    """The digital patient with large voxels."""
    from NENSegmentationLib.phantom.patient import make_patient
    from NENSegmentationLib.phantom.request import Request

    return make_patient(Request(lesions=2, voxel=(10.0, 10.0, 10.0)))


@pytest.fixture(autouse=True)
def made(monkeypatch, a_small_patient):
    """What was asked for, each time a patient was made; none is made anew."""
    from NENSegmentationLib.phantom import patient

    asked = []
    monkeypatch.setattr(patient, "make_patient", lambda request: asked.append(request) or a_small_patient)
    return asked


pytestmark = pytest.mark.usefixtures("a_panel")


@pytest.fixture
def a_source():
    """What a click on the picture in Sample Data calls."""
    import slicer

    (source,) = slicer.modules.sampleDataSources["NEN Segmentation"]
    return source


def images():
    import slicer

    return [
        node.GetName()
        for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        if node.GetName().startswith("Digital")
    ]


def test_the_button_chooses_pet_and_ct_and_says_that_they_show_no_person(a_panel):
    a_panel.ui.samplePatientButton.click()
    assert a_panel.ui.petSelector.currentNode().GetName() == "Digital patient PET"
    assert a_panel.ui.ctSelector.currentNode().GetName() == "Digital patient CT"
    assert a_panel.ui.suvStateLabel.text == f"Digital patient PET is in SUVbw (g/mL).\n{DIGITAL}"
    a_panel.ui.openCaseButton.click()
    assert DIGITAL in a_panel.ui.warningsLabel.text


def test_its_organs_are_chosen_too_and_one_key_rejects_what_they_suggest_in_one_step(a_panel, press):
    import slicer
    from qt import Qt

    a_panel.ui.samplePatientButton.click()
    organs = a_panel.ui.organMapSelector.currentNode()
    assert organs.GetName() == "Digital patient organs"
    a_panel.ui.openCaseButton.click()
    red = slicer.util.getNode("vtkMRMLSliceCompositeNodeRed")
    assert organs.GetID() not in (red.GetLabelVolumeID(), red.GetForegroundVolumeID(), red.GetBackgroundVolumeID())
    session = a_panel.logic.reading.session
    session.take_over(LesionMap.from_threshold(session.pet, 6.0))
    before = {lesion.id: lesion.suggestion for lesion in session.lesion_map.lesions.values()}
    assert any(name and name.startswith("kidney") for name in before.values())
    press(Qt.Key_R)
    assert session.lesion_map.lesions.keys() == {id_ for id_, name in before.items() if name is None}
    a_panel.ui.undoButton.click()
    assert {lesion.id: lesion.suggestion for lesion in session.lesion_map.lesions.values()} == before


def test_the_sample_data_module_has_it_once_the_application_has_started(a_source):
    from pathlib import Path

    assert a_source.sampleName == "NENSegmentationDigitalPatient"
    assert Path(a_source.thumbnailFileName).is_file()


def test_a_click_in_sample_data_loads_and_shows_it(a_source):
    import slicer

    a_source.customDownloader(a_source)
    assert images() == IMAGES
    red = slicer.util.getNode("vtkMRMLSliceCompositeNodeRed")
    assert slicer.mrmlScene.GetNodeByID(red.GetForegroundVolumeID()).GetName() == "Digital patient PET"


def test_a_patient_that_is_in_the_scene_is_not_made_again(a_panel, a_source, made):
    a_source.customDownloader(a_source)
    a_panel.ui.samplePatientButton.click()
    assert len(made) == 1
    assert images() == IMAGES
    assert a_panel.ui.petSelector.currentNode() is not None


def test_a_patient_that_cannot_be_made_is_one_sentence(a_panel, monkeypatch, shown_errors):
    from NENSegmentationLib.phantom import patient
    from NENSegmentationLib.phantom.errors import PhantomError

    def refused(_request):
        message = "there is no room for that many lesions. Ask for fewer."
        raise PhantomError(message)

    monkeypatch.setattr(patient, "make_patient", refused)
    a_panel.ui.samplePatientButton.click()
    assert shown_errors == ["There is no room for that many lesions. Ask for fewer."]
    assert a_panel.ui.petSelector.currentNode() is None
