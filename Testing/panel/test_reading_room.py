"""The whole way of a reader, by clicks on widgets and keys of the main window."""

from __future__ import annotations

import csv
import json

import pytest
from scene.reading import click, mouse, pixel_of

UPPER, LOWER, BODY = (-32.0, 40.0, 40.0), (-32.0, -32.0, -40.0), (-32.0, 0.0, 0.0)
"""Inside the two lesions, and in normal tissue: R, A, S in mm."""


@pytest.fixture
def a_view():
    """Bring a point into a slice view; returns view and pixel."""
    import slicer

    def bring(name, ras):
        view = slicer.app.layoutManager().sliceWidget(name).standInView
        view.node.JumpSliceByOffsetting(*ras)
        return view, pixel_of(view, ras)

    return bring


def names(panel):
    table = panel.ui.lesionTable
    return [table.item(row, 0).text() for row in range(table.rowCount)]


def selected(panel):
    table = panel.ui.lesionTable
    return [table.item(row, 0).text() for row in range(table.rowCount) if table.item(row, 0).isSelected()]


def place_of_axial_view():
    import slicer

    return slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode().GetSliceOffset()


def key(name):
    from qt import Qt

    return getattr(Qt, f"Key_{name}")


def test_the_table_names_and_measures_each_lesion(a_segmented_case):
    table = a_segmented_case.ui.lesionTable
    assert names(a_segmented_case) == ["Lesion 1", "Lesion 2"]
    assert [table.item(0, column).text() for column in range(2, 6)] == ["4.1", "20.0", "20.0", "20.0"]


def test_the_lesion_of_lowest_suv_mean_stays_on_top_and_bold(a_segmented_case):
    table = a_segmented_case.ui.lesionTable
    for column in (0, 0, 3):
        table.horizontalHeader().sectionClicked.emit(column)
        assert [table.item(row, 0).font().bold() for row in (0, 1)] == [True, False]
        assert names(a_segmented_case) == ["Lesion 1", "Lesion 2"]


def test_a_click_on_a_header_sorts_and_another_one_turns_it_round(a_segmented_case, a_patient):
    import slicer

    array = slicer.util.arrayFromVolume(a_patient[0])
    array[20:24, 20:24, 30:34] = 9
    array[28, 8, 26] = 30
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    a_segmented_case.ui.segmentButton.click()
    pinned, *others = names(a_segmented_case)
    assert a_segmented_case.ui.lesionTable.item(0, 4).text() == "9.0"
    a_segmented_case.ui.lesionTable.horizontalHeader().sectionClicked.emit(3)
    largest_first = names(a_segmented_case)
    a_segmented_case.ui.lesionTable.horizontalHeader().sectionClicked.emit(3)
    assert largest_first[0] == names(a_segmented_case)[0] == pinned
    assert largest_first[1:] == list(reversed(names(a_segmented_case)[1:]))
    assert sorted(largest_first[1:]) == sorted(others)


def test_a_click_on_a_row_brings_its_lesion_into_the_views(qtbot, a_segmented_case, a_window):
    from qt import Qt

    table = a_segmented_case.ui.lesionTable
    at = table.visualItemRect(table.item(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=at)
    second = a_segmented_case.logic.reading.session.lesion_map.lesions[2]
    assert place_of_axial_view() == pytest.approx(second.centroid_ras[2])
    table_of_colours = a_segmented_case.logic.reading.session.overlay.table
    colour = [0.0] * 4
    table_of_colours.GetColor(2, colour)
    assert colour[:3] == [1.0, 0.0, 1.0]
    assert a_window.isVisible()


def test_n_and_p_go_through_the_lesions_and_stop_at_the_ends(a_segmented_case, press):
    seen = []
    for letter in "NNNPP":
        press(key(letter))
        seen += selected(a_segmented_case)
    assert seen == ["Lesion 1", "Lesion 2", "Lesion 2", "Lesion 1", "Lesion 1"]


def test_d_deletes_and_goes_on_and_ctrl_z_brings_back(a_segmented_case, press):
    press(key("N"))
    press(key("D"))
    assert names(a_segmented_case) == selected(a_segmented_case) == ["Lesion 2"]
    assert a_segmented_case.ui.totalVolumeLabel.text == "4.1 mL"
    press(key("Z"), control=True)
    assert names(a_segmented_case) == ["Lesion 1", "Lesion 2"]
    press(key("Y"), control=True)
    assert names(a_segmented_case) == ["Lesion 2"]


def test_k_keeps_and_goes_on(a_segmented_case, press):
    press(key("N"))
    press(key("K"))
    assert names(a_segmented_case) == ["Lesion 1 \u2713", "Lesion 2"]
    assert selected(a_segmented_case) == ["Lesion 2"]


def test_several_selected_lesions_are_deleted_together(a_segmented_case, press):
    a_segmented_case.ui.lesionTable.selectAll()
    press(key("D"))
    assert names(a_segmented_case) == []


def test_undo_with_nothing_to_undo_is_one_sentence(a_segmented_case, press):
    press(key("Z"), control=True)
    assert a_segmented_case.ui.messageLabel.text.endswith(".")


def test_the_keys_of_slicers_own_undo_are_borrowed_while_a_case_is_read(a_slicer, a_segmented_case, a_window):
    import slicer

    (action,) = slicer.util.findChildren(a_window, name="EditUndoAction")
    assert action.shortcut.toString() == ""
    a_slicer.leaveModule("NENSegmentation")
    assert action.shortcut.toString() == "Ctrl+Z"
    a_slicer.enterModule("NENSegmentation")
    assert action.shortcut.toString() == ""
    a_segmented_case.ui.closeCaseButton.click()
    assert action.shortcut.toString() == "Ctrl+Z"


def test_letters_typed_into_a_field_do_nothing_to_lesions(qtbot, a_segmented_case, press):
    press(key("N"))
    a_segmented_case.ui.readerLineEdit.setFocus()
    qtbot.keyClicks(a_segmented_case.ui.readerLineEdit, "D")
    assert a_segmented_case.ui.readerLineEdit.text == "D"
    assert names(a_segmented_case) == ["Lesion 1", "Lesion 2"]


def test_suggested_lesions_are_rejected_by_one_key_and_never_by_themselves(a_segmented_case, press):
    import numpy as np

    from NENSegmentationLib.core.organs import OrganMap
    from NENSegmentationLib.core.volume import image_like

    lesions = a_segmented_case.logic.reading.session.lesion_map
    liver_and_kidney = OrganMap(image_like((lesions.labels == 2).astype(np.uint8), lesions.pet), {1: "kidney_left"})
    lesions.suggest(liver_and_kidney)
    a_segmented_case.logic.reading.lesionsChanged.emit()
    assert len(names(a_segmented_case)) == 2
    assert a_segmented_case.ui.rejectSuggestedButton.text == "Reject suggested physiological (1) (R)"
    press(key("R"))
    assert names(a_segmented_case) == ["Lesion 1"]
    kinds = [event.kind.value for event in a_segmented_case.logic.reading.session.journal.events()]
    assert kinds.count("marked_physiological") == 1


@pytest.mark.parametrize("name", ["Red", "Green", "Yellow"])
def test_a_click_in_a_slice_view_deletes_the_lesion_under_it(a_segmented_case, a_view, name):
    view, at = a_view(name, UPPER)
    a_segmented_case.ui.deleteByClickButton.click()
    click(view, at)
    assert len(names(a_segmented_case)) == 1
    assert a_segmented_case.logic.reading.session.lesion_at(UPPER) is None


def test_a_click_on_nothing_is_one_sentence(a_segmented_case, a_view):
    view, at = a_view("Red", BODY)
    a_segmented_case.ui.deleteByClickButton.click()
    click(view, at)
    assert a_segmented_case.ui.messageLabel.text.startswith("There is no lesion at R -3")
    assert len(names(a_segmented_case)) == 2


def test_a_deleted_lesion_is_added_again_by_a_and_a_click(a_segmented_case, a_view, press):
    view, at = a_view("Red", UPPER)
    a_segmented_case.ui.deleteByClickButton.click()
    click(view, at)
    press(key("A"))
    assert not a_segmented_case.ui.deleteByClickButton.checked
    click(view, at)
    added = a_segmented_case.logic.reading.session.lesion_at(UPPER)
    assert (added.origin.value, added.voxels) == ("seed", 64)


@pytest.mark.parametrize(("rule", "value"), [(1, "seedSuvSpinBox"), (2, "seedPercentSpinBox"), (3, None), (0, None)])
def test_each_rule_shows_its_own_value_box(a_segmented_case, rule, value):
    a_segmented_case.ui.seedRuleComboBox.currentIndex = rule
    shown = [
        name for name in ("seedSuvSpinBox", "seedPercentSpinBox") if not getattr(a_segmented_case.ui, name).isHidden()
    ]
    assert shown == [value] * (value is not None)


def test_the_rule_of_the_seed_goes_to_the_journal(a_segmented_case, a_view):
    a_segmented_case.logic.reading.session.delete_at(UPPER)
    a_segmented_case.ui.seedRuleComboBox.currentIndex = 2
    a_segmented_case.ui.seedPercentSpinBox.value = 45.0
    a_segmented_case.ui.addByClickButton.click()
    click(*a_view("Red", UPPER))
    event = a_segmented_case.logic.reading.session.journal.events()[-1]
    assert event.payload["rule"] == {"kind": "percent_of_maximum", "value": 45.0}


def test_what_a_click_would_add_is_shown_where_the_pointer_rests(a_segmented_case, a_view):
    session = a_segmented_case.logic.reading.session
    session.delete_at(UPPER)
    a_segmented_case.ui.addByClickButton.click()
    view, at = a_view("Red", UPPER)
    mouse(view, "MouseMoveEvent", at)
    a_segmented_case._panel._clicks._preview.onRest()
    assert a_segmented_case.ui.previewLabel.text == "A click adds 4.1 mL, SUVmax 20.0."
    assert session.lesion_at(UPPER) is None
    mouse(view, "MouseMoveEvent", (at[0] + 40, at[1]))
    assert a_segmented_case.ui.previewLabel.text == ""


def test_why_a_click_would_add_nothing_is_one_sentence(a_segmented_case, a_view):
    a_segmented_case.ui.addByClickButton.click()
    view, at = a_view("Red", BODY)
    mouse(view, "MouseMoveEvent", at)
    a_segmented_case._panel._clicks._preview.onRest()
    assert "which is not above SUV 7.90" in a_segmented_case.ui.previewLabel.text
    assert a_segmented_case.ui.messageLabel.text == ""


def test_escape_ends_the_click_mode(a_segmented_case, a_view, press):
    a_segmented_case.ui.deleteByClickButton.click()
    press(key("Escape"))
    click(*a_view("Red", UPPER))
    assert len(names(a_segmented_case)) == 2


def test_the_lesion_under_the_pointer_is_named(a_segmented_case, a_view):
    view, at = a_view("Red", UPPER)
    mouse(view, "MouseMoveEvent", at)
    assert a_segmented_case.ui.hoverLabel.text.endswith(": 4.1 mL, SUVmax 20.0")


def test_space_pauses_and_goes_on(a_segmented_case, press):
    seen = [a_segmented_case.ui.timeStateLabel.text]
    for _ in range(2):
        press(key("Space"))
        seen.append(a_segmented_case.ui.timeStateLabel.text)
    assert seen == ["Running", "Paused", "Running"]


def test_the_times_are_shown_in_minutes_and_seconds_and_can_be_hidden(a_segmented_case, monkeypatch):
    from NENSegmentationLib.study.durations import Durations

    timer = a_segmented_case.logic.reading.session.timer
    monkeypatch.setattr(timer, "durations", lambda: Durations(754.9, 10.0, 3600.0))
    a_segmented_case._panel._time.onTick()
    assert a_segmented_case.ui.timeLabel.text == "Active 12:34   Idle 00:10   Paused 60:00"
    a_segmented_case.ui.showTimeCheckBox.click()
    assert a_segmented_case.ui.timeLabel.isHidden()


def test_the_panel_ticks_once_a_second_while_a_case_is_open(a_segmented_case):
    ticks = a_segmented_case._panel._time._ticks
    assert (ticks.active, ticks.interval) == (True, 1000)
    a_segmented_case.ui.closeCaseButton.click()
    assert not ticks.active


def test_done_stops_the_time_and_space_starts_it_again(a_segmented_case, press):
    a_segmented_case.ui.doneButton.click()
    assert a_segmented_case.ui.timeStateLabel.text == "Done"
    assert not a_segmented_case.ui.doneButton.enabled
    press(key("Space"))
    assert a_segmented_case.ui.timeStateLabel.text == "Running"


def test_a_case_closed_and_opened_again_has_the_same_lesions_and_its_time_goes_on(a_segmented_case, press):
    press(key("N"))
    press(key("D"))
    before = a_segmented_case.logic.reading.session.timer.durations().active_s
    a_segmented_case.ui.closeCaseButton.click()
    assert names(a_segmented_case) == []
    assert a_segmented_case.ui.caseStateLabel.text == "No case is open."
    a_segmented_case.ui.openCaseButton.click()
    assert names(a_segmented_case) == ["Lesion 2"]
    assert a_segmented_case.ui.caseStateLabel.text == "PET was read before: 1 lesions, as they were left."
    assert a_segmented_case.logic.reading.session.timer.durations().active_s >= before > 0
    assert a_segmented_case.ui.timeStateLabel.text == "Running"


def test_a_case_that_is_done_comes_back_without_its_time_running(a_segmented_case):
    a_segmented_case.ui.doneButton.click()
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    assert a_segmented_case.ui.timeStateLabel.text == "Done"


def test_export_writes_results_and_time_log(a_segmented_case, tmp_path, monkeypatch):
    import qt

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    a_segmented_case.ui.readerLineEdit.text = "Reader A"
    a_segmented_case.ui.closeCaseButton.click()
    a_segmented_case.ui.openCaseButton.click()
    a_segmented_case.ui.exportButton.click()
    (folder,) = (tmp_path / "out").iterdir()
    assert a_segmented_case.ui.exportedLabel.text == f"Written to {folder}"
    assert json.loads((folder / "summary.json").read_text("utf-8"))["lesions"] == 2
    rows = list(csv.DictReader((folder / "time_log.csv").open(encoding="utf-8")))
    assert [(row["reader"], row["segmented"]) for row in rows] == [("", "1"), ("Reader A", "0")]


def test_an_export_that_fails_is_one_sentence(a_segmented_case, tmp_path, monkeypatch, shown_errors):
    import qt

    (tmp_path / "file").touch()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "file"))
    a_segmented_case.ui.exportButton.click()
    assert len(shown_errors) == 1
    assert shown_errors[0].endswith(".")


def test_an_export_that_is_cancelled_writes_nothing(a_segmented_case, monkeypatch):
    import qt

    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: "")
    a_segmented_case.ui.exportButton.click()
    assert a_segmented_case.ui.exportedLabel.text == ""
