from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study.hand_clock import HandClock

from NENSegmentationLib.study.durations import Durations, State, durations_of
from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.timer import Reason, Timer


@pytest.fixture
def running(timer):
    timer.shown(case="A", reader="R1")
    return timer


def kinds(journal) -> list[str]:
    return [event.kind.value for event in journal.events()]


def test_before_the_case_is_shown_no_time_counts(timer, hand):
    hand.wait(30)
    timer.tick()
    assert timer.durations() == Durations(0, 0, 0)


def test_time_is_active_from_shown_to_done(running, hand):
    hand.wait(50)
    running.done()
    hand.wait(50)
    assert running.durations() == Durations(active_s=50, idle_s=0, paused_s=0)


def test_a_pause_is_counted_apart(running, hand):
    hand.wait(5)
    running.pause()
    hand.wait(7)
    running.resume()
    hand.wait(11)
    running.done()
    assert running.durations() == Durations(active_s=16, idle_s=0, paused_s=7)


def test_inference_is_a_pause_with_its_reason(running, journal):
    running.pause(Reason.INFERENCE)
    assert journal.events()[-1].payload == {"reason": "inference"}


def test_idle_time_begins_sixty_seconds_after_the_last_input(running, hand):
    hand.wait(10)
    running.activity()
    hand.wait(100)
    running.done()
    assert running.durations() == Durations(active_s=70, idle_s=40, paused_s=0)


def test_the_next_input_ends_idleness(running, hand):
    hand.wait(100)
    running.activity()
    hand.wait(20)
    running.done()
    assert running.durations() == Durations(active_s=80, idle_s=40, paused_s=0)


def test_an_action_ends_idleness_too(running, journal, hand):
    hand.wait(100)
    running.tick()
    journal.record(Kind.UNDONE)
    hand.wait(20)
    running.done()
    assert running.durations() == Durations(active_s=80, idle_s=40, paused_s=0)


def test_a_pause_out_of_idleness_leaves_the_idle_time(running, hand):
    hand.wait(100)
    running.pause()
    hand.wait(5)
    running.resume()
    running.done()
    assert running.durations() == Durations(active_s=60, idle_s=40, paused_s=5)


def test_input_that_does_not_end_idleness_writes_nothing(running, journal, hand):
    for _ in range(100):
        hand.wait(0.5)
        running.activity()
    assert kinds(journal) == ["opened", "shown"]


def test_the_time_shown_never_runs_backwards(running, hand):
    shown = []
    for _ in range(90):
        hand.wait_ticking(running, 1)
        shown.append(running.durations().active_s)
    assert shown == [*range(1, 61), *[60] * 30]


def test_the_state_is_idle_before_any_tick_has_noticed_it(running, hand):
    hand.wait(61)
    assert running.state is State.IDLE


def test_a_heartbeat_comes_every_ten_seconds_in_which_nothing_else_happens(running, journal, hand):
    hand.wait_ticking(running, 35)
    assert kinds(journal)[2:] == ["heartbeat"] * 3


def test_the_machine_asleep_is_a_reader_without_input(running, hand):
    hand.wait_ticking(running, 20)
    hand.wait(8 * 3600)
    running.tick()
    running.done()
    assert running.durations() == Durations(active_s=60, idle_s=8 * 3600 - 40, paused_s=0)


def test_sleep_on_a_clock_that_stops_counts_as_nothing(running, hand):
    hand.wait(20)
    hand.wall = hand.wall.replace(hour=23)
    running.done()
    assert running.durations() == Durations(active_s=20, idle_s=0, paused_s=0)


def test_setting_the_wall_clock_changes_no_duration(running, journal, hand):
    hand.wait(20)
    hand.wall = hand.wall.replace(year=2001)
    hand.wait(20)
    running.done()
    assert running.durations() == durations_of(journal.events()) == Durations(active_s=40, idle_s=0, paused_s=0)


def test_a_clock_that_goes_backwards_takes_nothing_away(running, hand):
    hand.wait(20)
    running.tick()
    hand.wait(-300)
    running.tick()
    hand.wait(15)
    running.done()
    assert running.durations() == Durations(active_s=35, idle_s=0, paused_s=0)


def test_time_between_a_close_and_the_next_opening_does_not_count(path, hand):
    with Journal.open(path, "this case", hand.clock()) as journal:
        Timer(journal).shown(case="A", reader="R1")
        hand.wait(30)
    hand.wait(1000)
    with Journal.open(path, "this case", hand.clock()) as journal:
        timer = Timer(journal)
        hand.wait(4)
        timer.shown(case="A", reader="R1")
        hand.wait(5)
        timer.done()
    assert timer.durations() == Durations(active_s=35, idle_s=0, paused_s=0)


def test_a_case_that_is_done_stays_done_when_it_is_opened_again(path, hand):
    with Journal.open(path, "this case", hand.clock()) as journal:
        timer = Timer(journal)
        timer.shown(case="A", reader="R1")
        timer.done()
    with Journal.open(path, "this case", hand.clock()) as journal:
        assert Timer(journal).state is State.DONE


def test_a_case_that_is_done_may_be_shown_again_and_its_time_goes_on(running, hand):
    hand.wait(5)
    running.done()
    hand.wait(100)
    running.shown(case="A", reader="R1")
    hand.wait(6)
    assert running.durations() == Durations(active_s=11, idle_s=0, paused_s=0)


def test_a_case_cannot_be_shown_twice(running):
    with pytest.raises(StudyError, match=r"^the time of this case runs already\.$"):
        running.shown(case="A", reader="R1")


def test_a_pause_in_a_pause_is_refused(running):
    running.pause()
    with pytest.raises(StudyError, match=r"does not run, so there is nothing to pause\.$"):
        running.pause()


def test_resuming_without_a_pause_is_refused(running):
    with pytest.raises(StudyError, match=r"^the time of this case is not paused\.$"):
        running.resume()


def test_a_case_that_is_not_shown_cannot_be_done(timer):
    with pytest.raises(StudyError, match=r"cannot be done. Show the case first\.$"):
        timer.done()


STEPS = st.lists(
    st.tuples(st.sampled_from(["wait", "activity", "tick", "pause", "resume", "action"]), st.integers(0, 200)),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_active_idle_and_paused_are_the_time_from_shown_to_done(steps):
    hand = HandClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "case.journal", "this case", hand.clock()) as journal,
    ):
        timer = Timer(journal, idle_after_s=60, heartbeat_s=10)
        timer.shown(case="A", reader="R1")
        seconds = 0
        for step, length in steps:
            hand.wait(length)
            seconds += length
            if step in ("activity", "tick"):
                getattr(timer, step)()
            elif step == "action":
                journal.record(Kind.UNDONE)
            elif step == "pause" and timer.state in (State.ACTIVE, State.IDLE):
                timer.pause()
            elif step == "resume" and timer.state is State.PAUSED:
                timer.resume()
        shown = timer.durations()
        timer.done()
        counted = durations_of(journal.events())
    assert shown == counted
    assert counted.active_s + counted.idle_s + counted.paused_s == seconds


def _by_hand(steps: list[tuple[str, int]]) -> Durations:
    """The same counted second by second, with nothing but the definition."""
    spent, last_input, paused = {"active": 0, "idle": 0, "paused": 0}, 0, False
    now = 0
    for step, length in steps:
        for _ in range(length):
            spent["paused" if paused else "active" if now < last_input + 60 else "idle"] += 1
            now += 1
        if step == "activity" or (step == "resume" and paused):
            last_input = now
        paused = (paused or step == "pause") and step != "resume"
    return Durations(spent["active"], spent["idle"], spent["paused"])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["activity", "tick", "pause", "resume"]), st.integers(0, 200)),
        max_size=30,
    )
)
def test_the_times_are_those_of_a_count_second_by_second(steps):
    hand = HandClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "case.journal", "this case", hand.clock()) as journal,
    ):
        timer = Timer(journal, idle_after_s=60, heartbeat_s=10)
        timer.shown(case="A", reader="R1")
        done = []
        for step, length in steps:
            hand.wait(length)
            paused = timer.state is State.PAUSED
            if step in ("activity", "tick") or (step == "pause") is not paused:
                getattr(timer, step)()
            done.append((step, length))
        timer.done()
        assert timer.durations() == _by_hand(done)
