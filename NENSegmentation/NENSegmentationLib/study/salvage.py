"""What is whole in a damaged journal, and where the rest goes."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import database
from .errors import JournalError
from .events import Row, breaks, is_sealed, number_of_break
from .wal import is_torn


@dataclass(frozen=True)
class Findings:
    """What a journal file holds.

    Attributes
    ----------
    rows : tuple of tuple
        The events from the first one on, as far as each is whole and follows the one before.
    sound : bool
        Whether that is all there is in the file.
    altered : tuple of int
        Numbers of the events that were changed or taken out although events after them are whole: by somebody, not by
        a machine that died.
    """

    rows: tuple[Row, ...]
    sound: bool
    altered: tuple[int, ...]


def examine(connection: sqlite3.Connection, path: Path) -> Findings:
    """Follow the chain of hashes through a journal file."""
    rows, readable = database.read_rows(connection)
    # SQLite fills up a last page that is cut off with zeros and says nothing.
    readable = readable and path.stat().st_size % database.page_size(connection) == 0
    broken = breaks(rows)
    last_sealed = max((place for place, row in enumerate(rows) if is_sealed(row)), default=-1)
    # In a file that is broken as such the whole events behind the break are chance: rows fill a page from its end.
    altered = [number_of_break(rows, place) for place in broken if readable and place <= last_sealed]
    whole = rows[: broken[0]] if broken else rows
    return Findings(tuple(whole), readable and not broken, tuple(altered))


def torn_log(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether the write-ahead log of a file that was just opened breaks off in the middle of an event."""
    with suppress(sqlite3.DatabaseError):
        ((_, frames, _),) = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        log = database.wal_path(path)
        return is_torn(log.read_bytes() if log.exists() else b"", max(frames, 0))
    return False


def set_aside(path: Path, moment: datetime) -> Path:
    """Copy a journal and its log beside themselves, under a name that says when.

    Parameters
    ----------
    path : Path
        The journal.
    moment : datetime
        UTC.

    Returns
    -------
    Path
        The copy of the journal; that of its log has "-wal" after it.

    Raises
    ------
    JournalError
        If there is no room or no leave for it.
    """
    aside = path.with_name(f"{path.name}.damaged-{moment:%Y%m%dT%H%M%S%fZ}")
    try:
        shutil.copyfile(path, aside)
        if database.wal_path(path).exists():
            shutil.copyfile(database.wal_path(path), database.wal_path(aside))
    except OSError as error:
        aside.unlink(missing_ok=True)
        message = f"{path.name}: the journal is damaged at its end, and there is no room to set the rest aside."
        raise JournalError(message) from error
    return aside


def write_salvaged(path: Path, rows: Iterable[Row]) -> None:
    """Write the whole events to a second file, with which `finish` replaces the damaged one.

    Parameters
    ----------
    path : Path
        The damaged journal; not touched here.
    rows : iterable of tuple
        What is whole.

    Raises
    ------
    JournalError
        If it cannot be written.
    """
    partial = _salvaged(path).with_suffix(".partial")
    with database.in_words(path):
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
            database.create(connection)
            connection.execute("BEGIN")
            for row in rows:
                database.insert(connection, row)
            connection.execute("COMMIT")
        partial.replace(_salvaged(path))


def finish(path: Path) -> None:
    """Put the salvaged file, if there is one, in the place of the damaged one; a kill in between is made good here.

    The log of the damaged file goes first: SQLite would take it for that of the salvaged one.
    """
    if _salvaged(path).exists():
        database.wal_path(path).unlink(missing_ok=True)
        _salvaged(path).replace(path)


def _salvaged(path: Path) -> Path:
    return path.with_name(f"{path.name}.salvaged")
