"""A study's store on a server of PostgreSQL, for readers on several machines.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import URL, ColumnElement, Connection, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from .errors import JournalError
from .store_dialect import BUSY_S, REFUSAL, StoreDialect, forbidden_changes

DRIVER = "postgresql+psycopg"

# Waits for an answer (s, ms): a reader sits before the screen meanwhile, and a reading can go on without the server.
_CONNECT_S, _SILENT_MS = 3, 5000
# An arbitrary number; whoever makes tables or begins a reading takes it in turn.
_TURN = 0x4E454E53
_ISO_8601 = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'

_STATES = {
    "42501": "may not be written to by this user. Ask whoever runs the study for the right to add rows.",
    "25006": "may only be read on this server. Give the server that is written to.",
    "53100": "could not be written because the disk of the server is full. Ask whoever runs the server.",
    "53300": "has too many connections. Close some of them, or ask whoever runs the server.",
    "55P03": "is held by another session that does not let go of it. Close that one, then go on.",
    "XX001": "is damaged. Ask whoever runs the server for a whole copy.",
    "XX002": "is damaged. Ask whoever runs the server for a whole copy.",
}
_GONE_STATES = ("08", "57P01", "57P02", "57P03")
_GONE_WORDS = ("starting up", "shutting down", "in recovery mode", "terminating connection")
_REFUSED = {
    "authentication failed": "refused this user or password. Correct them; a password can stand in the file .pgpass.",
    "no password supplied": "asks for a password. Put it into the file .pgpass, or into the variable PGPASSWORD.",
    "no pg_hba.conf entry": "does not let this user in from this machine. Ask whoever runs the server.",
    "does not exist": "is not on this server: there is no such database or user. Correct the address.",
    "too many": "has too many connections. Close some of them, or ask whoever runs the server.",
}


class PostgresqlStore(StoreDialect):
    """A database of a server; its clock is the one that counts among machines.

    Parameters
    ----------
    url : sqlalchemy.URL
        Of the database.

    Raises
    ------
    JournalError
        If the driver is not installed.
    """

    on_server: ClassVar[bool] = True
    read_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ"}
    write_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "READ COMMITTED"}
    another = "is a database of something else. Give the one of this study, or an empty one."

    def __init__(self, url: URL) -> None:
        waits = {"connect_timeout": _CONNECT_S, "tcp_user_timeout": _SILENT_MS, "keepalives_idle": _CONNECT_S}
        given = {key: value for key, value in waits.items() if key not in url.query}
        try:
            engine = create_engine(
                url.set(drivername=DRIVER), connect_args=given, pool_pre_ping=True, hide_parameters=True
            )
        except ModuleNotFoundError as error:
            message = "a store on PostgreSQL needs the Python package psycopg[binary]. Install it, then open it again."
            raise JournalError(message) from error
        event.listen(engine, "connect", _settle)
        super().__init__(engine, f"{url.host or 'PostgreSQL'}/{url.database}")

    def is_there(self) -> bool:
        """Return True: if it is not, the server says so."""
        return True

    def prepare(self) -> None:
        """Do nothing: the server is ready."""

    def is_whole(self, connection: Connection) -> bool:  # noqa: ARG002 - nothing is asked
        """Return True: a server that finds a fault says so when it reads the row."""
        return True

    def forbid_changes(self, connection: Connection) -> None:
        """Make a trigger for each, and for the statement that empties a table."""
        connection.exec_driver_sql(
            "CREATE FUNCTION rows_are_only_added() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
        )
        for table, verb in forbidden_changes():
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION rows_are_only_added()"
            )
        for table in dict.fromkeys(table for table, _ in forbidden_changes()):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION rows_are_only_added()"
            )

    def take_turn(self, connection: Connection) -> None:
        """Take a lock of the database that ends with the transaction."""
        connection.execute(select(func.pg_advisory_xact_lock(_TURN)))

    def now(self, ours: str) -> ColumnElement[str]:  # noqa: ARG002 - machines may differ
        """Return the time of the server."""
        return func.to_char(func.timezone("UTC", func.clock_timestamp()), _ISO_8601)

    def reason(self, error: DBAPIError) -> str:
        """Find it by the state that the server gives, or by the words with which it refuses a connection."""
        if self.is_gone(error):
            return "cannot be reached: its server does not answer. Check the network, or wait until it is back."
        said, state = str(error.orig), _state(error)
        refused = next((words for part, words in _REFUSED.items() if part in said), _unknown(said))
        return refused if state is None else _STATES.get(state, _unknown(said))

    def is_gone(self, error: DBAPIError) -> bool:
        """Return whether the server went away, or never answered; one that refuses is there."""
        said, state = str(error.orig), _state(error)
        if state is not None:
            return state.startswith(_GONE_STATES)
        if any(words in said for words in _GONE_WORDS):
            return True
        if "FATAL" in said or any(part in said for part in _REFUSED):
            return False
        return error.connection_invalidated or isinstance(error, OperationalError)


def _state(error: DBAPIError) -> str | None:
    """Return the state that the server gave (SQLSTATE); None where it gave none."""
    return getattr(error.orig, "sqlstate", None)


def _unknown(said: str) -> str:
    # Only the first line: what follows may be the row itself.
    return f"cannot be used ({said.splitlines()[0] if said else 'no reason given'}). Ask whoever runs the server."


def _settle(connection: Any, _: object) -> None:  # noqa: ANN401
    # Whatever the server is set to: what was written survives a power cut, and nobody waits for ever.
    connection.execute("SET synchronous_commit = on")
    connection.execute(f"SET lock_timeout = {round(BUSY_S * 1000)}")
    connection.commit()
