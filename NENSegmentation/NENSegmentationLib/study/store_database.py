"""The SQL of a study's store: one transaction for each event, and who may write it.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    and_,
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
from .events import Row
from .lease import Lease
from .store_chain import BegunReading, genesis
from .store_dialect import engine_for, forbid_changes, in_words, is_whole, use_write_ahead_log
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

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        self.genesis = ""

    @classmethod
    def open(cls, place: Path | str, plan: str, made: datetime) -> StoreDatabase:
        """Open the store of a study, or make it; see `Store.open`."""
        engine, name = engine_for(place)
        database = cls(engine, name)
        try:
            with database.reading() as connection:
                if not is_whole(connection):
                    database._refuse("is damaged. Give a whole copy of it.")
                version = database._checked(connection, plan)
            if version < VERSION:
                with in_words(name):
                    use_write_ahead_log(engine)
                with database.writing() as connection:
                    database._bring_up_to_date(connection, plan, made)
            with database.reading() as connection:
                said = connection.execute(select(STORE.c.plan, STORE.c.made)).one()
            database.genesis = genesis(said.plan, said.made)
        except BaseException:
            engine.dispose()
            raise
        return database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in one transaction, which sees one moment of the store."""
        with in_words(self.name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in one transaction; when this ends, all of it is on the disk, or nothing."""
        with (
            in_words(self.name),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    def begun(self, connection: Connection) -> list[BegunReading]:
        """Return all readings by their numbers."""
        rows = connection.execute(select(READINGS).order_by(READINGS.c.number))
        return [BegunReading(case=row.pop("case_name"), **row) for row in map(dict, rows.mappings())]

    def begin(self, connection: Connection, reading: BegunReading) -> None:
        """Write that a reading began."""
        values = {**vars(reading), "case_name": reading.case}
        del values["case"]
        connection.execute(insert(READINGS).values(values))

    def rows(self, connection: Connection, reading: int, *, blobs: bool = True) -> list[Row]:
        """Return the events of a reading in order; without their arrays where those only cost time."""
        columns = [null() if name == "blob" and not blobs else _RAW.c[name] for name in _COLUMNS]
        said = select(*columns).where(_RAW.c.reading == reading).order_by(_RAW.c.sequence)
        return [tuple(row) for row in connection.execute(said)]  # type: ignore[misc]

    def count_events(self, connection: Connection) -> int:
        """Return how many events there are in all."""
        return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()

    def take(self, connection: Connection, lease: Lease) -> None:
        """Make a session the only one of its reader.

        Raises
        ------
        JournalError
            If another one may still run.
        """
        row = connection.execute(select(LEASES).where(LEASES.c.reader == lease.reader).with_for_update()).one_or_none()
        if row is not None:
            other = Lease(**row._mapping)
            if other.is_held(datetime.fromisoformat(lease.seen)):
                message = (
                    f"{self.name}: {lease.reader} is reading in another window or on another machine ({other.host}, "
                    f"process {other.process}, last seen {other.seen[:19]} UTC). Close the case there first."
                )
                raise JournalError(message)
            connection.execute(delete(LEASES).where(LEASES.c.reader == lease.reader))
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
            if connection.execute(update(LEASES).where(ours).values(seen=row[5])).rowcount != 1:
                message = f"{self.name}: {reader} went on in another session. Close the case here; it goes on there."
                raise JournalError(message)
            values = dict(zip(_COLUMNS, row, strict=True))
            connection.execute(insert(EVENTS).values(reading=reading, **values))

    def release(self, reader: str, run: str) -> None:
        """Let a reader begin another session."""
        with self.writing() as connection:
            connection.execute(delete(LEASES).where(and_(LEASES.c.reader == reader, LEASES.c.run == run)))

    def _checked(self, connection: Connection, plan: str) -> int:
        """Return the version of a store of this study, 0 if there is nothing in the file yet."""
        tables = inspect(connection).get_table_names()
        if not tables:
            return 0
        if STORE.name not in tables:
            self._refuse("is another kind of file. Give the store of this study, or a name that is not taken.")
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
        forbid_changes(connection)
        said = made.isoformat(timespec="microseconds")
        connection.execute(insert(STORE).values(number=1, version=VERSION, plan=plan, made=said))

    def _refuse(self, reason: str) -> None:
        message = f"{self.name}: the store of this study {reason}"
        raise JournalError(message)
