"""What is SQLite's own about a study's store: how it is opened, how a transaction begins, what its errors mean.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from .errors import JournalError
from .store_schema import EVENTS, ONLY_ADDED, READINGS

BUSY_S = 15.0
"""How long (s) a writer waits for the others."""

_REASONS = {
    "locked": "is held by another program that does not let go of it. Close that program, then go on.",
    "full": "could not be written because the disk is full. Free some space, then go on.",
    "readonly": "may not be written to. Put the study where you may write.",
    "unable to open": "cannot be opened or made there. Put the study in a folder that exists and where you may write.",
    "disk I/O": "could not be read or written by the disk. Free some space, or check the disk and its connection.",
    "not a database": "is no store, or is damaged from its beginning. Give the store of this study, or a whole copy.",
    "malformed": "is damaged. Give a whole copy of it.",
}


def engine_for(place: Path | str) -> tuple[Engine, str]:
    """Return the engine of a store, and its name for messages.

    Parameters
    ----------
    place : Path or str
        A file, or the URL of one (``sqlite:///study.db``).

    Raises
    ------
    JournalError
        If it is the URL of something else.
    """
    url = _url(place)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        shown = url.render_as_string(hide_password=True)
        message = f"{shown}: this version keeps a study in a SQLite file only. Name a file, such as study.db."
        raise JournalError(message)
    engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine, Path(str(url.database)).name


def use_write_ahead_log(engine: Engine) -> None:
    """Let several processes read while one writes; the file keeps it."""
    until = time.monotonic() + BUSY_S
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL").fetchall()
                return
            except engine.dialect.loaded_dbapi.OperationalError as error:
                # Here SQLite does not wait by itself for others that make the same file.
                if "locked" not in str(error) or time.monotonic() > until:
                    raise DBAPIError(None, None, error) from error
            time.sleep(0.02)
    finally:
        connection.close()


def is_whole(connection: Connection) -> bool:
    """Return whether SQLite finds nothing wrong with the file."""
    return connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().all() == ["ok"]


def forbid_changes(connection: Connection) -> None:
    """Make the database itself refuse what would alter a row that may only be added."""
    for table in ONLY_ADDED:
        for verb in ("UPDATE", "DELETE"):
            if verb == "DELETE" or table in (EVENTS, READINGS):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table.name}_{verb.lower()} BEFORE {verb} ON {table.name} "
                    "BEGIN SELECT RAISE(ABORT, 'rows are only added'); END"
                )


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """Turn what the database says into a sentence.

    Raises
    ------
    JournalError
        For every error of the database.
    """
    try:
        yield
    except IntegrityError as error:
        message = f"{name}: another session wrote to this reading. Open it again to go on from there."
        raise JournalError(message) from error
    except DBAPIError as error:
        known = (words for part, words in _REASONS.items() if part in str(error.orig))
        reason = next(known, f"cannot be used ({error.orig}). Give the store of this study, or a whole copy of it.")
        message = f"{name}: the store of this study {reason}"
        raise JournalError(message) from error


def _url(place: Path | str) -> URL:
    if isinstance(place, str) and "://" in place:
        try:
            return make_url(place)
        except ArgumentError as error:
            message = f"{place}: this is no URL of a database. Name a file, such as study.db."
            raise JournalError(message) from error
    return URL.create("sqlite", database=str(place))


def _settle(connection: Any, _: object) -> None:  # noqa: ANN401
    # SQLAlchemy begins the transactions, see `_begin`; and a commit waits for the disk, so it survives a power cut.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    # A writer takes its turn before it reads: two that had read first would each wait for the other.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
