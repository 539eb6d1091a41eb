"""The panel's section for reader studies, driven by clicks and keys."""

from __future__ import annotations

import pytest
from scene.study_cases import PREPARED, THRESHOLD, a_study, arm_of

from NENSegmentationLib.study.events import Kind


@pytest.fixture
def plan(tmp_path):
    return a_study(tmp_path / "study")


@pytest.fixture(autouse=True)
def images_are_read_here(a_slicer, monkeypatch):
    """A process for each case would take a second each."""
    assert a_slicer is not None
    from NENSegmentationLib.panel import study_section
    from NENSegmentationLib.scene.study_case import PreparedHere
    from NENSegmentationLib.scene.study_reading import StudyReading

    opened = StudyReading.open

    class Here(StudyReading):
        @staticmethod
        def open(*args, **given):
            return opened(*args, **{"prepare": PreparedHere} | given)

    monkeypatch.setattr(study_section, "StudyReading", Here)


class Room:
    """What a reader does in the section."""

    def __init__(self, panel):
        self.panel, self.ui = panel, panel.ui
        self.section = panel._panel._study

    @property
    def study(self):
        return self.section.study

    @property
    def session(self):
        return self.panel.logic.reading.session

    def open(self, plan, reader="R1", store=""):
        self.ui.studyPlanLineEdit.text = str(plan)
        self.ui.studyReaderLineEdit.text = reader
        self.ui.studyStoreLineEdit.text = store
        self.ui.studyOpenButton.click()
        return self

    def go_on(self):
        self.ui.studyGoOnButton.click()
        return self.wait()

    def wait(self):
        from NENSegmentationLib.scene.study_reading import Phase

        while self.study.phase is Phase.LOADING:
            self.section.onTick()
        return self

    def finish(self, rating=1):
        if self.study.needs_rating:
            getattr(self.ui, f"studyRating{rating}Button").click()
        self.ui.studyDoneButton.click()
        return self.wait()

    def until(self, arm):
        self.go_on()
        while arm_of(self.study) != arm:
            self.finish()
        return self

    def texts(self):
        """All that the panel shows anywhere, in texts and tool tips."""
        import qt

        found = []
        for widget in self.panel.parent.findChildren(qt.QWidget):
            if widget.isHidden() or any(part.isHidden() for part in parents(widget)):
                continue
            found += [getattr(widget, name)() if callable(getattr(widget, name)) else getattr(widget, name)
                      for name in ("text", "toolTip", "plainText", "title") if hasattr(widget, name)]  # fmt: skip
        table = self.ui.lesionTable
        for row in range(table.rowCount):
            for column in range(table.columnCount):
                item = table.item(row, column)
                if item is not None and not table.isColumnHidden(column):
                    found += [item.text(), item.toolTip()]
        return " ".join(map(str, found))


def parents(widget):
    while (widget := widget.parentWidget()) is not None:
        yield widget


@pytest.fixture
def room(a_panel):
    room = Room(a_panel)
    yield room
    room.section.onClose()


def test_a_study_can_be_opened_when_plan_and_reader_are_named(room, plan):
    assert not room.ui.studyOpenButton.enabled
    room.ui.studyPlanLineEdit.text = str(plan)
    assert not room.ui.studyOpenButton.enabled
    room.ui.studyReaderLineEdit.text = "R1"
    assert room.ui.studyOpenButton.enabled


def test_why_a_study_cannot_be_opened_is_said(room, plan, shown_errors):
    room.open(plan, "R9")
    assert shown_errors == ["Study.toml: there is no reader 'R9' in this study. Give one of: R1, R2."]
    assert room.study is None


def test_the_driver_of_a_server_is_asked_for_where_the_store_is_on_one(room, plan, monkeypatch):
    from NENSegmentationLib.panel import study_section
    from NENSegmentationLib.panel.errors import PanelError

    asked = []

    def declined(packages):
        asked.append(sorted(packages))
        message = "Not now."
        raise PanelError(message)

    monkeypatch.setattr(study_section, "ensurePackages", declined)
    room.open(plan, store="postgresql://localhost/study")
    room.open(plan)
    assert asked == [["matplotlib", "psycopg", "sqlalchemy"], ["matplotlib", "sqlalchemy"]]


def test_an_open_study_says_its_title_and_how_far_its_reader_is(room, plan):
    room.open(plan)
    assert room.ui.studyTitleLabel.text == "Threshold against blank"
    assert room.ui.studyStandingLabel.text == "R1: 0 of 4 readings are done."
    assert room.ui.studyCaseLabel.text == "No case is open."
    assert room.ui.studyGoOnButton.text == "Next case (Space)"


def test_what_would_unblind_or_replace_the_lesions_is_out_of_sight_while_a_study_is_open(room, plan):
    sections = [getattr(room.ui, f"{name}CollapsibleButton") for name in ("case", "reference", "ensemble", "results")]
    room.open(plan)
    assert all(section.isHidden() for section in sections)
    room.ui.studyCloseButton.click()
    assert not any(section.isHidden() for section in sections)


def test_the_next_case_comes_and_its_time_runs(room, plan):
    room.open(plan).go_on()
    assert room.session is room.study.session
    assert room.ui.studyCaseLabel.text == f"{room.study.case}, period 1 of 2"
    assert room.session.timer.state.value == "active"
    assert room.ui.studyGoOnButton.text == "Break (Space)"


def test_the_next_case_loads_by_itself_after_done(room, plan):
    room.open(plan).go_on()
    first = room.study.case
    room.finish()
    assert room.study.case != first
    assert room.session is not None
    assert room.ui.studyStandingLabel.text == "R1: 1 of 4 readings are done."


def test_done_then_a_break_waits_for_the_reader(room, plan):
    room.open(plan).go_on()
    if room.study.needs_rating:
        room.ui.studyRating1Button.click()
    room.ui.studyDoneBreakButton.click()
    assert (room.session, room.ui.studyCaseLabel.text) == (None, "No case is open.")
    assert room.ui.lesionTable.rowCount == 0


def test_a_whole_study_ends_with_thanks(room, plan):
    room.open(plan).go_on()
    for _ in range(4):
        room.finish()
    assert room.ui.studyCaseLabel.text == "You are through. Thank you."
    assert not room.ui.studyGoOnButton.enabled


def test_case_and_wording_of_the_rating_are_shown(room, plan):
    from NENSegmentationLib.core.rating import RATINGS

    room.open(plan).until("B")
    assert [getattr(room.ui, f"studyRating{n}Label").text for n in RATINGS] == list(RATINGS.values())


def test_where_nothing_was_given_nothing_is_rated(room, plan):
    room.open(plan).until("C")
    assert room.ui.studyRatingWidget.isHidden()
    room.ui.studyDoneButton.click()
    assert room.study.standing.done >= 1


def test_a_case_that_is_not_rated_is_not_done_and_the_panel_says_so(room, plan):
    room.open(plan).until("B")
    room.ui.studyDoneButton.click()
    assert room.ui.studyMessageLabel.text.startswith("The case is not rated yet.")
    assert room.session is not None


def test_keys_rate_break_and_end_a_case(room, plan, press):
    from qt import Qt

    room.open(plan).until("B")
    press(Qt.Key_4)
    assert (room.study.rating, room.ui.studyRating4Button.checked) == (4, True)
    press(Qt.Key_2)
    assert (room.study.rating, room.ui.studyRating4Button.checked) == (2, False)
    press(Qt.Key_Space)
    assert room.study.phase.value == "break"
    press(Qt.Key_Space)
    assert room.study.phase.value == "reading"
    done = room.study.standing.done
    press(Qt.Key_Return, control=True)
    assert room.wait().study.standing.done == done + 1


def test_a_comment_is_kept_with_its_rating_whichever_comes_first(room, plan):
    room.open(plan).until("B")
    room.ui.studyCommentLineEdit.text = "bladder left in"
    room.ui.studyCommentLineEdit.editingFinished.emit()
    assert room.study.comment == ""
    room.ui.studyRating3Button.click()
    assert (room.study.rating, room.study.comment) == (3, "bladder left in")
    room.ui.studyCommentLineEdit.text = "bladder and ureter"
    room.ui.studyCommentLineEdit.editingFinished.emit()
    assert room.study.comment == "bladder and ureter"


def test_the_rating_of_one_case_is_not_shown_for_the_next(room, plan):
    room.open(plan).until("B")
    room.ui.studyCommentLineEdit.text = "a comment"
    room.finish(5)
    assert not room.ui.studyRating5Button.checked
    assert room.ui.studyCommentLineEdit.text == ""


def test_in_a_break_the_images_are_hidden_and_an_edit_is_refused(room, plan):
    import slicer

    room.open(plan).until("B")
    composite = slicer.app.layoutManager().sliceWidget("Red").standInView.slice_logic.GetSliceCompositeNode()
    shown = composite.GetForegroundVolumeID(), composite.GetBackgroundVolumeID(), composite.GetLabelVolumeID()
    room.ui.studyGoOnButton.click()
    assert (composite.GetForegroundVolumeID(), composite.GetBackgroundVolumeID(), composite.GetLabelVolumeID()) == (
        None,
    ) * 3
    assert room.ui.studyCaseLabel.text.endswith("break: the images are hidden")
    room.ui.lesionTable.setCurrentCell(0, 0)
    room.ui.deleteButton.click()
    assert room.ui.messageLabel.text.startswith("This is a break, and the time stands still.")
    assert len(room.session.lesion_map.lesions) == 1
    room.ui.studyGoOnButton.click()
    assert (composite.GetForegroundVolumeID(), composite.GetBackgroundVolumeID(), composite.GetLabelVolumeID()) == shown


def test_corrections_go_to_the_store_when_they_are_shown(room, plan):
    room.open(plan).until("B")
    room.ui.lesionTable.setCurrentCell(0, 0)
    room.ui.deleteButton.click()
    assert room.session.journal.events()[-1].kind is Kind.DELETED
    (row,) = [row for row in room.study._study.store.readings() if (row.case, row.arm) == (room.study.case, "B")]
    assert row.deletes == 1


def test_a_study_that_was_closed_comes_back_as_it_was_left(room, plan):
    room.open(plan).until("B")
    room.ui.lesionTable.setCurrentCell(0, 0)
    room.ui.deleteButton.click()
    room.ui.studyRating4Button.click()
    case = room.study.case
    room.ui.studyCloseButton.click()
    assert room.session is None
    room.open(plan).go_on()
    assert (room.study.case, len(room.session.lesion_map.lesions)) == (case, 0)
    assert room.ui.studyRating4Button.checked


def test_the_layout_before_comes_back_when_a_study_is_closed(room, plan):
    import slicer

    layout = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    before = layout.GetViewArrangement()
    room.open(plan).go_on()
    assert layout.GetViewArrangement() != before
    room.ui.studyDoneBreakButton.click()
    room.ui.studyCloseButton.click()
    assert layout.GetViewArrangement() == before


def test_a_scene_that_is_closed_puts_the_case_away_and_the_study_goes_on(room, plan):
    import slicer

    room.open(plan).go_on()
    case = room.study.case
    slicer.mrmlScene.Clear(0)
    assert (room.session, room.study.phase.value) == (None, "waiting")
    room.go_on()
    assert room.study.case == case


def test_a_scene_that_is_closed_while_a_case_is_loaded_stops_the_loading(room, plan):
    import slicer

    room.open(plan)
    room.ui.studyGoOnButton.click()
    assert room.study.phase.value == "loading"
    slicer.mrmlScene.Clear(0)
    assert (room.session, room.study.phase.value) == (None, "waiting")


def test_no_case_comes_while_another_module_is_open(room, plan):
    room.open(plan)
    room.ui.studyGoOnButton.click()
    room.panel.exit()
    room.section.onTick()
    assert (room.session, room.study.phase.value) == (None, "loading")
    room.panel.enter()
    room.section.onTick()
    assert room.session is not None


def test_a_case_whose_pet_is_removed_is_put_away(room, plan):
    import slicer

    room.open(plan).go_on()
    slicer.mrmlScene.RemoveNode(room.session.pet_node)
    assert (room.session, room.study.phase.value) == (None, "waiting")


def test_a_reader_who_is_blinded_sees_neither_arm_nor_patient_nor_path(room, tmp_path):
    import slicer

    plan = a_study(
        tmp_path / "Doe_Jane", arms=[THRESHOLD | {"name": "Armthreshold"}, PREPARED | {"name": "Armprepared"}]
    )
    room.open(plan)
    room.ui.studyPlanLineEdit.text = ""
    room.go_on()
    for _ in range(2):
        said = room.texts().lower()
        for telling in ("doe_jane", "armthreshold", "armprepared", "threshold)", "ensemble", "pet.nrrd"):
            assert telling not in said
        names = [slicer.mrmlScene.GetNthNode(n).GetName() or "" for n in range(slicer.mrmlScene.GetNumberOfNodes())]
        assert not [name for name in names if "Doe" in name or "Arm" in name]
        outline = room.session.outline.node
        assert outline is None or not outline.GetDisplayNode().GetVisibility2D()
        room.finish()


def test_the_arm_and_the_time_are_shown_where_the_plan_says_so(room, tmp_path):
    room.open(a_study(tmp_path / "open", hide_arm=False, show_time=True)).until("B")
    assert room.ui.studyCaseLabel.text == f"{room.study.case}, arm B, period {room.study.period[0]} of 2"
    assert not room.ui.studyTimeLabel.isHidden()
    assert room.ui.studyTimeLabel.text.startswith("Active 00:0")


def test_a_hidden_time_is_hidden(room, plan):
    room.open(plan).go_on()
    assert room.ui.studyTimeLabel.isHidden()
    assert room.ui.timeCollapsibleButton.isHidden()


def test_a_skipped_case_is_told(room, plan):
    room.open(plan)
    broken = room.study._turns.order[0].case
    (plan.parent / f"cases/{int(broken[-2:])}/pet.nrrd").write_text("no image")
    room.go_on()
    assert room.ui.studyToldLabel.text.startswith(f"{broken} was skipped: its PET or CT cannot be read.")
    assert room.ui.studyStandingLabel.text == "R1: 0 of 4 readings are done."
    assert room.ui.studyNoticeLabel.text == (
        f"Skipped: {broken} (its PET or CT cannot be read). Tell whoever runs the study."
    )


def test_a_wash_out_says_when_the_next_case_can_be_read(room, tmp_path):
    from NENSegmentationLib.scene.study_words import local_time

    room.open(a_study(tmp_path / "study", washout_days=28)).go_on()
    room.finish()
    room.finish()
    until = local_time(room.study.washout_until)
    assert room.ui.studyCaseLabel.text == f"The wash-out lasts until {until}: the next case cannot be read before."


def test_a_store_that_fails_is_said_and_the_case_can_be_tried_again(room, plan):
    from scene.study_cases import opened

    room.open(plan)
    other = opened(plan)
    other.go_on()
    other.poll()
    room.go_on()
    assert room.ui.studyMessageLabel.text.startswith("Study.db: R1 is reading in another window")
    other.close()
    room.go_on()
    assert room.session is not None
