"""The wash-out of a crossover: how long a case rests before it is read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .order import Assignment
from .plan import Plan
from .reading_state import ReadingState


def washout_end(plan: Plan, one: Assignment, begun: Iterable[ReadingState]) -> datetime | None:
    """Return when the wash-out before a reading is over.

    Parameters
    ----------
    plan : Plan
        Of the study.
    one : Assignment
        The reading.
    begun : iterable of ReadingState
        All readings of its reader so far; those whose case was never shown count for nothing.

    Returns
    -------
    datetime or None
        UTC: the wash-out after whatever the reader has seen in earlier periods, and after the same case in any other
        arm. None if there was nothing of the kind, or the reading was begun: then it may go on at any time.
    """
    seen = [(other, other.last_seen) for other in begun if other.last_seen is not None]
    if any((other.case, other.arm) == (one.case, one.arm) for other, _ in seen):
        return None
    period = plan.period_of(one.block)
    rests = [last for other, last in seen if other.case == one.case or plan.period_of(other.block) < period]
    return max(rests) + timedelta(days=plan.washout_days) if rests else None
