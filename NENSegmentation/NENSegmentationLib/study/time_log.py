"""The time log of cases as it leaves: who read what, how long, and what was done."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..core.csv_cells import cell
from .durations import durations_of
from .events import ACTIONS, Event, Kind

TIME_LOG_COLUMNS = (
    "case",
    "reader",
    "method",
    "start",
    "done",
    "active_s",
    "idle_s",
    "paused_s",
    *(kind.value for kind in ACTIONS),
    "rating",
    "comment",
)


def time_log(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return the time log of one journal: a row for each reader of its case, in the order in which they began.

    Parameters
    ----------
    events : iterable of Event
        Of one journal, in order.

    Returns
    -------
    list of dict
        With the keys `TIME_LOG_COLUMNS`: start and done are UTC (done is empty while the reading is open), times in s;
        the actions are counted by kind, undone ones included; method, rating and comment are the last ones given.
    """
    rows: list[dict[str, Any]] = []
    for (case, reader), of_reading in _readings(events).items():
        rows.append({"case": case, "reader": reader, "method": rows[-1]["method"] if rows else ""} | _row(of_reading))
    return rows


def time_log_csv(rows: Iterable[dict[str, Any]]) -> str:
    """Return rows of `time_log`, of any number of cases, as CSV with a header; what is not known is left empty."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, TIME_LOG_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    return file.getvalue()


def _readings(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    """Give each event to the case and reader it belongs to: what happens off the screen is for the next to come."""
    readings: dict[tuple[str, str], list[Event]] = {}
    on_screen: list[Event] = []
    off_screen: list[Event] = []
    shown = False
    for event in events:
        if event.kind is Kind.SHOWN:
            on_screen = readings.setdefault((event.payload["case"], event.payload["reader"]), [])
            on_screen += off_screen
            off_screen, shown = [], True
        elif event.kind is Kind.OPENED:
            shown = False
        (on_screen if shown or event.kind is Kind.RATED else off_screen).append(event)
        if event.kind is Kind.DONE:
            shown = False
    on_screen += off_screen
    return readings


def _row(events: list[Event]) -> dict[str, Any]:
    spent = durations_of(events)
    last = {event.kind: event for event in events}
    row: dict[str, Any] = {
        "start": next(event.wall for event in events if event.kind is Kind.SHOWN),
        "done": last[Kind.DONE].wall if Kind.DONE in last else "",
        "active_s": round(spent.active_s, 3),
        "idle_s": round(spent.idle_s, 3),
        "paused_s": round(spent.paused_s, 3),
        "rating": last[Kind.RATED].payload["rating"] if Kind.RATED in last else "",
        "comment": last[Kind.RATED].payload["comment"] if Kind.RATED in last else "",
    }
    counts = Counter(event.kind for event in events)
    row |= {kind.value: counts[kind] for kind in ACTIONS}
    if Kind.SEGMENTED in last:
        row["method"] = last[Kind.SEGMENTED].payload["method"]
    return row
