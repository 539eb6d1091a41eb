"""A simulated reader at work: what was drawn for a reading is done, event by event, through the timer and a log."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .clock import Clock
from .errors import StudyError
from .event_log import EventLog
from .events import Kind, Row
from .readings import ReadingRow, reading_row
from .store import Store
from .store_chain import BegunReading
from .timer import IDLE_AFTER_S, Reason, Timer

SIMULATED = "simulated"
"""What a store of simulated readings has for the identity of its plan: no plan can be taken for it."""

_BEGIN = datetime(2000, 1, 1, tzinfo=timezone.utc)
# An added lesion has a mask; nobody replays that of a simulated one.
_MASK = b"simulated"


class SimulatedClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self._elapsed_ns = 0

    def clock(self) -> Clock:
        """Return it as logs take it."""
        return Clock(lambda: self._elapsed_ns, lambda: _BEGIN + timedelta(microseconds=self._elapsed_ns / 1000))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._elapsed_ns += round(seconds * 1e9)


class MemoryLog(EventLog):
    """A log that nobody keeps."""

    def verify(self) -> tuple[str, ...]:
        """Return nothing: nobody else can reach it."""
        return ()

    def _write(self, row: Row) -> None: ...

    def _release(self) -> None: ...

    def _let_go(self) -> None: ...


def play(drawn: ReadingRow, log: EventLog, clock: SimulatedClock) -> None:
    """Do in a log what was drawn for a reading.

    Parameters
    ----------
    drawn : ReadingRow
        Its times, counts, rating, lesions and volume.
    log : EventLog
        Of that reading, with the clock that follows.
    clock : SimulatedClock
        Moves on by the time of the reading.
    """
    idle_after_s = min(IDLE_AFTER_S, drawn.active_s / 2) or IDLE_AFTER_S
    timer = Timer(log, idle_after_s=idle_after_s)
    timer.shown(case=drawn.case, reader=drawn.reader)
    timer.pause(Reason.LOADING)
    clock.wait(drawn.paused_s)
    timer.resume()
    # Nobody counts as away before a time without input, which is active; the rest passes with input in between.
    rest_s = drawn.active_s
    if drawn.idle_s and drawn.active_s:
        clock.wait(idle_after_s + drawn.idle_s)
        timer.activity()
        rest_s -= idle_after_s
    actions = list(_actions(drawn))
    steps = max(len(actions), int(rest_s / idle_after_s) + 1)
    for step in range(steps):
        clock.wait(rest_s / steps)
        timer.activity()
        if step < len(actions):
            kind, payload = actions[step]
            log.record(kind, blob=_MASK if kind is Kind.ADDED else None, **payload)
    if drawn.rating is not None:
        log.record(Kind.RATED, rating=drawn.rating, comment=drawn.comment)
    timer.done(lesions=drawn.lesions, volume_ml=drawn.volume_ml)


def played(drawn: ReadingRow) -> ReadingRow:
    """Return the row of a reading that was played in memory; what needs the truth is as it was drawn."""
    clock = SimulatedClock()
    log = MemoryLog(Path("simulated"), clock.clock(), ())
    play(drawn, log, clock)
    named = ("reader", "position", "case", "arm", "block", "training")
    begun = BegunReading(number=1, begun="", previous="", **{name: getattr(drawn, name) for name in named})
    counted = reading_row(begun, log.events())
    found = ("active_s", "idle_s", "paused_s", "done", "deletes", "adds", "undos", "other_actions")
    said = ("rating", "comment", "lesions", "volume_ml")
    return replace(drawn, **{name: getattr(counted, name) for name in (*found, *said)})


def fill(place: Path | str, rows: Sequence[ReadingRow]) -> float:
    """Play readings in a new store.

    Parameters
    ----------
    place : Path or str
        As in `Store.open`.
    rows : sequence of ReadingRow
        Simulated.

    Returns
    -------
    float
        Events that the store took in a second.

    Raises
    ------
    JournalError
        As `Store.open`.
    StudyError
        If there are readings in it already.
    """
    clock, events = SimulatedClock(), 0
    with Store.open(place, SIMULATED, clock.clock()) as store:
        if store.readings():
            message = "the store holds the readings of an earlier simulation. Give a new one."
            raise StudyError(message)
        began = time.perf_counter()
        for row in rows:
            journal = store.reading(
                row.reader, row.case, row.arm, position=row.position, block=row.block, training=row.training
            )
            with journal:
                play(row, journal, clock)
                events += len(journal.events())
        return events / (time.perf_counter() - began)


def _actions(drawn: ReadingRow) -> Iterator[tuple[Kind, dict[str, object]]]:
    for number in range(drawn.deletes):
        yield Kind.DELETED, {"lesion": number + 1, "place": None}
    for number in range(drawn.adds):
        yield Kind.ADDED, {"lesion": number + 1, "place": None, "rule": "simulated"}
    for _ in range(drawn.undos):
        yield Kind.UNDONE, {}
