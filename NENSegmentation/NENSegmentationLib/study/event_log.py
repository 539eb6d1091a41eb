"""The one log of a reading, wherever it is kept: what a timer and a correction session write to and read."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from .clock import Clock
from .errors import JournalError
from .events import GENESIS, Event, Kind, Row, checked_payload, event_of, sealed

_Log = TypeVar("_Log", bound="EventLog")


class EventLog(ABC):
    """A chain of events that only grows; `Journal` keeps that of one case, `StudyJournal` that of one reading.

    Record an event before showing what it does: what `record` has returned is on the disk, whatever happens to the
    process or the machine, and what it refused did not happen.

    Attributes
    ----------
    path : Path
        The file; in a study, where many readings share one, a name for the reading.
    clock : Clock
        Where the events have their time from.
    warnings : tuple of str
        What the reader should know about the log as it was found.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        events: Sequence[Event],
        *,
        genesis: str = GENESIS,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.clock = clock
        self.warnings = warnings
        self._events = list(events)
        self._genesis = genesis
        self._run = uuid.uuid4().hex
        self._is_open = True

    @abstractmethod
    def verify(self) -> tuple[str, ...]:
        """Read what is stored again and return a sentence for each event that is not as it was written."""

    @abstractmethod
    def _write(self, row: Row) -> None:
        """Store a row; when this returns, it is on the disk."""

    @abstractmethod
    def _release(self) -> None:
        """Let others have what was closed in order."""

    @abstractmethod
    def _let_go(self) -> None:
        """Give up what is held, however the log was closed."""

    def record(self, kind: Kind, *, blob: bytes | None = None, **payload: object) -> Event:
        """Write an event; when this returns, it is on the disk.

        Parameters
        ----------
        kind : Kind
            What happened.
        blob : bytes, optional
            The array that it takes to replay it (`arrays.pack`).
        **payload
            Its particulars, see `Kind`.

        Returns
        -------
        Event

        Raises
        ------
        JournalError
            If it cannot be written; nothing of it is in the log then.
        TypeError
            If the payload lacks something, or holds what has no place in JSON.
        """
        self._refuse_if_closed()
        previous = self._events[-1].hash if self._events else self._genesis
        text = checked_payload(kind, payload, blob)
        wall = self.clock.wall().isoformat(timespec="microseconds")
        elapsed_ns = self.clock.elapsed_ns()
        row = sealed(len(self._events) + 1, self._run, kind.value, text, blob, wall, elapsed_ns, previous)
        self._write(row)
        self._events.append(event_of(row))
        return self._events[-1]

    def events(self, after: int = 0) -> Sequence[Event]:
        """Return the events with a sequence number above ``after``, in order; also those of earlier openings."""
        return tuple(self._events[after:])

    def close(self) -> None:
        """Record that the log is closed in order, and let go of it; a second time this does nothing.

        Raises
        ------
        JournalError
            If that cannot be recorded; the log is let go of all the same.
        """
        if not self._is_open:
            return
        try:
            self.record(Kind.CLOSED)
            self._release()
        finally:
            self._is_open = False
            self._let_go()

    def __enter__(self: _Log) -> _Log:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_if_closed(self) -> None:
        if not self._is_open:
            message = f"{self.path.name}: the journal is closed. Open the case again."
            raise JournalError(message)
