"""The journal of a case: the one log of what happened, written when it happens, and read again after a kill."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from .. import __version__
from . import database, salvage
from .clock import Clock
from .errors import JournalError
from .events import GENESIS, Event, Kind, checked_payload, event_of, sealed
from .opening import Opened, events_of, examined, faults, open_file


class Journal:
    """The events of one case in a file beside it; made by `Journal.open`.

    Record an event before showing what it does: what `record` has returned is on the disk, whatever happens to the
    process or the machine, and what it refused did not happen.

    Attributes
    ----------
    path : Path
        The file.
    clock : Clock
        Where the events have their time from.
    warnings : tuple of str
        What the reader should know about the file as it was found.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Journal.open(Path(folder.name) / "case.journal", "9f86d081") as journal:
    ...     event = journal.record(Kind.DELETED, lesion=3, place=[10.0, -20.0, 30.0])
    >>> event.sequence, event.kind.value
    (2, 'deleted')
    >>> folder.cleanup()
    """

    def __init__(self, path: Path, opened: Opened, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.warnings = opened.warnings
        self._connection = opened.connection
        self._is_open = True
        self._events = list(opened.events)
        self._run = uuid.uuid4().hex

    @classmethod
    def open(cls, path: Path, case_key: str, clock: Clock | None = None) -> Journal:
        """Open the journal of a case, or begin it.

        Of a journal that is damaged at its end the first events count, as far as they are whole. The damaged file is
        then copied to another name, and `warnings` says so. A file that is refused is left as it is.

        Parameters
        ----------
        path : Path
            The file; its folder has to exist.
        case_key : str
            What tells the case from any other, such as a hash of the PET's grid and voxels; never who the patient is.
        clock : Clock, optional
            The system's if not given.

        Returns
        -------
        Journal
            Alone in having the file open, until it is closed or its process ends.

        Raises
        ------
        JournalError
            If the file is of another case, of a newer version, altered, damaged from its beginning, no journal at all,
            or open elsewhere; or if it cannot be written.
        """
        clock = clock or Clock()
        opened = open_file(path, case_key, clock)
        journal = cls(path, opened, clock)
        with database.closed_on_error(opened.connection):
            journal.record(Kind.OPENED, case_key=case_key, software=__version__)
            if opened.salvaged:
                journal.record(Kind.SALVAGED, kept=len(opened.events))
            # So that the file alone says that it was opened: without its log it is then known to be incomplete.
            with database.in_words(path):
                database.flush(opened.connection)
        return journal

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
            If it cannot be written; nothing of it is in the journal then.
        TypeError
            If the payload lacks something, or holds what has no place in JSON.
        """
        self._refuse_if_closed()
        previous = self._events[-1].hash if self._events else GENESIS
        text = checked_payload(kind, payload, blob)
        wall = self.clock.wall().isoformat(timespec="microseconds")
        elapsed_ns = self.clock.elapsed_ns()
        row = sealed(len(self._events) + 1, self._run, kind.value, text, blob, wall, elapsed_ns, previous)
        with database.in_words(self.path):
            database.insert(self._connection, row)
        self._events.append(event_of(row))
        return self._events[-1]

    def events(self, after: int = 0) -> Sequence[Event]:
        """Return the events with a sequence number above ``after``, in order; also those of earlier openings."""
        return tuple(self._events[after:])

    def verify(self) -> tuple[str, ...]:
        """Read the file again and return a sentence for each event that is not as it was written."""
        self._refuse_if_closed()
        return faults(self.path, salvage.examine(self._connection, self.path))

    def close(self) -> None:
        """Record that the journal is closed in order, and let go of the file; a second time this does nothing.

        Raises
        ------
        JournalError
            If that cannot be recorded; the file is let go of all the same.
        """
        if not self._is_open:
            return
        try:
            self.record(Kind.CLOSED)
            with database.in_words(self.path):
                database.release(self._connection, self.path)
        finally:
            self._connection.close()
            self._is_open = False

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_if_closed(self) -> None:
        if not self._is_open:
            message = f"{self.path.name}: the journal is closed. Open the case again."
            raise JournalError(message)


def verify(path: Path) -> tuple[str, ...]:
    """Return a sentence for each event of a closed journal that is not as it was written.

    Parameters
    ----------
    path : Path
        The file; not changed.

    Returns
    -------
    tuple of str
        Empty if the chain of hashes is whole to its end.

    Raises
    ------
    JournalError
        If the file is no journal, of a newer version, or open elsewhere.
    """
    return faults(path, examined(path))


def read_events(path: Path) -> tuple[Event, ...]:
    """Return the events of a closed journal, for a time log or a report.

    Parameters
    ----------
    path : Path
        The file; not changed.

    Returns
    -------
    tuple of Event

    Raises
    ------
    JournalError
        As for `verify`, and if the chain of hashes is broken.
    """
    findings = examined(path)
    if not findings.sound:
        message = f"{faults(path, findings)[0]} Open the case to mend it, or give the unaltered file."
        raise JournalError(message)
    return events_of(path, findings.rows)
