"""What the store of a study says of how it was carried out: when, by which versions and models, with which wash-out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from .events import Event, Kind
from .plan import Plan
from .reading_state import OFF_SCREEN
from .store_chain import BegunReading

Recorded = Sequence[tuple[BegunReading, Sequence[Event]]]
"""All readings of a store in the order in which they were begun, each with its events."""

_DAY_S = 86400


@dataclass(frozen=True, kw_only=True)
class Rest:
    """How long a case rested between two readings of it by one reader.

    Attributes
    ----------
    reader, case : str
        Whose, and of what.
    first, second : str
        The arms, in the order they were read in.
    days : float
        From the last moment on the screen in the first to the first in the second.
    """

    reader: str
    case: str
    first: str
    second: str
    days: float


@dataclass(frozen=True, kw_only=True)
class StoreRecord:
    """How a study was carried out.

    Attributes
    ----------
    head : str
        SHA-256 (hex) over the last link of every chain of the store: written down at the end of a study, it shows later
        that nothing was added, altered or cut off since.
    readings, events : int
        How many there are in the store.
    software : tuple of str
        Versions of NENSegmentation that readings were opened with.
    models : mapping of str to tuple of (str, str)
        Arm -> title and SHA-256 of each model that made a start state in it.
    days : mapping of str to (datetime, datetime)
        Reader -> when they first and last had a case on the screen (UTC).
    between_periods : mapping of str to float
        Reader -> the shortest time (days) between anything of one period and the first case of a later one.
    rests : tuple of Rest
        Of the measured cases.
    """

    head: str
    readings: int
    events: int
    software: tuple[str, ...]
    models: Mapping[str, tuple[tuple[str, str], ...]]
    days: Mapping[str, tuple[datetime, datetime]]
    between_periods: Mapping[str, float]
    rests: tuple[Rest, ...]

    @classmethod
    def of(cls, plan: Plan, recorded: Recorded) -> StoreRecord:
        """Return what the readings of a store say, which belong to a plan."""
        all_events = [event for _, events in recorded for event in events]
        opened = [event.payload["software"] for event in all_events if event.kind is Kind.OPENED]
        readers = {begun.reader: [one for one in recorded if one[0].reader == begun.reader] for begun, _ in recorded}
        spans = {reader: _span(mine) for reader, mine in readers.items()}
        rests = {reader: _between_periods(plan, mine) for reader, mine in readers.items()}
        return cls(
            head=head_of(recorded),
            readings=len(recorded),
            events=len(all_events),
            software=tuple(dict.fromkeys(opened)),
            models=_models(recorded),
            days={reader: span for reader, span in spans.items() if span is not None},
            between_periods={reader: rest for reader, rest in rests.items() if rest is not None},
            rests=tuple(rest for mine in readers.values() for rest in _rests(mine)),
        )


def head_of(recorded: Recorded) -> str:
    """Return one hash over the last link of each reading's chain, and over that of the readings."""
    links = [(begun.hash, events[-1].hash if events else "") for begun, events in recorded]
    return hashlib.sha256(json.dumps(links).encode()).hexdigest()


def _models(recorded: Recorded) -> dict[str, tuple[tuple[str, str], ...]]:
    found: dict[str, dict[tuple[str, str], None]] = {}
    for begun, events in recorded:
        for event in events:
            if event.kind is Kind.SEGMENTED and "ensemble" in event.payload["rule"]:
                model = event.payload["rule"]["ensemble"]["model"]
                found.setdefault(begun.arm, {})[model["title"], model["sha256"]] = None
    return {arm: tuple(models) for arm, models in found.items()}


def _span(mine: Recorded) -> tuple[datetime, datetime] | None:
    first = [moment for _, events in mine if (moment := _first_shown(events)) is not None]
    last = [moment for _, events in mine if (moment := _last_seen(events)) is not None]
    return (min(first), max(last)) if first else None


def _first_shown(events: Iterable[Event]) -> datetime | None:
    return next((_when(event) for event in events if event.kind is Kind.SHOWN), None)


def _when(event: Event) -> datetime:
    return datetime.fromisoformat(event.wall)


def _last_seen(events: Iterable[Event], before: datetime | None = None) -> datetime | None:
    """Return when a reading was last on the screen, of all time or before a moment; None if it was never shown."""
    last, shown = None, False
    for event in events:
        if before is not None and _when(event) >= before:
            break
        shown |= event.kind is Kind.SHOWN
        if shown and event.kind not in OFF_SCREEN:
            last = _when(event)
    return last


def _between_periods(plan: Plan, mine: Recorded) -> float | None:
    """Return the shortest time (days) from what one reader saw in earlier periods to the first case of a later one."""
    shortest = None
    for period in range(2, plan.periods + 1):
        begins = [_first_shown(events) for begun, events in mine if plan.period_of(begun.block) == period]
        begin = min((one for one in begins if one is not None), default=None)
        if begin is None:
            continue
        before = [_last_seen(events, begin) for begun, events in mine if plan.period_of(begun.block) < period]
        last = max((one for one in before if one is not None), default=None)
        if last is not None:
            days = (begin - last).total_seconds() / _DAY_S
            shortest = days if shortest is None else min(shortest, days)
    return shortest


def _rests(mine: Recorded) -> list[Rest]:
    """Return the rests of each measured case of one reader."""
    shown = [
        (first, begun, events)
        for begun, events in mine
        if not begun.training and (first := _first_shown(events)) is not None
    ]
    shown.sort(key=lambda one: (one[1].case, one[0]))
    found = []
    for (_, one, events), (begin, other, _) in pairwise(shown):
        last = _last_seen(events, begin)
        if one.case == other.case and last is not None:
            days = (begin - last).total_seconds() / _DAY_S
            found.append(Rest(reader=one.reader, case=one.case, first=one.arm, second=other.arm, days=days))
    return found
