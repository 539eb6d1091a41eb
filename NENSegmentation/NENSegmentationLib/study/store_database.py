"""The SQL of a study's store: one transaction for each event, and who may write it.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, inspect, select, update

from .errors import JournalError, NoStoreError
from .events import Kind, Row
from .lease import LEASE_S, Lease
from .store_chain import BegunReading, genesis
from .store_dialect import StoreDialect
from .store_place import dialect_for
from .store_queries import EVENT_COLUMNS, StoreQueries
from .store_schema import EVENTS, LEASES, METADATA, READINGS, STORE, VERSION, migrate


class StoreDatabase(StoreQueries):
    """A store that is open; several may be, in several processes.

    Attributes
    ----------
    name : str
        For messages.
    genesis : str
        Where the chain of readings begins.
    """

    def __init__(self, dialect: StoreDialect) -> None:
        self._dialect = dialect
        self.name = dialect.name
        self.genesis = ""

    @classmethod
    def open(cls, place: Path | str, plan: str, made: datetime, *, make: bool = True) -> StoreDatabase:
        """Open the store of a study, or make it; see `Store.open`."""
        database = cls(dialect_for(place))
        try:
            if not make and not database._dialect.is_there():
                database._refuse_missing()
            with database.reading() as connection:
                if not database._dialect.is_whole(connection):
                    database._refuse("is damaged. Give a whole copy of it.")
                version = database._checked(connection, plan)
            if not version and not make:
                database._refuse_missing()
            if version < VERSION:
                with database._dialect.in_words():
                    database._dialect.prepare()
                with database.taking_turns() as connection:
                    database._bring_up_to_date(connection, plan, made)
            with database.reading() as connection:
                said = connection.execute(select(STORE.c.plan, STORE.c.made)).one()
            database.genesis = genesis(said.plan, said.made)
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_on_server(self) -> bool:
        """Whether the store may be out of reach while a reading goes on."""
        return self._dialect.on_server

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one transaction, which sees one moment of the store."""
        with self._transaction(**self._dialect.read_options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction; when this ends, all of it is on the disk, or nothing."""
        with self._transaction(**self._dialect.write_options) as connection:
            yield connection

    @contextmanager
    def taking_turns(self) -> Iterator[Connection]:
        """Write in one transaction, while nobody else makes tables or begins a reading."""
        with self.writing() as connection:
            self._dialect.take_turn(connection)
            yield connection

    def answers(self) -> bool:
        """Return whether the store can be used now."""
        try:
            with self.reading():
                return True
        except JournalError:
            return False

    def close(self) -> None:
        """Let go of the database."""
        self._dialect.engine.dispose()

    def begin(self, connection: Connection, reading: BegunReading) -> None:
        """Write that a reading began."""
        values = {**vars(reading), "case_name": reading.case}
        del values["case"]
        connection.execute(insert(READINGS).values(values))

    def take(self, connection: Connection, reader: str, run: str, ours: str) -> None:
        """Make a session the only one of its reader.

        Parameters
        ----------
        connection : sqlalchemy.Connection
            Of `taking_turns`.
        reader, run : str
            Whose session it is, and the run of its events.
        ours : str
            The time of this machine (UTC, ISO 8601).

        Raises
        ------
        JournalError
            If another one may still run.
        """
        lease = Lease(reader, run, connection.execute(select(self._dialect.now(ours))).scalar_one())
        row = connection.execute(select(LEASES).where(LEASES.c.reader == reader).with_for_update()).one_or_none()
        if row is not None:
            other = Lease(**row._mapping)
            if other.is_held(datetime.fromisoformat(lease.seen)):
                message = (
                    f"{self.name}: {reader} is reading in another window or on another machine ({other.host}, "
                    f"process {other.process}, last seen {other.seen[:19]} UTC). Close the case there first, or wait "
                    f"{LEASE_S:.0f} s if that program does not run any more."
                )
                raise JournalError(message)
            connection.execute(delete(LEASES).where(LEASES.c.reader == reader))
        connection.execute(insert(LEASES).values(vars(lease)))

    def add(self, reading: int, reader: str, row: Row) -> None:
        """Write an event of a session, if it is still that of its reader.

        Raises
        ------
        JournalError
            If another session took over, or it cannot be written; nothing is written then.
        """
        ours = and_(LEASES.c.reader == reader, LEASES.c.run == row[1])
        with self.writing() as connection:
            if connection.execute(update(LEASES).where(ours).values(seen=self._dialect.now(row[5]))).rowcount != 1:
                message = f"{self.name}: {reader} went on in another session. Close the case here; it goes on there."
                raise JournalError(message)
            self._insert(connection, reading, [row])

    def append(self, reading: int, rows: Sequence[Row]) -> bool:
        """Write events that were kept elsewhere to the end of their reading; those that are there are passed over.

        Parameters
        ----------
        reading : int
            Its number.
        rows : sequence of tuple
            A chain that begins where the reading stood once, after its first event.

        Returns
        -------
        bool
            False if the reading went on with other events meanwhile; nothing is written then.
        """
        with self.taking_turns() as connection:
            before = rows[0][0] - 1
            chain = [row[8] for row in self.rows(connection, reading, blobs=False)]
            # Where an answer of the server was lost, or a kill came before the file was taken away, they may be there.
            known = chain[before : before + len(rows)]
            if rows[0][7] not in chain[before - 1 : before] or known != [row[8] for row in rows[: len(known)]]:
                return False
            self._insert(connection, reading, rows[len(known) :])
            if rows[-1][2] == Kind.CLOSED.value:
                connection.execute(delete(LEASES).where(LEASES.c.run == rows[-1][1]))
        return True

    def release(self, reader: str, run: str) -> None:
        """Let a reader begin another session."""
        with self.writing() as connection:
            connection.execute(delete(LEASES).where(and_(LEASES.c.reader == reader, LEASES.c.run == run)))

    def _insert(self, connection: Connection, reading: int, rows: Sequence[Row]) -> None:
        values = [{"reading": reading, **dict(zip(EVENT_COLUMNS, row, strict=True))} for row in rows]
        if values:
            connection.execute(insert(EVENTS), values)

    @contextmanager
    def _transaction(self, **options: Any) -> Iterator[Connection]:  # noqa: ANN401 - those of SQLAlchemy
        with (
            self._dialect.in_words(),
            self._dialect.engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def _checked(self, connection: Connection, plan: str) -> int:
        """Return the version of a store of this study, 0 if there is nothing in the file yet."""
        tables = inspect(connection).get_table_names()
        if not tables:
            return 0
        if STORE.name not in tables:
            self._refuse(self._dialect.another)
        version, of_plan = connection.execute(select(STORE.c.version, STORE.c.plan)).one()
        if version > VERSION:
            self._refuse(
                f"was written by a newer version of NENSegmentation (store version {version}, this one knows "
                f"{VERSION}). Update NENSegmentation to open it."
            )
        if of_plan != plan:
            self._refuse(
                "belongs to another study, or the plan was changed after its first reading. "
                "Give the plan as it was then, or another store."
            )
        return version

    def _bring_up_to_date(self, connection: Connection, plan: str, made: datetime) -> None:
        # Another process may have done so since the first look.
        version = self._checked(connection, plan)
        if version:
            migrate(connection, version)
            return
        METADATA.create_all(connection)
        self._dialect.forbid_changes(connection)
        said = made.isoformat(timespec="microseconds")
        connection.execute(insert(STORE).values(number=1, version=VERSION, plan=plan, made=said))

    def _refuse_missing(self) -> None:
        message = (
            f"{self.name}: the store of this study is not there yet. It begins with the first reading; or give another "
            "one."
        )
        raise NoStoreError(message)

    def _refuse(self, reason: str) -> None:
        message = f"{self.name}: the store of this study {reason}"
        raise JournalError(message)
