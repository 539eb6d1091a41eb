"""How the file of a journal is opened: refused untouched, or mended, or as it is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from . import database, salvage
from .clock import Clock
from .errors import JournalError
from .events import Event, Kind, Row, event_of


@dataclass(frozen=True)
class Opened:
    """A file that is ready to be written to.

    Attributes
    ----------
    connection : sqlite3.Connection
        For this process alone.
    events : tuple of Event
        What is in it.
    salvaged : bool
        Whether a rest was set aside.
    warnings : tuple of str
        What the reader should know.
    """

    connection: sqlite3.Connection
    events: tuple[Event, ...]
    salvaged: bool
    warnings: tuple[str, ...]


def open_file(path: Path, case_key: str, clock: Clock) -> Opened:
    """Open the file of a journal, or make it; see `Journal.open`."""
    with database.in_words(path):
        salvage.finish(path)
        database.roll_back(path)
        existed, has_log = path.exists(), database.wal_path(path).exists()
        empty = existed and path.stat().st_size == 0
    if existed and not empty:
        _refuse_unusable(path, examined(path), case_key)
        opened = _reopened(path, clock)
        return opened if has_log or opened.salvaged else _with_log_missed(path, opened)
    connection = database.connect(path)
    with database.closed_on_error(connection), database.in_words(path):
        database.create(connection)
        database.settle(connection)
    warning = f"{path.name}: the journal was empty, so nothing of an earlier one is left. A new one begins."
    return Opened(connection, (), False, (warning,) if empty else ())


def examined(path: Path) -> salvage.Findings:
    """Return what a closed file holds, without changing it."""
    database.roll_back(path)
    with closing(database.connect_to_read(path)) as connection:
        database.check_header(connection, path)
        return salvage.examine(connection, path)


def events_of(path: Path, rows: Sequence[Row]) -> tuple[Event, ...]:
    """Return whole rows as events.

    Raises
    ------
    JournalError
        If one is of a kind that is not known here.
    """
    try:
        return tuple(event_of(row) for row in rows)
    except ValueError as error:
        message = f"{path.name}: this version does not know an event of the journal ({error}). Update NENSegmentation."
        raise JournalError(message) from error


def faults(path: Path, findings: salvage.Findings) -> tuple[str, ...]:
    """Return a sentence for each thing that is wrong with a file."""
    if findings.altered or findings.sound:
        return tuple(
            f"{path.name}: event {number} of the journal was altered or taken out after it was written."
            for number in findings.altered
        )
    return (f"{path.name}: the journal is damaged after its first {len(findings.rows)} events.",)


def _refuse_unusable(path: Path, findings: salvage.Findings, case_key: str) -> None:
    if findings.altered:
        message = f"{faults(path, findings)[0]} Give the unaltered file, or move this one away to begin a new one."
        raise JournalError(message)
    if not findings.rows and not findings.sound:
        message = f"{path.name}: the journal is damaged from its beginning. Move it away to begin a new one."
        raise JournalError(message)
    if findings.rows and json.loads(findings.rows[0][3])["case_key"] != case_key:
        message = f"{path.name}: this is the journal of another case. Open that case, or choose another folder."
        raise JournalError(message)


def _reopened(path: Path, clock: Clock) -> Opened:
    connection = database.connect(path)
    with database.closed_on_error(connection):
        torn = salvage.torn_log(connection, path)
        findings = salvage.examine(connection, path)
        events = events_of(path, findings.rows)
        if not torn and findings.sound:
            with database.in_words(path):
                database.settle(connection)
            return Opened(connection, events, False, ())
        aside = salvage.set_aside(path, clock.wall())
        if not findings.sound:
            salvage.write_salvaged(path, findings.rows)
        # Copying the file took the lock from this connection: a POSIX lock goes with any handle of its process.
        connection.close()
    with database.in_words(path):
        salvage.finish(path)
    connection = database.connect(path)
    with database.closed_on_error(connection), database.in_words(path):
        database.settle(connection)
    warning = (
        f"{path.name}: the journal breaks off or is damaged after its first {len(events)} events. "
        f"They are whole and count; the rest was set aside as {aside.name}."
    )
    return Opened(connection, events, True, (warning,))


def _with_log_missed(path: Path, opened: Opened) -> Opened:
    if not opened.events or opened.events[-1].kind is Kind.CLOSED:
        return opened
    warning = (
        f"{path.name}: the journal was not closed, and {database.wal_path(path).name}, which may hold its last events, "
        f"is not beside it. The {len(opened.events)} events that are here count; if it was copied, copy that file too."
    )
    return Opened(opened.connection, opened.events, False, (warning,))
