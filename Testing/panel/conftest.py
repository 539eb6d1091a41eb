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
def an_open_case(a_slicer, a_ready_panel):
    """The panel with the patient's case open."""
    a_ready_panel.ui.openCaseButton.click()
    # What Slicer's event loop does next: the views of the layout are fitted once they have their sizes.
    a_slicer.processEvents()
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


@pytest.fixture
def answers(monkeypatch) -> dict[str, list]:
    """What the user is asked, and the answers given in turn: put True for yes into ``given``."""
    import qt

    talk: dict[str, list] = {"asked": [], "given": []}

    def asked(_parent, _title, question, _buttons, _default):
        talk["asked"].append(question)
        return qt.QMessageBox.Yes if talk["given"].pop(0) else qt.QMessageBox.No

    monkeypatch.setattr(qt, "QMessageBox", type("Answered", (qt.QMessageBox,), {"question": staticmethod(asked)}))
    return talk


@pytest.fixture(scope="session")
def a_dicom_patient(tmp_path_factory) -> Path:
    """The folder of a digital patient, with PET and CT as DICOM."""
    from NENSegmentationLib.phantom.patient import write_patient
    from NENSegmentationLib.phantom.request import Request

    folder = tmp_path_factory.mktemp("digital") / "patient"
    write_patient(folder, Request(lesions=2, voxel=(10.0, 10.0, 10.0)))
    return folder


@pytest.fixture
def a_database(a_slicer):
    """The DICOM database of the application, empty."""
    database = a_slicer.dicomDatabase()
    yield database
    database.standInEmpty()
    database.standInSetOpen(True)


@pytest.fixture
def a_pet_from_dicom(a_slicer, a_panel, a_database, a_dicom_patient):
    """The digital patient's PET as Slicer's DICOM module loads it, chosen in the panel."""
    from scene.loading import loaded_by_slicer

    a_database.standInImport(a_dicom_patient / "PET")
    node = loaded_by_slicer(a_slicer.mrmlScene(), a_dicom_patient / "PET")
    a_panel.ui.petSelector.setCurrentNode(node)
    return node


@pytest.fixture
def a_window(qtbot, a_slicer):
    """The main window on the screen, with the keys of the panel."""
    import slicer

    assert slicer.app is a_slicer
    window = slicer.util.mainWindow()
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.setFocus()
    yield window
    window.hide()


@pytest.fixture
def press(qtbot, a_window):
    """Press a key in the main window."""
    import qt

    def press(key, *, control=False):
        qtbot.keyClick(a_window, key, qt.Qt.ControlModifier if control else qt.Qt.NoModifier)

    return press
