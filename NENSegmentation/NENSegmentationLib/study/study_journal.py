"""The journal of one reading in the store of a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .clock import Clock
from .event_log import EventLog
from .events import Event, Kind, Row, breaks, number_of_break
from .store_chain import BegunReading

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store_database import StoreDatabase


class StudyJournal(EventLog):
    """The events of one reader in one case and arm; made by `Store.reading`, and alone of its reader until closed.

    Attributes
    ----------
    reading : BegunReading
        Which one it is.
    """

    def __init__(
        self, database: StoreDatabase, reading: BegunReading, events: Sequence[Event], clock: Clock, run: str
    ) -> None:
        path = Path(f"{reading.reader}-{reading.case}-{reading.arm}.journal")
        super().__init__(path, clock, events, genesis=reading.hash)
        self.reading = reading
        self._run = run
        self._database = database

    def skip(self, error: Exception) -> None:
        """Record that the case could not be loaded, and is passed over.

        Parameters
        ----------
        error : Exception
            Shown to the reader elsewhere. Only its kind is kept: its words may hold the name of a file, and that one
            the name of a patient.
        """
        self.record(Kind.SKIPPED, reason=type(error).__name__)

    def verify(self) -> tuple[str, ...]:
        """Read the reading again and return a sentence for each event that is not as it was written."""
        self._refuse_if_closed()
        with self._database.reading() as connection:
            return tuple(altered_events(self._database, connection, self.reading))

    def _write(self, row: Row) -> None:
        self._database.add(self.reading.number, self.reading.reader, row)

    def _release(self) -> None:
        """Do nothing: what was written can be read by all already."""

    def _let_go(self) -> None:
        self._database.release(self.reading.reader, self._run)


def altered_events(database: StoreDatabase, connection: Connection, reading: BegunReading) -> list[str]:
    """Return a sentence for each event of a reading that is not as it was written."""
    rows = database.rows(connection, reading.number)
    numbers = [number_of_break(rows, place) for place in breaks(rows, reading.hash)]
    where = f"{database.name}: {reading}"
    return [f"{where}: event {number} was altered or taken out after it was written." for number in numbers]
