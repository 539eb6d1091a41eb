"""The module's panel in a stand-in for Slicer, and the smallest patient to try it on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import slicer_standin

MODULE = Path(__file__).resolve().parents[2] / "NENSegmentation" / "NENSegmentation.py"


@pytest.fixture
def a_slicer(tmp_path) -> Iterator[slicer_standin.Application]:
    """The application with an empty scene."""
    application = slicer_standin.start()
    application.mrmlScene().Clear(0)
    application.setSettingsFolder(tmp_path)
    yield application
    application.mrmlScene().Clear(0)


@pytest.fixture
def a_panel(a_slicer):
    """The panel, opened by the user."""
    widget = a_slicer.loadModule(MODULE)
    yield widget
    a_slicer.unloadModule("NENSegmentation")


@pytest.fixture
def a_patient(a_slicer):
    """A PET in SUV and a point list with one point in its liver."""
    from NENSegmentationLib.panel.self_test import addPatient

    return addPatient(a_slicer.mrmlScene())


@pytest.fixture
def a_ready_panel(a_panel, a_patient):
    """The panel with the patient's PET and point chosen by the selectors."""
    from NENSegmentationLib.panel.parameters import ReferencePlace

    pet, points = a_patient
    a_panel.ui.petSelector.setCurrentNode(pet)
    a_panel.ui.placeComboBox.currentIndex = list(ReferencePlace).index(ReferencePlace.POINTS)
    a_panel.ui.pointsSelector.setCurrentNode(points)
    return a_panel


@pytest.fixture
def an_open_case(a_ready_panel):
    """The panel with the patient's case open."""
    a_ready_panel.ui.openCaseButton.click()
    return a_ready_panel


@pytest.fixture
def a_segmented_case(an_open_case):
    """The panel with both lesions of the patient found."""
    an_open_case.ui.segmentButton.click()
    return an_open_case


@pytest.fixture
def shown_errors(monkeypatch) -> list[str]:
    """The sentences that the user is shown as errors."""
    import slicer

    sentences: list[str] = []
    monkeypatch.setattr(slicer.util, "errorDisplay", lambda sentence, **_title: sentences.append(sentence))
    return sentences
