"""A study's store in a file of SQLite.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, ColumnElement, Connection, create_engine, event, literal
from sqlalchemy.exc import DBAPIError

from .store_dialect import BUSY_S, REFUSAL, StoreDialect, forbidden_changes

_REASONS = {
    "locked": "is held by another program that does not let go of it. Close that program, then go on.",
    "full": "could not be written because the disk is full. Free some space, then go on.",
    "readonly": "may not be written to. Put the study where you may write.",
    "unable to open": "cannot be opened or made there. Put the study in a folder that exists and where you may write.",
    "disk I/O": "could not be read or written by the disk. Free some space, or check the disk and its connection.",
    "not a database": "is no store, or is damaged from its beginning. Give the store of this study, or a whole copy.",
    "malformed": "is damaged. Give a whole copy of it.",
}


class SqliteStore(StoreDialect):
    """A file; several processes of one machine may have it open.

    Parameters
    ----------
    url : sqlalchemy.URL
        Of the file.
    """

    write_options: ClassVar[Mapping[str, Any]] = {"writes": True}
    another = "is another kind of file. Give the store of this study, or a name that is not taken."

    def __init__(self, url: URL) -> None:
        engine = create_engine(url, connect_args={"timeout": BUSY_S})
        event.listen(engine, "connect", _settle)
        event.listen(engine, "begin", _begin)
        self._file = Path(str(url.database))
        super().__init__(engine, self._file.name)

    def is_there(self) -> bool:
        """Return whether there is such a file: to connect would make it."""
        return self._file.is_file()

    def prepare(self) -> None:
        """Let several processes read while one writes; the file keeps it."""
        connection = self.engine.raw_connection()
        try:
            _when_free(connection.dbapi_connection, "PRAGMA journal_mode = WAL")
        finally:
            connection.close()

    def is_whole(self, connection: Connection) -> bool:
        """Return whether SQLite finds nothing wrong with the file."""
        return connection.exec_driver_sql("PRAGMA quick_check(1)").scalars().all() == ["ok"]

    def forbid_changes(self, connection: Connection) -> None:
        """Make a trigger for each."""
        for table, verb in forbidden_changes():
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )

    def take_turn(self, connection: Connection) -> None:
        """Do nothing: a transaction that writes is alone in the file."""

    def now(self, ours: str) -> ColumnElement[str]:
        """Return the time of this machine: all who use the file are on it."""
        return literal(ours)

    def reason(self, error: DBAPIError) -> str:
        """Find it by the words of SQLite."""
        known = (words for part, words in _REASONS.items() if part in str(error.orig))
        return next(known, f"cannot be used ({error.orig}). Give the store of this study, or a whole copy of it.")

    def is_gone(self, error: DBAPIError) -> bool:  # noqa: ARG002 - whatever it is
        """Return False: there is no server."""
        return False


def _settle(connection: Any, _: object) -> None:  # noqa: ANN401
    # SQLAlchemy begins the transactions, see `_begin`; and a commit waits for the disk, so it survives a power cut.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN")
        return
    # A writer takes its turn before it reads: two that had read first would each wait for the other. SQLite's own wait
    # looks ten times a second in the end, and may find the file taken each time while others write without a pause.
    file = connection.connection.dbapi_connection
    file.execute("PRAGMA busy_timeout = 0")  # type: ignore[union-attr]
    try:
        _when_free(file, "BEGIN IMMEDIATE")
    finally:
        file.execute(f"PRAGMA busy_timeout = {round(BUSY_S * 1000)}")  # type: ignore[union-attr]


def _when_free(file: Any, statement: str) -> None:  # noqa: ANN401
    """Execute a statement as soon as no other connection is in its way."""
    until = time.monotonic() + BUSY_S
    while True:
        try:
            file.execute(statement).fetchall()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise DBAPIError(None, None, error) from error
        time.sleep(random.uniform(0.001, 0.005))
