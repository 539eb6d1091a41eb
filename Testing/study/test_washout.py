"""How long a case rests before a reader reads it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from study.test_order import a_plan

from NENSegmentationLib.study.order import Assignment
from NENSegmentationLib.study.reading_state import ReadingState
from NENSegmentationLib.study.washout import washout_end

PLAN = a_plan(cases=4, readers=1, blocks=2)
NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def reading(case, arm, block):
    return Assignment(reader="reader-1", position=1, case=case, arm=arm, block=block, training=False)


def seen(case, arm, block, days=0.0):
    last = NOON + timedelta(days=days)
    return ReadingState(reader="reader-1", case=case, arm=arm, block=block, done=True, last_seen=last)


def test_the_first_reading_waits_for_nothing():
    assert washout_end(PLAN, reading("case-1", "A", 1), []) is None


def test_within_a_period_no_case_waits_for_another():
    assert washout_end(PLAN, reading("case-1", "A", 2), [seen("case-2", "B", 1)]) is None


def test_a_period_begins_when_the_last_case_of_the_one_before_has_rested():
    before = [seen("case-2", "B", 1), seen("case-3", "A", 2, days=3.5), seen("case-1", "A", 1, days=1)]
    assert washout_end(PLAN, reading("case-1", "B", 3), before) == NOON + timedelta(days=31.5)


def test_a_case_that_was_skipped_and_comes_late_rests_from_its_reading_in_the_later_period():
    assert washout_end(PLAN, reading("case-1", "A", 1), [seen("case-1", "B", 3)]) == NOON + timedelta(days=28)


def test_a_reading_that_was_begun_may_go_on_at_any_time():
    assert washout_end(PLAN, reading("case-1", "B", 3), [seen("case-2", "A", 1), seen("case-1", "B", 3)]) is None


def test_a_case_that_was_begun_and_never_shown_delays_nothing():
    begun = replace(seen("case-2", "A", 1), last_seen=None)
    assert washout_end(PLAN, reading("case-1", "B", 3), [begun]) is None


@pytest.mark.parametrize("days", [0, 1, 400])
def test_the_wash_out_is_that_of_the_plan(days):
    plan = replace(a_plan(cases=2, readers=1), washout_days=days)
    assert washout_end(plan, reading("case-1", "B", 2), [seen("case-1", "A", 1)]) == NOON + timedelta(days=days)
