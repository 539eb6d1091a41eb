from __future__ import annotations

from dataclasses import replace

import pytest
from study.test_order import a_plan

from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.order import assignments
from NENSegmentationLib.study.reading_state import ReadingState
from NENSegmentationLib.study.standing import standings

PLAN = a_plan(cases=2, readers=2)
ORDER = assignments(PLAN, "reader-1")


def a_row(number: int, *, done: bool = True) -> ReadingState:
    """The reading of reader 1 at a position of the order, from 0."""
    one = ORDER[number]
    return ReadingState(reader=one.reader, case=one.case, arm=one.arm, block=one.block, done=done, last_seen=None)


def test_a_reader_who_has_not_begun_stands_at_the_first_case():
    first, second = standings(PLAN, [])
    assert (first.reader, first.planned, first.begun, first.done) == ("reader-1", 4, 0, 0)
    assert first.next == ORDER[0]
    assert second.reader == "reader-2"


def test_readings_that_are_done_and_begun_are_counted_apart():
    first, _ = standings(PLAN, [a_row(0), a_row(1, done=False)])
    assert (first.begun, first.done, first.next) == (1, 1, ORDER[1])


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
