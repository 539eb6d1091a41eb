"""What is asked of a study's store.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, column, func, null, select, table

from .events import Kind, Row
from .reading_state import OFF_SCREEN, ReadingState
from .store_chain import BegunReading
from .store_schema import EVENTS, READINGS

EVENT_COLUMNS = ("sequence", "run", "kind", "payload", "blob", "wall", "elapsed_ns", "previous", "hash")
"""Of an event, as they are in a `Row`."""

# Without types: what somebody put where a blob was has to come back as it is, to be found.
_RAW = table("events", column("reading"), *(column(name) for name in EVENT_COLUMNS))


class StoreQueries:
    """The statements that only read, each within a transaction of `StoreDatabase.reading` or `writing`."""

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

    def _begun(self, connection: Connection, said: Select[Any]) -> list[BegunReading]:
        rows = map(dict, connection.execute(said).mappings())
        return [BegunReading(case=row.pop("case_name"), **row) for row in rows]


def _event_columns(blobs: bool) -> list[ColumnElement[Any]]:
    return [null() if name == "blob" and not blobs else _RAW.c[name] for name in EVENT_COLUMNS]
