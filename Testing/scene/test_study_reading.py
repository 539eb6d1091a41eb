"""A reader at work on a small study, through what the panel and the browser call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from scene.study_cases import (
    BLANK,
    FIRST,
    SECOND,
    THRESHOLD,
    a_study,
    arm_of,
    load,
    opened,
    until_arm,
    wait,
)
from study.hand_clock import HandClock

from NENSegmentationLib.core.seed_rule import Rule, RuleKind
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.errors import ServerGoneError, StudyError
from NENSegmentationLib.study.events import Kind

FIXED = Rule(RuleKind.FIXED_SUV, 10.0)


def read(study):
    """Do as little as a reader can do."""
    if study.needs_rating:
        study.rate(1)
    study.done()


@pytest.fixture
def plan(tmp_path):
    return a_study(tmp_path)


@pytest.fixture
def study(plan):
    study = opened(plan)
    yield study
    study.close()


def test_a_study_begins_with_nothing_on_the_screen(study):
    assert (study.phase, study.case, study.session, study.standing.done) == (Phase.WAITING, None, None, 0)
    assert study.standing.planned == 4


def test_the_first_case_of_the_order_comes_on_the_screen_and_its_time_runs(study):
    load(study)
    assert study.phase is Phase.READING
    assert study.case == study.standing.next.case
    kinds = [event.kind for event in study.session.journal.events()]
    assert kinds == [Kind.OPENED, Kind.SEGMENTED, Kind.SHOWN]


def test_a_case_is_shown_before_its_time_runs(study):
    shown = []
    study.loaded.connect(lambda session: shown.append(session.timer.state.value))
    load(study)
    assert shown == ["away"]


@pytest.mark.parametrize("then_break", [False, True])
def test_a_case_that_is_done_is_seen_to_be_gone_where_the_store_does_not_say_the_next(study, monkeypatch, then_break):
    load(study)
    if study.needs_rating:
        study.rate(1)
    seen = []

    def away():
        message = "the server cannot be reached."
        raise ServerGoneError(message)

    with monkeypatch.context() as patched:
        patched.setattr(study._turns, "look_up", away)
        study.changed.connect(lambda: seen.append((study.phase, study.case)))
        with pytest.raises(ServerGoneError):
            study.done(then_break=then_break)
    assert seen[-1] == (Phase.WAITING, None)
    load(study)
    assert (study.phase, study.standing.done) == (Phase.READING, 1)


def test_cases_come_in_the_order_of_the_plan_until_none_is_left(study):
    order = [(one.case, one.arm) for one in study._turns.order]
    came = []
    load(study)
    while study.phase is Phase.READING:
        came.append((study.case, arm_of(study)))
        read(study)
        wait(study)
    assert came == order
    assert (study.phase, study.standing.done, study.case) == (Phase.FINISHED, 4, None)


def test_a_reader_starts_from_the_prepared_segmentation_or_from_nothing(study):
    until_arm(study, "B", read)
    assert [lesion.origin.value for lesion in study.session.lesion_map.lesions.values()] == ["seed"]
    assert study.session.lesion_at(FIRST) is not None
    until_arm_again = study.done if not study.needs_rating else lambda: read(study)
    until_arm_again()
    wait(study)
    until_arm(study, "C", read)
    assert study.session.lesion_map.lesions == {}


def test_a_threshold_is_taken_from_where_the_plan_says(tmp_path):
    study = opened(a_study(tmp_path, arms=[THRESHOLD, BLANK]))
    until_arm(study, "A", read)
    region = study.session.region
    assert (region.organ.value, region.mean, region.threshold()) == ("liver", 5.0, 7.5)
    assert len(study.session.lesion_map.lesions) == 2
    study.close()


def test_what_a_reader_starts_from_is_made_before_the_time_runs(study):
    load(study)
    events = study.session.journal.events()
    segmented, shown = (
        next(one.sequence for one in events if one.kind is kind) for kind in (Kind.SEGMENTED, Kind.SHOWN)
    )
    assert segmented < shown


def test_loading_takes_none_of_the_readers_time(tmp_path):
    hand = HandClock()
    study = opened(a_study(tmp_path), clock=hand.clock())
    study.loaded.connect(lambda _session: hand.wait(40))
    load(study)
    hand.wait(7)
    assert study.session.timer.durations().active_s == 7
    study.close()


def test_a_reader_is_idle_after_the_time_that_the_plan_says(tmp_path):
    hand = HandClock()
    study = opened(a_study(tmp_path, idle_s=20), clock=hand.clock())
    load(study)
    hand.wait(25)
    study.tick()
    assert study.session.timer.durations().idle_s == 5
    study.close()


def test_what_is_rated_last_counts_with_its_comment(study):
    until_arm(study, "B", read)
    study.rate(4)
    study.rate(2, " one false positive ")
    study.rate(3)
    assert (study.rating, study.comment) == (3, "one false positive")
    rated = [event.payload["rating"] for event in study.session.journal.events() if event.kind is Kind.RATED]
    assert rated == [4, 2, 3]


def test_the_same_rating_again_is_not_written_twice(study):
    load(study)
    study.rate(2, "a")
    study.rate(2)
    assert [event.kind for event in study.session.journal.events()].count(Kind.RATED) == 1


def test_a_rating_is_one_of_the_table(study):
    load(study)
    with pytest.raises(StudyError, match=r"^6 is no rating\. Give a whole number from 1 to 5\.$"):
        study.rate(6)


def test_a_case_is_not_done_before_it_is_rated(study):
    until_arm(study, "B", read)
    with pytest.raises(StudyError, match=r"^the case is not rated yet\. Rate from 1 to 5 what you were given"):
        study.done()
    assert study.phase is Phase.READING


def test_where_a_reader_starts_from_nothing_there_is_nothing_to_rate(study):
    until_arm(study, "C", read)
    assert not study.needs_rating
    study.done()
    assert study.standing.done >= 1


def test_done_is_kept_with_lesions_volume_times_and_actions(tmp_path):
    hand = HandClock()
    study = opened(a_study(tmp_path, show_time=True), clock=hand.clock())
    until_arm(study, "B", read)
    hand.wait(5)
    study.session.add_seed(SECOND, FIXED)
    hand.wait(6)
    study.rate(3, "one missed")
    case, position = study.case, study._one.position
    assert study.times.active_s == 11
    study.done(then_break=True)
    (row,) = [row for row in study._study.store.readings() if row.done and row.arm == "B"]
    assert (row.case, row.position, row.active_s, row.adds, row.deletes) == (case, position, 11, 1, 0)
    assert (row.rating, row.comment, row.lesions, row.volume_ml) == (3, "one missed", 2, pytest.approx(3.456))
    assert study.phase is Phase.WAITING
    study.close()


def test_the_result_of_a_case_is_saved(study, plan):
    until_arm(study, "B", read)
    study.session.add_seed(SECOND, FIXED)
    study.rate(3)
    folder = plan.parent / "study-results" / "R1" / f"{study._one.position:03}-{study.case}"
    study.done(then_break=True)
    assert {"lesions.nii.gz", "lesions.seg.nrrd", "lesions.csv", "summary.json", "time_log.csv"} <= {
        path.name for path in folder.iterdir()
    }
    assert sum(
        line.startswith("Lesion") or ",seed," in line for line in (folder / "lesions.csv").read_text().split("\n")
    )
    header, log = (folder / "time_log.csv").read_text().strip().split("\n")
    said = dict(zip(header.split(","), log.split(","), strict=True))
    assert (said["reader"], said["added"], said["rating"], bool(said["done"])) == ("R1", "1", "3", True)


def test_a_result_that_never_became_done_is_replaced(study, plan):
    until_arm(study, "B", read)
    folder = plan.parent / "study-results" / "R1" / f"{study._one.position:03}-{study.case}"
    folder.mkdir(parents=True)
    (folder / "lesions.csv").write_text("of an attempt that was killed")
    read(study)
    assert (folder / "summary.json").exists()


def test_in_a_break_time_stands_still_and_no_edit_is_taken(tmp_path):
    hand = HandClock()
    study = opened(a_study(tmp_path), clock=hand.clock())
    until_arm(study, "B", read)
    hand.wait(3)
    study.take_break()
    hand.wait(1000)
    assert study.phase is Phase.BREAK
    with pytest.raises(SceneError, match=r"^this is a break, and the time stands still\. Go on with the case"):
        study.session.delete(1)
    with pytest.raises(StudyError, match=r"^no case is being read\. Go on first\.$"):
        study.done()
    study.go_on()
    study.session.delete(1)
    times = study.session.timer.durations()
    assert (study.phase, times.active_s, times.paused_s) == (Phase.READING, 3, 1000)
    study.close()


def test_between_two_cases_a_break_has_nothing_on_the_screen(study):
    load(study)
    study.rate(1)
    study.done(then_break=True)
    assert (study.phase, study.session, study.case) == (Phase.WAITING, None, None)
    load(study)
    assert study.phase is Phase.READING


def test_a_case_that_was_put_away_comes_back_as_it_was_left(plan):
    study = opened(plan)
    until_arm(study, "B", read)
    study.session.add_seed(SECOND, FIXED)
    study.session.delete(1)
    study.rate(4, "so far")
    case = study.case
    study.close()
    again = opened(plan)
    load(again)
    assert (again.case, again.rating, again.comment) == (case, 4, "so far")
    assert [lesion.id for lesion in again.session.lesion_map.lesions.values()] == [2]
    assert again.session.lesion_at(SECOND) is not None
    again.session.undo()
    assert again.session.lesion_at(FIRST) is not None
    again.close()


def test_the_next_case_is_read_meanwhile(plan):
    from NENSegmentationLib.scene.study_case import PreparedHere

    begun = []

    def prepare(planned):
        begun.append(planned.name)
        return PreparedHere(planned)

    study = opened(plan, prepare=prepare)
    load(study)
    order = [one.case for one in study._turns.order]
    assert begun == order[:2]
    read(study)
    wait(study)
    assert begun == order[:3]
    study.close()


def test_a_case_that_goes_leaves_nothing_in_the_scene(study):
    scene = study._scene
    before = {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
    heard = []
    study.leaving.connect(lambda: heard.append(study.session is not None))
    load(study)
    study.leave()
    after = {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
    assert (after - before, heard, study.phase) == (set(), [True], Phase.WAITING)


def test_the_reader_sees_the_arm_and_the_time_only_where_the_plan_says_so(tmp_path):
    for folder, hidden in (("hidden", True), ("open", False)):
        plan = a_study(tmp_path / folder, hide_arm=hidden, show_time=not hidden)
        study = opened(plan)
        load(study)
        assert (study.arm is None, study.times is None) == (hidden, hidden)
        study.close()


def test_no_arm_that_is_hidden_is_told_by_a_lesion_that_is_added_by_the_patient_threshold(tmp_path):
    study = opened(a_study(tmp_path, count=2, arms=[THRESHOLD, BLANK]))
    regions, said = set(), set()
    load(study)
    while study.phase is Phase.READING:
        regions.add(study.session.region is None)
        with pytest.raises(SceneError) as refused:
            study.session.preview_seed(SECOND)
        said.add(str(refused.value))
        read(study)
        wait(study)
    study.close()
    assert regions == {True, False}
    assert said == {
        "in this study no lesion is added by the patient threshold, which not every arm has. Choose another rule."
    }


def test_period_and_block_are_counted_from_one(tmp_path):
    study = opened(a_study(tmp_path, count=4, blocks=2))
    seen = []
    load(study)
    while study.phase is Phase.READING:
        seen.append((study.period, study.block))
        read(study)
        wait(study)
    assert seen == [((p, 2), (b, 2)) for p in (1, 2) for b in (1, 1, 2, 2)]
    study.close()


def test_training_cases_come_first_and_say_so(tmp_path):
    from scene.study_cases import a_case

    (tmp_path / "study").mkdir()
    training = [a_case(tmp_path / "study", number, training=True) for number in (8, 9)]
    measured = [a_case(tmp_path / "study", number) for number in (1, 2)]
    study = opened(a_study(tmp_path / "study", count=0, cases=[*measured, *training]))
    load(study)
    assert study.is_training
    read(study)
    wait(study)
    assert study.is_training
    read(study)
    wait(study)
    assert not study.is_training
    study.close()


def test_a_case_is_not_shown_again_before_the_wash_out_is_over(tmp_path):
    hand = HandClock()
    study = opened(a_study(tmp_path, washout_days=28), clock=hand.clock())
    load(study)
    for _ in range(2):
        hand.wait(60)
        read(study)
        wait(study)
    last = hand.wall
    assert (study.phase, study.standing.done) == (Phase.WASHOUT, 2)
    assert study.washout_until == last + timedelta(days=28)
    hand.wait(timedelta(days=27, hours=23).total_seconds())
    load(study)
    assert study.phase is Phase.WASHOUT
    hand.wait(3600)
    load(study)
    assert study.phase is Phase.READING
    study.close()
