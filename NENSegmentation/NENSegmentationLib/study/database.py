"""The SQLite file under a journal: opened for one process alone, every write on disk before it returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import JournalError
from .events import Row

VERSION = 1
"""Of the tables; a file with a higher one is left alone."""

APPLICATION_ID = 0x4E454E4A
"""'NENJ' in the header of the file tells a journal from any other SQLite file."""

_SCHEMA = f"""
BEGIN;
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    blob BLOB,
    wall TEXT NOT NULL,
    elapsed_ns INTEGER NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TRIGGER events_are_not_altered BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""

_COLUMNS = "sequence, run, kind, payload, blob, wall, elapsed_ns, previous, hash"

_REASONS = {
    "locked": "is open in another window or program. Close it there first.",
    "full": "could not be written because the disk is full. Free some space, then go on.",
    "readonly": "may not be written to. Put the case where you may write.",
    "Permission denied": "may not be read or written. Put the case where you may write.",
    "unable to open": "cannot be opened or made there. Put the case in a folder that exists and where you may write.",
    "disk I/O": "could not be read or written by the disk. Free some space, or check the disk and its connection.",
    "not a database": "is no journal, or is damaged from its beginning. Move it away to begin a new one.",
    "malformed": "is damaged. Close the case and open it again: what is whole is kept.",
}

_REASONS_AT_THE_BEGINNING = _REASONS | {"malformed": _REASONS["not a database"]}


def wal_path(path: Path) -> Path:
    """Return where SQLite keeps what it has not yet moved into the file itself."""
    return path.with_name(f"{path.name}-wal")


@contextmanager
def in_words(path: Path, reasons: Mapping[str, str] = _REASONS) -> Iterator[None]:
    """Turn what SQLite or the system says about a file into a sentence.

    Parameters
    ----------
    path : Path
        The file.
    reasons : mapping
        A part of what SQLite says -> what to say instead.

    Raises
    ------
    JournalError
        For every error that is not a misuse of SQLite.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, OSError) as error:
        known = (words for part, words in reasons.items() if part in str(error))
        reason = next(known, f"cannot be used ({error}). Move it away to begin a new one.")
        message = f"{path.name}: the journal of this case {reason}"
        raise JournalError(message) from error


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Let go of a file when the block does not end well."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def connect(path: Path) -> sqlite3.Connection:
    """Open a file for this process alone; the lock goes with the process, however that ends.

    A file that is shorter than it should be is opened too, so that what is left of it can be read; `settle` ends that.

    Parameters
    ----------
    path : Path
        An existing file or a new one.

    Returns
    -------
    sqlite3.Connection
        Every statement is a transaction of its own.

    Raises
    ------
    JournalError
        If the file cannot be opened, or another connection has it.
    """
    with in_words(path, _REASONS_AT_THE_BEGINNING):
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        with closed_on_error(connection):
            # Before anything is read, so that SQLite keeps the index of its WAL in memory and the lock until the end.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
            return connection


def roll_back(path: Path) -> None:
    """Finish what a kill left half done while a file was made or closed, which cannot be done in reading."""
    rollback = path.with_name(f"{path.name}-journal")
    # SQLite's own rule: a rollback journal that begins with a zero byte, or is empty, is one that is over.
    if rollback.exists() and rollback.read_bytes()[:1] not in (b"", b"\0"):
        connect(path).close()


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file without changing anything in it or in its log.

    Raises
    ------
    JournalError
        If the file is not there or cannot be read, or a journal has it open.
    """
    with in_words(path, _REASONS_AT_THE_BEGINNING):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=0, isolation_level=None, uri=True)
        with closed_on_error(connection):
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            return connection


def check_header(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that a file is a journal of ours; one in which nothing is yet passes.

    Raises
    ------
    JournalError
        If it is another file, or a journal of a newer version.
    """
    with in_words(path, _REASONS_AT_THE_BEGINNING):
        ((application,),) = connection.execute("PRAGMA application_id").fetchall()
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    if application != APPLICATION_ID:
        message = f"{path.name}: this is no journal of NENSegmentation. Move it away to begin a new one."
        raise JournalError(message)
    if version > VERSION:
        message = (
            f"{path.name}: this journal was written by a newer version of NENSegmentation "
            f"(journal version {version}, this one knows {VERSION}). Update NENSegmentation to open it."
        )
        raise JournalError(message)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, in one transaction."""
    connection.executescript(_SCHEMA)


def settle(connection: sqlite3.Connection) -> None:
    """Make a sound file ready for writing.

    With ``synchronous = FULL`` a commit waits for the disk: what was recorded survives a power cut, not only a kill.
    """
    connection.execute("PRAGMA writable_schema = OFF")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL")
    # An empty transaction: until the next one, SQLite keeps what it locked to look the file through.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("COMMIT")


def flush(connection: sqlite3.Connection) -> None:
    """Move all that is in the log into the file itself, and empty the log."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def release(connection: sqlite3.Connection, path: Path) -> None:
    """Close a file and leave it alone there: one that can be copied, and read where nothing may be written."""
    try:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        connection.close()
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)


def insert(connection: sqlite3.Connection, row: Row) -> None:
    """Write an event."""
    connection.execute(f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def page_size(connection: sqlite3.Connection) -> int:
    """Return the bytes of a page; a whole file is a number of whole pages."""
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    return size


def read_rows(connection: sqlite3.Connection) -> tuple[list[Row], bool]:
    """Read all rows that can be read, in order.

    Returns
    -------
    rows : list of tuple
        Up to the first that cannot be read.
    sound : bool
        Whether the file is whole: SQLite reads it to its end and finds nothing wrong with it.
    """
    rows: list[Row] = []
    with suppress(sqlite3.DatabaseError):
        for row in connection.execute(f"SELECT {_COLUMNS} FROM events ORDER BY sequence"):
            rows.append(row)
        return rows, connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    return rows, False
