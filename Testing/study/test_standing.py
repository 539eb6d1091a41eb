from __future__ import annotations

from dataclasses import replace

import pytest
from study.test_order import a_plan

from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.order import assignments
from NENSegmentationLib.study.readings import ReadingRow
from NENSegmentationLib.study.standing import standings

PLAN = a_plan(cases=2, readers=2)
ORDER = assignments(PLAN, "reader-1")


def a_row(number: int, *, done: bool = True, active_s: float = 60.0) -> ReadingRow:
    """The reading of reader 1 at a position of the order, from 0."""
    one = ORDER[number]
    return ReadingRow(
        reader=one.reader, position=one.position, case=one.case, arm=one.arm, block=one.block, training=one.training,
        active_s=active_s, idle_s=0.0, paused_s=0.0, done=done, deletes=0, adds=0, undos=0, other_actions=0,
        rating=None, comment="", lesions=None, volume_ml=None,
    )  # fmt: skip


def test_a_reader_who_has_not_begun_stands_at_the_first_case():
    first, second = standings(PLAN, [])
    assert (first.reader, first.planned, first.begun, first.done, first.active_s) == ("reader-1", 4, 0, 0, 0)
    assert first.next == ORDER[0]
    assert second.reader == "reader-2"


def test_readings_that_are_done_and_begun_are_counted_apart_and_their_time_together():
    first, _ = standings(PLAN, [a_row(0, active_s=90), a_row(1, done=False, active_s=30)])
    assert (first.begun, first.done, first.active_s, first.next) == (1, 1, 120, ORDER[1])


def test_a_reading_that_was_passed_over_comes_next():
    first, _ = standings(PLAN, [a_row(1)])
    assert first.next == ORDER[0]


def test_a_reader_who_is_through_has_nothing_next():
    first, _ = standings(PLAN, [a_row(number) for number in range(4)])
    assert (first.done, first.next) == (4, None)


def test_a_reading_of_another_study_is_refused():
    with pytest.raises(StudyError) as error:
        standings(PLAN, [a_row(0), replace(a_row(1), reader="reader-7")])
    assert str(error.value) == (
        f"1 of 2 readings are not in study.toml; the first is {ORDER[1].case} by reader-7 in the arm {ORDER[1].arm}. "
        "Give the readings of this study."
    )
