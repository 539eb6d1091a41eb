"""Names, mending by brush, and the way to Slicer's Segment Editor and back: by clicks, keys and strokes."""

from __future__ import annotations

import pytest
from scene.elsewhere import ERASE, box, draw
from scene.reading import mouse, pixel_of

from NENSegmentationLib.study.events import Kind

UPPER, LOWER, BODY = (-32.0, 40.0, 40.0), (-32.0, -32.0, -40.0), (-32.0, 0.0, 0.0)
"""Inside the two lesions, and in normal tissue: R, A, S in mm."""


@pytest.fixture
def session(a_segmented_case):
    return a_segmented_case.logic.reading.session


@pytest.fixture
def table(a_segmented_case):
    return a_segmented_case.ui.lesionTable


@pytest.fixture
def a_stroke():
    """Draw with the left button in a slice view, from point to point (RAS mm)."""
    import slicer

    def stroke(name, *path, release=True, shift=False):
        view = slicer.app.layoutManager().sliceWidget(name).standInView
        view.node.JumpSliceByOffsetting(*path[0])
        pixels = [pixel_of(view, ras) for ras in path]
        mouse(view, "MouseMoveEvent", pixels[0], shift)
        mouse(view, "LeftButtonPressEvent", pixels[0], shift)
        for pixel in pixels[1:]:
            mouse(view, "MouseMoveEvent", pixel, shift)
        if release:
            mouse(view, "LeftButtonReleaseEvent", pixels[-1], shift)
        return view

    return stroke


def key(name):
    from qt import Qt

    return getattr(Qt, f"Key_{name}")


def names(table):
    return [table.item(row, 0).text() for row in range(table.rowCount)]


def kinds(session):
    return [event.kind for event in session.journal.events()]


def type_name(qtbot, table, name):
    """Type into the name that is being edited, and end with Enter, which Qt takes in with its next event."""
    import slicer
    from qt import QLineEdit, Qt

    field = table.viewport().findChild(QLineEdit)
    if name:
        field.selectAll()
        qtbot.keyClicks(field, name)
    qtbot.keyClick(field, Qt.Key_Return)
    slicer.app.processEvents()


def double_click(qtbot, table, row, column=0):
    from qt import Qt

    at = table.visualItemRect(table.item(row, column)).center()
    qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=at)
    qtbot.mouseDClick(table.viewport(), Qt.LeftButton, pos=at)


class TestNames:
    def test_a_double_click_on_a_name_changes_it(self, qtbot, a_window, session, table):
        double_click(qtbot, table, 1)
        type_name(qtbot, table, "Left rib")
        assert names(table) == ["Lesion 1", "Left rib"]
        assert session.lesion_map.lesions[2].name == "Left rib"
        assert a_window.isVisible()

    def test_f2_changes_the_name_of_the_selected_lesion_and_ctrl_z_gives_the_old_one_back(
        self, qtbot, press, session, table
    ):
        press(key("N"))
        press(key("F2"))
        type_name(qtbot, table, "Node")
        assert names(table) == ["Node", "Lesion 2"]
        assert kinds(session)[-1] is Kind.RENAMED
        press(key("Z"), control=True)
        assert names(table) == ["Lesion 1", "Lesion 2"]

    def test_a_name_of_blanks_is_refused_in_one_sentence_and_the_old_one_stands(
        self, qtbot, press, a_segmented_case, session, table
    ):
        press(key("N"))
        press(key("F2"))
        type_name(qtbot, table, "  ")
        assert names(table) == ["Lesion 1", "Lesion 2"]
        assert a_segmented_case.ui.messageLabel.text == "Lesion 1: a lesion needs a name. Give one letter or more."
        assert Kind.RENAMED not in kinds(session)

    def test_letters_of_a_name_are_no_keys(self, qtbot, press, session, table):
        press(key("N"))
        press(key("F2"))
        type_name(qtbot, table, "D R K")
        assert names(table) == ["D R K", "Lesion 2"]
        assert session.lesion_map.lesions[1].name == "D R K"

    def test_the_mark_of_a_kept_lesion_is_no_part_of_its_name(self, qtbot, press, session, table):
        from qt import QLineEdit

        press(key("N"))
        press(key("K"))
        press(key("P"))
        press(key("F2"))
        table.viewport().findChild(QLineEdit).setText("Node \u2713")
        type_name(qtbot, table, "")
        assert session.lesion_map.lesions[1].name == "Node"
        assert names(table)[0] == "Node \u2713"

    def test_only_the_name_of_a_row_can_be_changed(self, qtbot, a_window, table):
        from qt import QLineEdit

        double_click(qtbot, table, 1, column=2)
        assert table.viewport().findChild(QLineEdit) is None
        assert a_window.isVisible()

    def test_f2_without_a_selected_lesion_does_nothing(self, press, table):
        press(key("F2"))
        assert names(table) == ["Lesion 1", "Lesion 2"]


class TestSeveralAtOnce:
    def test_lesions_deleted_by_one_key_come_back_by_one_key(self, press, session, table):
        table.selectAll()
        press(key("D"))
        assert names(table) == []
        press(key("Z"), control=True)
        assert names(table) == ["Lesion 1", "Lesion 2"]
        assert kinds(session).count(Kind.DELETED) == 1

    def test_lesions_kept_by_one_key_are_kept_in_one_step(self, press, table):
        table.selectAll()
        press(key("K"))
        assert names(table) == ["Lesion 1 \u2713", "Lesion 2 \u2713"]
        press(key("Z"), control=True)
        assert names(table) == ["Lesion 1", "Lesion 2"]

    def test_a_case_closed_after_several_were_deleted_comes_back_without_them(self, press, a_segmented_case, table):
        table.selectAll()
        press(key("D"))
        a_segmented_case.ui.closeCaseButton.click()
        a_segmented_case.ui.openCaseButton.click()
        assert names(table) == []

    def test_m_merges_the_selected_lesions_and_s_divides_one(self, press, table):
        table.selectAll()
        press(key("M"))
        assert names(table) == ["Lesion 3"]
        press(key("S"))
        assert names(table) == ["Lesion 4", "Lesion 5"]

    def test_lesions_that_may_be_physiological_come_last_by_organ(self, a_segmented_case, session, table):
        import numpy as np

        from NENSegmentationLib.core.organs import OrganMap
        from NENSegmentationLib.core.volume import image_like

        for corner in (slice(0, 1), slice(-1, None)):
            mask = np.zeros(session.lesion_map.labels.shape, bool)
            mask[corner, corner, corner] = True
            session.lesion_map.add(mask)
        labels = session.lesion_map.labels
        organ = np.select([labels == 1, labels == 2], [1, 2]).astype(np.uint8)
        session.lesion_map.suggest(OrganMap(image_like(organ, session.pet), {1: "kidney_left", 2: "spleen"}))
        a_segmented_case.logic.reading.lesionsChanged.emit()
        assert [table.item(row, 1).text() for row in range(4)] == ["", "", "kidney left", "spleen"]


class TestBrush:
    def test_a_stroke_with_erase_takes_a_part_of_the_lesion_under_it(self, press, a_stroke, session):
        press(key("E"))
        a_stroke("Red", UPPER, (UPPER[0], UPPER[1] + 8, UPPER[2]))
        assert session.lesion_at(UPPER) is None
        smaller, untouched = sorted(lesion.voxels for lesion in session.lesion_map.lesions.values())
        assert 0 < smaller < untouched == 64
        assert kinds(session).count(Kind.PAINTED) == 1

    def test_a_stroke_is_one_step_to_undo(self, press, a_stroke, session):
        before = session.lesion_map.labels.copy()
        press(key("B"))
        a_stroke("Green", UPPER, (UPPER[0] + 10, UPPER[1], UPPER[2]), (UPPER[0] + 30, UPPER[1], UPPER[2]))
        assert (session.lesion_map.labels != before).any()
        press(key("Z"), control=True)
        assert (session.lesion_map.labels == before).all()

    def test_a_stroke_begun_outside_lesions_paints_the_selected_one(self, press, a_stroke, a_segmented_case, session):
        press(key("N"))
        press(key("B"))
        a_stroke("Yellow", BODY)
        assert session.lesion_at(BODY).id == 1
        assert a_segmented_case.ui.messageLabel.text == ""

    def test_a_stroke_with_nothing_to_mend_is_refused_in_one_sentence(self, press, a_stroke, a_segmented_case, session):
        press(key("B"))
        a_stroke("Red", BODY)
        words = "There is no lesion here to mend. Begin in a lesion, or select one in the table first."
        assert a_segmented_case.ui.messageLabel.text == words
        assert Kind.PAINTED not in kinds(session)

    def test_what_a_stroke_would_erase_is_shown_before_the_release(self, press, a_stroke, session):
        from NENSegmentationLib.scene.volumes import voxel_view

        press(key("E"))
        a_stroke("Red", UPPER, release=False)
        shown = voxel_view(session.overlay.node.GetImageData())
        assert (shown == session.overlay.preview_label).any()
        assert Kind.PAINTED not in kinds(session)
        press(key("Escape"))
        assert (shown == session.lesion_map.labels).all()

    def test_escape_in_the_middle_of_a_stroke_changes_nothing(self, press, a_stroke, session):
        press(key("E"))
        view = a_stroke("Red", UPPER, release=False)
        press(key("Escape"))
        mouse(view, "LeftButtonReleaseEvent", pixel_of(view, UPPER))
        assert Kind.PAINTED not in kinds(session)

    def test_a_press_with_shift_stays_slicers(self, press, a_stroke, session):
        press(key("E"))
        a_stroke("Red", UPPER, shift=True)
        assert Kind.PAINTED not in kinds(session)

    def test_only_one_mode_is_on(self, press, a_segmented_case):
        ui = a_segmented_case.ui
        modes = (ui.deleteByClickButton, ui.addByClickButton, ui.paintButton, ui.eraseButton)
        for letter in "ABE":
            press(key(letter))
        assert [button.checked for button in modes] == [False, False, False, True]
        press(key("Escape"))
        assert not any(button.checked for button in modes)

    def test_the_sphere_grows_and_shrinks_by_keys(self, press, a_stroke, a_segmented_case, session):
        spin = a_segmented_case.ui.brushDiameterSpinBox
        press(key("BracketRight"))
        press(key("BracketRight"))
        press(key("BracketLeft"))
        assert spin.value == 12.0
        spin.value = 8.0
        press(key("E"))
        a_stroke("Red", UPPER)
        assert sum(lesion.voxels for lesion in session.lesion_map.lesions.values()) == 128 - 8

    @pytest.mark.usefixtures("a_segmented_case")
    def test_the_sphere_is_seen_as_a_circle_under_the_pointer(self, press):
        import slicer

        view = slicer.app.layoutManager().sliceWidget("Red").standInView
        renderer = view.interactor.GetRenderWindow().GetRenderers().GetFirstRenderer()
        before = renderer.GetActors2D().GetNumberOfItems()
        press(key("E"))
        mouse(view, "MouseMoveEvent", (100, 100))
        assert renderer.GetActors2D().GetNumberOfItems() == before + 1
        mouse(view, "LeaveEvent", (100, 100))
        assert renderer.GetActors2D().GetNumberOfItems() == before


@pytest.mark.usefixtures("editor")
class TestSegmentEditor:
    @pytest.fixture
    def editor(self, a_segmented_case):
        """The Segment Editor, opened by the button, with the second lesion selected."""
        import slicer

        a_segmented_case._panel._review._goTo(2)
        a_segmented_case.ui.segmentEditorButton.click()
        yield slicer.modules.SegmentEditorWidget.editor
        slicer.modules.SegmentEditorWidget.editor.setSegmentationNode(None)

    def test_it_opens_with_the_lesions_the_pet_and_the_selected_lesion(self, editor, session):
        assert editor.segmentationNode() is session.node
        assert editor.sourceVolumeNode() is session.pet_node
        assert editor.currentSegmentID() == "Lesion_2"
        assert session.node.GetDisplayVisibility()

    def test_what_was_done_there_is_in_table_and_journal_when_the_reader_comes_back(
        self, a_slicer, a_segmented_case, session, table
    ):
        first = session.lesion_map.lesions[1].box
        draw(session.node, session.pet, "Lesion_1", (slice(first[0].start, first[0].start + 1), *first[1:]), mode=ERASE)
        session.node.GetSegmentation().GetSegment("Lesion_2").SetName("Rib")
        assert names(table) == ["Lesion 1", "Lesion 2"]
        a_slicer.switchModule("NENSegmentation")
        assert sorted(names(table)) == ["Lesion 1", "Rib"]
        assert session.lesion_map.lesions[1].voxels == 48
        assert a_segmented_case.ui.previewLabel.text == "Taken over from another module: 2 edits."
        assert kinds(session).count(Kind.EDITED_ELSEWHERE) == 2

    def test_the_lesions_are_drawn_by_us_again_when_the_reader_comes_back(self, a_slicer, session):
        import slicer

        from NENSegmentationLib.scene.views import slice_views

        node = slicer.app.layoutManager().sliceWidget("Red").standInView.node
        composite = dict(slice_views(slicer.mrmlScene))[node]
        assert composite.GetLabelVolumeID() is None
        a_slicer.switchModule("NENSegmentation")
        assert composite.GetLabelVolumeID() == session.overlay.node.GetID()
        assert not session.node.GetDisplayVisibility()

    def test_what_differs_from_what_was_drawn_is_said(self, a_slicer, a_segmented_case, session):
        draw(session.node, session.pet, "Lesion_2", session.lesion_map.lesions[1].box)
        a_slicer.switchModule("NENSegmentation")
        assert a_segmented_case.ui.messageLabel.text.startswith("Overlapping, and a voxel belongs to one lesion only")

    def test_painting_there_counts_as_activity(self, session, monkeypatch):
        noticed = []
        monkeypatch.setattr(session.timer, "activity", lambda: noticed.append("activity"))
        draw(session.node, session.pet, "Lesion_1", box(0, 2, 0, 2, 0, 2))
        assert noticed

    def test_the_time_runs_on_there(self, a_segmented_case):
        assert a_segmented_case._panel._time._ticks.active
        assert a_segmented_case.ui.timeStateLabel.text == "Running"

    def test_coming_back_without_an_edit_says_nothing(self, a_slicer, a_segmented_case, session):
        a_slicer.switchModule("NENSegmentation")
        assert a_segmented_case.ui.previewLabel.text == ""
        assert Kind.EDITED_ELSEWHERE not in kinds(session)

    def test_a_kill_after_the_reader_came_back_loses_nothing(self, a_slicer, session):
        from NENSegmentationLib.scene.replay import replay

        draw(session.node, session.pet, "Lesion_1", box(0, 2, 0, 2, 0, 2))
        a_slicer.switchModule("NENSegmentation")
        again = replay(session.pet, session.journal.events()).lesion_map
        assert (again.labels == session.lesion_map.labels).all()

    def test_a_node_that_cannot_be_read_is_one_sentence(self, a_slicer, a_segmented_case, session):
        import slicer

        draw(session.node, session.pet, "Lesion_1", box(0, 2, 0, 2, 0, 2))
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Turn")
        session.node.SetAndObserveTransformNodeID(transform.GetID())
        a_slicer.switchModule("NENSegmentation")
        assert a_segmented_case.ui.messageLabel.text.startswith("Lesions is under the transform Turn.")
        session.node.SetAndObserveTransformNodeID(None)

    def test_a_case_closed_before_the_reader_came_back_has_the_edits(self, a_slicer, a_segmented_case, session):
        session.node.GetSegmentation().RemoveSegment("Lesion_1")
        a_segmented_case.logic.reading.close()
        a_slicer.switchModule("NENSegmentation")
        a_segmented_case.ui.openCaseButton.click()
        assert list(a_segmented_case.logic.reading.session.lesion_map.lesions) == [2]


def test_a_script_that_edits_while_the_panel_is_open_is_taken_in_after_a_moment(a_segmented_case, session, table):
    session.node.GetSegmentation().GetSegment("Lesion_2").SetName("Rib")
    assert a_segmented_case._panel._segmentEditor._quiet.active
    a_segmented_case._panel._segmentEditor.onQuiet()
    assert names(table) == ["Lesion 1", "Rib"]


def test_what_differs_is_said_also_when_an_edit_of_ours_takes_it_in(a_segmented_case, session, press):
    draw(session.node, session.pet, "Lesion_2", session.lesion_map.lesions[1].box)
    press(key("N"))
    press(key("K"))
    assert a_segmented_case.ui.messageLabel.text.startswith("Overlapping, and a voxel belongs to one lesion only")


def test_the_keys_are_shown_and_hidden_by_a_question_mark(a_segmented_case, press):
    label = a_segmented_case.ui.keysLabel
    assert label.isHidden()
    press(key("Question"))
    assert not label.isHidden()
    for name in ("N, P", "K:", "D:", "R:", "S:", "M:", "F2", "A:", "E:", "B:", "[ and ]", "Esc", "Space", "Ctrl+Z"):
        assert name in label.text
    press(key("Question"))
    assert label.isHidden()
