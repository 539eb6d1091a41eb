"""The store of a study: what many readers do in many cases, written when it happens."""

from __future__ import annotations

import uuid
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from .. import __version__
from .backlog import Backlog
from .clock import Clock
from .errors import JournalError, NoStoreError
from .events import Event, Kind
from .opening import events_of
from .reading_state import ReadingState
from .readings import ReadingRow, reading_row
from .skipping import Skipped, skipped_of
from .store_chain import BegunReading, broken_readings
from .study_journal import StudyJournal, altered_events

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .store_database import StoreDatabase


class Store:
    """All readings of a study; made by `Store.open`, from as many processes at once as there are readers.

    Attributes
    ----------
    clock : Clock
        Where events have their time from.
    warnings : tuple of str
        What was kept on this machine while the server was away, and cannot be sent.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Store.open(Path(folder.name) / "study.db", "3e23e816") as store:
    ...     with store.reading("R1", "C01", "ensemble") as journal:
    ...         event = journal.record(Kind.DELETED, lesion=3, place=None)
    ...     [(row.case, row.deletes, row.done) for row in store.readings()]
    [('C01', 1, False)]
    >>> folder.cleanup()
    """

    def __init__(self, database: StoreDatabase, clock: Clock, backlog: Backlog | None = None) -> None:
        self._database = database
        self._backlog = backlog
        self.clock = clock
        self.warnings: tuple[str, ...] = ()
        self._send_backlog()

    @classmethod
    def open(
        cls,
        place: Path | str,
        plan_identity: str,
        clock: Clock | None = None,
        *,
        make: bool = True,
        unsent: Path | None = None,
    ) -> Store:
        """Open the store of a study, or make it.

        Parameters
        ----------
        place : Path or str
            The file, whose folder has to exist, its URL (``sqlite:///study.db``), or that of a database of PostgreSQL
            (``postgresql://reader@server/study``).
        plan_identity : str
            Of the study: the SHA-256 of its plan.
        clock : Clock, optional
            The system's if not given.
        make : bool
            Whether it is made where there is none.
        unsent : Path, optional
            Folder on this machine, where a reading goes on when its server goes away; what is in it already is sent.
            Without it such a reading waits for the server.

        Returns
        -------
        Store

        Raises
        ------
        JournalError
            If the store is of another study, of a newer version, damaged, locked, or no store at all; if it cannot be
            reached or written; or if SQLAlchemy, or the driver of PostgreSQL, is not installed.
        """
        try:
            from .store_database import StoreDatabase
        except ModuleNotFoundError as error:
            message = "a reader study needs the Python package SQLAlchemy. Install it, then open the study again."
            raise JournalError(message) from error
        clock = clock or Clock()
        database = StoreDatabase.open(place, plan_identity, clock.wall(), make=make)
        try:
            return cls(database, clock, Backlog(database, unsent) if unsent and database.is_on_server else None)
        except BaseException:
            database.close()
            raise

    @classmethod
    def is_begun(cls, place: Path | str, plan_identity: str) -> bool:
        """Tell whether a reading of a study was begun; no store is made.

        Raises
        ------
        JournalError
            As `open`.
        """
        try:
            with cls.open(place, plan_identity, make=False) as store, store._database.reading() as connection:
                return store._database.begun_last(connection) is not None
        except NoStoreError:
            return False

    def reading(
        self,
        reader: str,
        case: str,
        arm: str,
        *,
        position: int | None = None,
        block: int = 1,
        training: bool = False,
        case_key: str = "",
    ) -> StudyJournal:
        """Begin a reading, or go on with it where it was left.

        Parameters
        ----------
        reader, case, arm : str
            Who reads what in which arm; the case by its code name, never by who the patient is.
        position, block, training
            As the plan assigns them; of a reading that was begun, what it was begun with stays. Without a position it
            is the next of this reader.
        case_key : str
            What tells the images from any other (`scene.replay.case_key`); empty if they could not be loaded.

        Returns
        -------
        StudyJournal
            To be closed before this reader goes on with another reading.

        Raises
        ------
        JournalError
            If a session of this reader runs already, the reading was altered, or it was begun on other images.
        """
        database, run = self._database, uuid.uuid4().hex
        now = self.clock.wall().isoformat(timespec="microseconds")
        self._send_backlog()
        with database.taking_turns() as connection:
            database.take(connection, reader, run, now)
            found = self._begun(connection, (reader, case, arm), now, position=position, block=block, training=training)
            events = self._sound_events(connection, found, case_key)
        journal = StudyJournal(database, found, events, self.clock, run, self.warnings)
        try:
            journal.record(Kind.OPENED, case_key=case_key, software=__version__)
        except BaseException:
            database.release(reader, run)
            raise
        # Only now: what was not begun on the server cannot be added to it later.
        journal.outlast(self._backlog)
        return journal

    def readings(self) -> list[ReadingRow]:
        """Return a row for each reading that was begun, in that order; what needs the truth is None.

        Raises
        ------
        JournalError
            If the store cannot be read.
        """
        return [reading_row(begun, events) for begun, events in self._all()]

    def events(self, reader: str, case: str, arm: str) -> tuple[Event, ...]:
        """Return the events of a reading in order, with their arrays; none if it was not begun.

        Raises
        ------
        JournalError
            If the store cannot be read, or the reading was altered.
        """
        with self._database.reading() as connection:
            begun = self._database.begun_as(connection, reader, case, arm)
            return () if begun is None else self._sound_events(connection, begun, "")

    def recorded(self) -> list[tuple[BegunReading, tuple[Event, ...]]]:
        """Return all readings in the order in which they were begun, each with its events, without their arrays.

        Raises
        ------
        JournalError
            If the store cannot be read.
        """
        return self._all()

    def states(self, reader: str | None = None) -> list[ReadingState]:
        """Return how far each reading is that was begun, in that order; no event is fetched for that.

        Parameters
        ----------
        reader : str, optional
            Whose readings; those of all if not given.

        Raises
        ------
        JournalError
            If the store cannot be read.
        """
        self._send_backlog()
        with self._database.reading() as connection:
            return self._database.states(connection, reader)

    def refuse_second_session(self, reader: str) -> None:
        """Make sure, before images are loaded for a reader, that no session of theirs runs.

        Raises
        ------
        JournalError
            If one runs, or the store cannot be written.
        """
        run, now = uuid.uuid4().hex, self.clock.wall().isoformat(timespec="microseconds")
        with self._database.taking_turns() as connection:
            self._database.take(connection, reader, run, now)
        self._database.release(reader, run)

    def skipped(self) -> list[Skipped]:
        """Return the readings whose case could not be loaded, and was not shown since."""
        return skipped_of(self._all())

    def verify(self) -> list[str]:
        """Return a sentence for each reading and each event that is not as it was written; empty if all is.

        Raises
        ------
        JournalError
            If the store cannot be read.
        """
        with self._database.reading() as connection:
            begun = self._database.begun(connection)
            said = [f"{self._database.name}: {one}" for one in broken_readings(begun, self._database.genesis)]
            of_readings = 0
            for reading in begun:
                rows = self._database.rows(connection, reading.number)
                of_readings += len(rows)
                said += altered_events(self._database.name, reading, rows)
            if self._database.count_events(connection) != of_readings:
                said.append(f"{self._database.name}: there are events of a reading that was taken out.")
        return said

    def close(self) -> None:
        """Let go of the store; close its readings first."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begun(
        self,
        connection: Connection,
        which: tuple[str, str, str],
        now: str,
        *,
        position: int | None,
        block: int,
        training: bool,
    ) -> BegunReading:
        """Return a reading that was begun, or begin it."""
        reader, case, arm = which
        begun = self._database.begun_as(connection, reader, case, arm)
        if begun is not None:
            return begun
        if position is None:
            position = self._database.last_position(connection, reader) + 1
        last = self._database.begun_last(connection)
        new = BegunReading(
            number=1 if last is None else last.number + 1,
            reader=reader,
            case=case,
            arm=arm,
            position=position,
            block=block,
            training=training,
            begun=now,
            previous=self._database.genesis if last is None else last.hash,
        ).sealed()
        self._database.begin(connection, new)
        return new

    def _send_backlog(self) -> None:
        """Send what this machine has kept while the server was away; what a session still adds to is left to it."""
        if self._backlog:
            self.warnings = self._backlog.send_all()

    def _all(self) -> list[tuple[BegunReading, tuple[Event, ...]]]:
        self._send_backlog()
        with self._database.reading() as connection:
            begun, rows = self._database.begun(connection), self._database.all_rows(connection)
        return [(one, events_of(Path(self._database.name), rows.get(one.number, ()))) for one in begun]

    def _sound_events(self, connection: Connection, reading: BegunReading, case_key: str) -> tuple[Event, ...]:
        """Return the events of a reading with which it can go on."""
        rows = self._database.rows(connection, reading.number)
        altered = altered_events(self._database.name, reading, rows)
        if altered:
            message = f"{altered[0]} Give the unaltered store."
            raise JournalError(message)
        events = events_of(Path(self._database.name), rows)
        keys = {event.payload["case_key"] for event in events if event.kind is Kind.OPENED} - {""}
        if case_key and keys - {case_key}:
            # Without the arm: the reader sees this.
            message = (
                f"{self._database.name}: {reading.reader}, case {reading.case}: the images are not those it was begun "
                "with. Give those."
            )
            raise JournalError(message)
        return events
