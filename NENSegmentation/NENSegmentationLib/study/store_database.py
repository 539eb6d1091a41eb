"""The SQL of a study's store: one transaction for each event, and who may write it.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    column,
    delete,
    func,
    insert,
    inspect,
    null,
    select,
    table,
    update,
)

from .errors import JournalError
from .events import Kind, Row
from .lease import Lease
from .reading_state import OFF_SCREEN, ReadingState
from .store_chain import BegunReading, genesis
from .store_dialect import StoreDialect
from .store_place import dialect_for
from .store_schema import EVENTS, LEASES, METADATA, READINGS, STORE, VERSION, migrate

_COLUMNS = ("sequence", "run", "kind", "payload", "blob", "wall", "elapsed_ns", "previous", "hash")

# Without types: what somebody put where a blob was has to come back as it is, to be found.
_RAW = table("events", column("reading"), *(column(name) for name in _COLUMNS))


class StoreDatabase:
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
            with database.reading() as connection:
                if not database._dialect.is_whole(connection):
                    database._refuse("is damaged. Give a whole copy of it.")
                version = database._checked(connection, plan)
            if not version and not make:
                database._refuse("is not there yet. It begins with the first reading; or give another one.")
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

    def begun(self, connection: Connection) -> list[BegunReading]:
        """Return all readings by their numbers."""
        return self._begun(connection, select(READINGS).order_by(READINGS.c.number))

    def begun_as(self, connection: Connection, reader: str, case: str, arm: str) -> BegunReading | None:
        """Return one reading; None if it was not begun."""
        columns = READINGS.c.reader, READINGS.c.case_name, READINGS.c.arm
        wanted = [column == value for column, value in zip(columns, (reader, case, arm), strict=True)]
        return next(iter(self._begun(connection, select(READINGS).where(*wanted))), None)

    def begun_last(self, connection: Connection) -> BegunReading | None:
        """Return the reading with the highest number; None if there is none."""
        last = select(READINGS).order_by(READINGS.c.number.desc()).limit(1)
        return next(iter(self._begun(connection, last)), None)

    def last_position(self, connection: Connection, reader: str) -> int:
        """Return the highest position of the readings of a reader; 0 if there is none."""
        highest = func.coalesce(func.max(READINGS.c.position), 0)
        return connection.execute(select(highest).where(READINGS.c.reader == reader)).scalar_one()

    def states(self, connection: Connection, reader: str | None) -> list[ReadingState]:
        """Return how far readings are, those of one reader or all, by their numbers: one row each, and no event."""
        kind, sequence = EVENTS.c.kind, EVENTS.c.sequence
        off_screen = [one.value for one in OFF_SCREEN]
        of_reader = [] if reader is None else [READINGS.c.reader == reader]
        marks = (
            select(
                EVENTS.c.reading,
                func.max(case((kind == Kind.SHOWN.value, 1), else_=0)).label("shown"),
                func.max(case((kind == Kind.DONE.value, 1), else_=0)).label("done"),
                func.max(case((kind.not_in(off_screen), sequence))).label("last"),
            )
            .join(READINGS)
            .where(*of_reader)
            .group_by(EVENTS.c.reading)
            .subquery()
        )
        said = (
            select(
                READINGS.c.reader, READINGS.c.case_name, READINGS.c.arm, READINGS.c.block,
                marks.c.shown, marks.c.done, EVENTS.c.wall,
            )
            .outerjoin(marks, marks.c.reading == READINGS.c.number)
            .outerjoin(EVENTS, and_(EVENTS.c.reading == marks.c.reading, sequence == marks.c.last))
            .where(*of_reader)
            .order_by(READINGS.c.number)
        )  # fmt: skip
        return [
            ReadingState(
                reader=row.reader,
                case=row.case_name,
                arm=row.arm,
                block=row.block,
                done=bool(row.done),
                last_seen=datetime.fromisoformat(row.wall) if row.shown else None,
            )
            for row in connection.execute(said)
        ]

    def begin(self, connection: Connection, reading: BegunReading) -> None:
        """Write that a reading began."""
        values = {**vars(reading), "case_name": reading.case}
        del values["case"]
        connection.execute(insert(READINGS).values(values))

    def rows(self, connection: Connection, reading: int, *, blobs: bool = True) -> list[Row]:
        """Return the events of a reading in order; without their arrays where those only cost time."""
        said = select(*_event_columns(blobs)).where(_RAW.c.reading == reading).order_by(_RAW.c.sequence)
        return [tuple(row) for row in connection.execute(said)]  # type: ignore[misc]

    def all_rows(self, connection: Connection) -> dict[int, list[Row]]:
        """Return the events of each reading in order, by its number; without their arrays."""
        said = select(_RAW.c.reading, *_event_columns(blobs=False)).order_by(_RAW.c.reading, _RAW.c.sequence)
        found: dict[int, list[Row]] = {}
        for reading, *row in connection.execute(said):
            found.setdefault(reading, []).append(tuple(row))  # type: ignore[arg-type]
        return found

    def count_events(self, connection: Connection) -> int:
        """Return how many events there are in all."""
        return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()

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
                    f"process {other.process}, last seen {other.seen[:19]} UTC). Close the case there first."
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

    def _begun(self, connection: Connection, said: Select[Any]) -> list[BegunReading]:
        rows = map(dict, connection.execute(said).mappings())
        return [BegunReading(case=row.pop("case_name"), **row) for row in rows]

    def _insert(self, connection: Connection, reading: int, rows: Sequence[Row]) -> None:
        values = [{"reading": reading, **dict(zip(_COLUMNS, row, strict=True))} for row in rows]
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

    def _refuse(self, reason: str) -> None:
        message = f"{self.name}: the store of this study {reason}"
        raise JournalError(message)


def _event_columns(blobs: bool) -> list[ColumnElement[Any]]:
    return [null() if name == "blob" and not blobs else _RAW.c[name] for name in _COLUMNS]
