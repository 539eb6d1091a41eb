"""The journal of one reading in the store of a study."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .backlog import Backlog, ServerWatch
from .clock import Clock
from .errors import ServerGoneError
from .event_log import EventLog
from .events import Event, Kind, Row, breaks, number_of_break
from .skipping import SkipReason
from .store_chain import BegunReading
from .unsent import Unsent

if TYPE_CHECKING:
    from .store_database import StoreDatabase


class StudyJournal(EventLog):
    """The events of one reader in one case and arm; made by `Store.reading`, and alone of its reader until closed.

    Attributes
    ----------
    reading : BegunReading
        Which one it is.
    """

    def __init__(
        self,
        database: StoreDatabase,
        reading: BegunReading,
        events: Sequence[Event],
        clock: Clock,
        run: str,
        warnings: tuple[str, ...] = (),
    ) -> None:
        # Without the arm: the reader may come to see this name, and may not be meant to know the arm.
        path = Path(f"{reading.reader}-{reading.case}.journal")
        super().__init__(path, clock, events, genesis=reading.hash, warnings=warnings)
        self.reading = reading
        self._run = run
        self._database = database
        self._backlog: Backlog | None = None
        self._unsent: Unsent | None = None
        self._watch: ServerWatch | None = None

    @property
    def unsent(self) -> int:
        """How many events are on this machine only, because the server of the study is away; 0 where all is well."""
        return 0 if self._unsent is None else len(self._unsent.rows)

    def outlast(self, backlog: Backlog | None) -> None:
        """From now on, go on without the server where it goes away, and keep on this machine what it has to get."""
        self._backlog = backlog

    def skip(self, reason: SkipReason) -> None:
        """Record that the case could not be loaded, and is passed over.

        Parameters
        ----------
        reason : SkipReason
            And not the words of the error: they may hold the name of a file, and that one the name of a patient.
        """
        self.record(Kind.SKIPPED, reason=reason.value)

    def verify(self) -> tuple[str, ...]:
        """Read the reading again and return a sentence for each event that is not as it was written."""
        self._refuse_if_closed()
        with self._database.reading() as connection:
            rows = self._database.rows(connection, self.reading.number)
        return altered_events(self._database.name, self.reading, rows)

    def _write(self, row: Row) -> None:
        if self._watch is not None and self._watch.is_back:
            self._catch_up()
        if self._unsent is None:
            try:
                self._database.add(self.reading.number, self.reading.reader, row)
                return
            except ServerGoneError:
                if self._backlog is None:
                    raise
            self._unsent = self._backlog.begin(self.reading, self._run)
            self._watch = self._backlog.watch()
        self._unsent.add(row)

    def _catch_up(self) -> None:
        """Send what the server has not got, and go on there."""
        if self._backlog is None or self._unsent is None:
            return
        try:
            self._backlog.send(self._unsent)
        except ServerGoneError:
            self._watch = self._backlog.watch()
            return
        self._unsent = self._watch = None

    def _release(self) -> None:
        """Do nothing: what was written can be read by all already."""

    def _let_go(self) -> None:
        if self._watch is not None:
            self._watch.end()
        if self._unsent is not None:
            self._unsent.close()
            return
        # A server that is away forgets the session by itself.
        with suppress(ServerGoneError):
            self._database.release(self.reading.reader, self._run)


def altered_events(name: str, reading: BegunReading, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return a sentence for each event of a reading that is not as it was written; the store is called ``name``."""
    numbers = [number_of_break(rows, place) for place in breaks(rows, reading.hash)]
    return tuple(
        f"{name}: {reading}: event {number} was altered or taken out after it was written." for number in numbers
    )
