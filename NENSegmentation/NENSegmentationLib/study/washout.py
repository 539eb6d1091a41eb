"""The wash-out of a crossover: how long a case rests before it is read again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .events import Event, Kind
from .order import Assignment
from .plan import Plan

# What is written down while the case is not on the screen.
_OFF_SCREEN = frozenset({Kind.OPENED, Kind.SEGMENTED, Kind.SKIPPED, Kind.SALVAGED, Kind.CLOSED})


@dataclass(frozen=True)
class Seen:
    """A case that a reader has seen, whether they are done with it or not.

    Attributes
    ----------
    case, arm : str
        Code name of the case, and name of the arm it was seen in.
    block : int
        As in `Assignment`.
    last : datetime
        When it was last on the screen, UTC.
    """

    case: str
    arm: str
    block: int
    last: datetime


def last_seen(events: Iterable[Event]) -> datetime | None:
    """Return when a reading was last on the screen (UTC), from its events; None if it was never shown."""
    last, shown = None, False
    for event in events:
        shown |= event.kind is Kind.SHOWN
        if shown and event.kind not in _OFF_SCREEN:
            last = event.wall
    return None if last is None else datetime.fromisoformat(last)


def washout_end(plan: Plan, one: Assignment, seen: Iterable[Seen]) -> datetime | None:
    """Return when the wash-out before a reading is over.

    Parameters
    ----------
    plan : Plan
        Of the study.
    one : Assignment
        The reading.
    seen : iterable of Seen
        All cases that its reader has seen.

    Returns
    -------
    datetime or None
        UTC: the wash-out after whatever the reader has seen in earlier periods, and after the same case in any other
        arm. None if there was nothing of the kind, or the reading was begun: then it may go on at any time.
    """
    seen = list(seen)
    if any((other.case, other.arm) == (one.case, one.arm) for other in seen):
        return None
    period = plan.period_of(one.block)
    rests = [other.last for other in seen if other.case == one.case or plan.period_of(other.block) < period]
    return max(rests) + timedelta(days=plan.washout_days) if rests else None
