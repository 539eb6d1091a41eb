"""Events that the server of a study has not got yet: in a file on this machine until it has."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from . import database
from .errors import JournalError
from .events import Row, breaks
from .store_chain import BegunReading

_NAME = re.compile(r"[0-9a-f]{8}-(?P<reading>\d+)-[\w-]+-[0-9a-f]{8}\.unsent")


class Unsent:
    """The events of one session since its server went away, in their order; made by `begin` or `open`.

    The file is like the journal of a case, and as safe: what `add` has returned is on the disk. It is held by one
    process at a time.

    Attributes
    ----------
    path : Path
        The file.
    rows : list of tuple
        What is in it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, rows: list[Row]) -> None:
        self.path = path
        self.rows = rows
        self._connection = connection

    @classmethod
    def begin(cls, folder: Path, store: str, reading: BegunReading, run: str) -> Unsent:
        """Make the file of a session.

        Parameters
        ----------
        folder : Path
            Made if it is not there.
        store : str
            What tells the store from any other: where its chain begins.
        reading : BegunReading
            What is read.
        run : str
            The run of its events.

        Raises
        ------
        JournalError
            If the file cannot be made.
        """
        # Without the arm, which the reader may not be meant to know.
        path = folder / f"{store[:8]}-{reading.number}-{reading.reader}-{reading.case}-{run[:8]}.unsent"
        with database.in_words(path):
            folder.mkdir(parents=True, exist_ok=True)
        connection = database.connect(path)
        with database.closed_on_error(connection), database.in_words(path):
            database.create(connection)
            database.settle(connection)
        return cls(path, connection, [])

    @classmethod
    def open(cls, path: Path) -> Unsent | None:
        """Open the file of an earlier session; None if that session still runs, or has left nothing.

        Raises
        ------
        JournalError
            If it cannot be read, or is not as it was written.
        """
        try:
            connection = database.connect(path)
        except JournalError as error:
            if "locked" in str(error.__cause__):
                return None
            raise
        with database.closed_on_error(connection):
            if not _holds_something(path):
                # A kill while it was made; or another program has just sent it, and it was made anew by looking.
                connection.close()
                _remove(path)
                return None
            rows, sound = database.read_rows(connection)
            if not sound or (rows and breaks(rows, rows[0][7], rows[0][0] - 1)):
                message = f"{path.name}: the events in this file are damaged or were altered. Give an unaltered copy."
                raise JournalError(message)
            with database.in_words(path):
                database.settle(connection)
        return cls(path, connection, rows)

    @property
    def reading(self) -> int:
        """The number of the reading in its store."""
        return int(_NAME.fullmatch(self.path.name)["reading"])  # type: ignore[index]

    def add(self, row: Row) -> None:
        """Write an event; when this returns, it is on the disk."""
        with database.in_words(self.path):
            database.insert(self._connection, row)
        self.rows.append(row)

    def close(self) -> None:
        """Let go of the file, and leave it there."""
        self._connection.close()

    def remove(self) -> None:
        """Take the file away: the server has all of it."""
        self.close()
        _remove(self.path)


def _holds_something(path: Path) -> bool:
    with database.in_words(path):
        try:
            return path.stat().st_size > 0
        except FileNotFoundError:
            # Another program that had it open has just sent it.
            return False


def _remove(path: Path) -> None:
    with database.in_words(path):
        path.unlink(missing_ok=True)


def unsent_files(folder: Path, store: str) -> Iterator[Path]:
    """Yield the files in a folder that are of one store, as `Unsent.begin` made them."""
    for path in sorted(folder.glob(f"{store[:8]}-*.unsent")):
        if _NAME.fullmatch(path.name):
            yield path
