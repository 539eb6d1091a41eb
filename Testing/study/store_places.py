"""Where the store of a study may be, and what somebody can do to it there behind its back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from study.hand_clock import HandClock
from study.postgresql_server import DATABASE, PostgresqlServer


class SqlitePlace:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self.url = folder / "study.db"
        self.name = "study.db"

    def meddle(self, *statements: str) -> list[tuple]:
        """Do what somebody with the rights of an owner could do; return what the last statement gives."""
        with closing(sqlite3.connect(self.url)) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            return self._done(connection, statements)

    def refusal(self, statement: str) -> str:
        """Return what the database says to a statement of somebody who leaves its triggers alone."""
        with closing(sqlite3.connect(self.url)) as connection:
            try:
                self._done(connection, [statement])
            except sqlite3.IntegrityError as error:
                return str(error)
        return ""

    def wait(self, seconds: float, hand: HandClock) -> None:
        """Let time pass by the clock that counts here."""
        hand.wait(seconds)

    def _done(self, connection: sqlite3.Connection, statements) -> list[tuple]:
        with connection:
            for statement in statements:
                found = connection.execute(statement).fetchall()
        return found


class PostgresqlPlace:
    """A schema of a database."""

    def __init__(self, server: PostgresqlServer) -> None:
        self.server, self.schema = server, server.new_schema()
        self.url = server.url(self.schema)
        self.name = f"PostgreSQL/{DATABASE}"

    def meddle(self, *statements: str) -> list[tuple]:
        return self.server.execute(self.schema, "SET session_replication_role = replica", *statements)

    def refusal(self, statement: str) -> str:
        try:
            self.server.execute(self.schema, statement)
        except Exception as error:
            return str(error)
        return ""

    def wait(self, seconds: float, hand: HandClock) -> None:
        """Put back what sessions last wrote: nobody can turn the clock of the server."""
        hand.wait(seconds)
        for reader, seen in self.meddle("SELECT reader, seen FROM leases"):
            earlier = datetime.fromisoformat(seen) - timedelta(seconds=seconds)
            self.meddle(f"UPDATE leases SET seen = '{earlier.isoformat()}' WHERE reader = '{reader}'")


KINDS = ("sqlite", "postgresql")
"""The kinds of database that a store may be in: what is tested on one has to hold on the other."""


def place_for(request: pytest.FixtureRequest, folder: Path) -> SqlitePlace | PostgresqlPlace:
    """Return a place of the kind that a fixture was parametrised with."""
    return SqlitePlace(folder) if request.param == "sqlite" else PostgresqlPlace(request.getfixturevalue("server"))
