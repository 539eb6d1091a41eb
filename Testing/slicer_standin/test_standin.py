"""The stand-in behaves as a real Slicer does where that decides whether a panel works."""

from __future__ import annotations

import pytest

import slicer_standin

UI = """<ui version="4.0"><class>Root</class><widget class="qMRMLWidget" name="Root"><layout class="QVBoxLayout">
<item><widget class="qMRMLNodeComboBox" name="selector"><property name="noneEnabled"><bool>true</bool></property>
<property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property></widget></item>
<item><widget class="QCheckBox" name="box"/></item><item><widget class="QPushButton" name="button"/></item>
</layout></widget><connections>{connections}</connections></ui>"""

CONNECTION = "<connection><sender>{}</sender><signal>{}</signal><receiver>{}</receiver><slot>{}</slot></connection>"

SCENE_TO_SELECTOR = ("Root", "mrmlSceneChanged(vtkMRMLScene*)", "selector", "setMRMLScene(vtkMRMLScene*)")


pytestmark = pytest.mark.usefixtures("a_slicer")


@pytest.fixture
def a_slicer():
    application = slicer_standin.start()
    application.mrmlScene().Clear(0)
    return application


@pytest.fixture
def loaded(a_slicer, tmp_path):
    import slicer

    def load(*connections):
        path = tmp_path / "panel.ui"
        path.write_text(UI.format(connections="".join(CONNECTION.format(*ends) for ends in connections)))
        root = slicer.util.loadUI(str(path))
        root.setMRMLScene(a_slicer.mrmlScene())
        return root, slicer.util.childWidgetVariables(root)

    return load


def test_a_selector_without_a_connection_of_its_own_gets_no_scene(loaded):
    _root, ui = loaded()
    assert ui.selector.mrmlScene() is None


def test_a_selector_without_a_scene_stays_empty(loaded, a_slicer):
    _root, ui = loaded()
    ui.selector.setCurrentNode(a_slicer.mrmlScene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "PET"))
    assert ui.selector.currentNode() is None


def test_a_connected_selector_offers_the_nodes_of_the_scene(loaded, a_slicer):
    _root, ui = loaded(SCENE_TO_SELECTOR)
    node = a_slicer.mrmlScene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "PET")
    ui.selector.setCurrentNode(node)
    assert ui.selector.currentNode() is node
    a_slicer.mrmlScene().RemoveNode(node)
    assert ui.selector.currentNode() is None


def test_connections_between_plain_widgets_are_made_once(loaded):
    _root, ui = loaded(("box", "toggled(bool)", "button", "setEnabled(bool)"))
    ui.box.setChecked(True)
    ui.box.setChecked(False)
    assert not ui.button.enabled


@pytest.mark.skipif(slicer_standin.ON_PYTHONQT, reason="Qt's own loader only writes a warning")
@pytest.mark.parametrize(
    "ends",
    [
        ("Root", "sceneChanged(vtkMRMLScene*)", "selector", "setMRMLScene(vtkMRMLScene*)"),
        ("Root", "mrmlSceneChanged(vtkMRMLScene*)", "box", "setMRMLScene(vtkMRMLScene*)"),
        ("Root", "mrmlSceneChanged(vtkMRMLScene*)", "absent", "setMRMLScene(vtkMRMLScene*)"),
    ],
)
def test_a_connection_that_slicer_could_not_make_is_an_error(loaded, ends):
    from slicer_standin.ui_file import UiFileError

    with pytest.raises(UiFileError):
        loaded(ends)


def test_a_property_is_a_value_and_its_setter_stays_callable():
    import qt

    label = qt.QLabel("liver")
    assert label.text == "liver"
    label.setText("spleen")
    assert label.text == "spleen"
    with pytest.raises(TypeError):
        label.text()


def test_a_misspelt_attribute_of_a_widget_is_an_error():
    import qt

    with pytest.raises(AttributeError, match="'tooltip' does not exist on QPushButton"):
        qt.QPushButton().tooltip = "Segment"


def test_a_slot_connected_by_name_gets_only_what_it_takes():
    import qt

    calls = []
    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda: calls.append("clicked"))
    button.clicked()
    assert calls == ["clicked"]


def test_a_slot_disconnected_by_name_is_not_called():
    import qt

    calls = []
    button = qt.QPushButton()

    def slot():
        calls.append("clicked")

    button.connect("clicked(bool)", slot)
    button.disconnect("clicked(bool)", slot)
    button.click()
    assert calls == []


def test_a_saved_scene_bundle_is_read_again(a_slicer, tmp_path):
    scene = a_slicer.mrmlScene()
    scene.AddNewNodeByClass("vtkMRMLTextNode", "note")
    assert scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    scene.Clear(0)
    assert scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    assert scene.GetFirstNodeByName("note") is not None


def test_a_dicom_database_that_is_closed_knows_no_file(a_slicer, tmp_path):
    from dicom.conftest import a_pet_header, written

    path = written(a_pet_header(), tmp_path / "PET" / "1.dcm")
    database, uid = a_slicer.dicomDatabase(), f"{a_pet_header().SeriesInstanceUID}.1"
    database.standInImport(tmp_path / "PET")
    known = [database.fileForInstance(uid), database.fileForInstance("1.2.3")]
    database.standInSetOpen(False)
    known.append(database.fileForInstance(uid))
    database.standInSetOpen(True)
    database.standInEmpty()
    assert known == [str(path), "", ""]


def test_a_wrong_folder_for_slicers_own_files_is_refused(tmp_path):
    from slicer_standin.own_files import install

    with pytest.raises(FileNotFoundError, match="Correct NENSEG_SLICER_PYTHON"):
        install(tmp_path)


@pytest.mark.usefixtures("a_slicer")
def test_a_widget_can_adjust_its_size():
    import qt

    label = qt.QLabel("lesion")
    label.adjustSize()
    assert label.width > 0


def test_a_cpp_slot_gets_every_argument_of_the_signal():
    import qt

    label, box = qt.QLabel("lesion"), qt.QCheckBox()
    box.toggled.connect(label.setVisible)
    box.setChecked(True)
    shown = label.visible
    box.setChecked(False)
    assert (shown, label.visible) == (True, False)
    box.toggled.disconnect(label.setVisible)
    box.setChecked(True)
    assert not label.visible


def test_a_cpp_slot_that_takes_less_than_the_signal_gives_fails_as_it_does_in_slicer(qtbot):
    import qt

    other, button = qt.QPushButton(), qt.QPushButton()
    clicked = []
    other.clicked.connect(lambda: clicked.append("other"))
    button.clicked.connect(other.click)
    with qtbot.captureExceptions() as raised:
        button.click()
    assert clicked == []
    assert raised[0][0] is ValueError


def test_connect_takes_one_callable_and_nothing_else():
    import qt

    with pytest.raises(ValueError, match="wrong number of arguments"):
        qt.QPushButton().clicked.connect(print, 1)
