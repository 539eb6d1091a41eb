"""The journal of a case: the one log of what happened, written when it happens, and read again after a kill."""

from __future__ import annotations

from pathlib import Path

from .. import __version__
from . import database, salvage
from .clock import Clock
from .errors import JournalError
from .event_log import EventLog
from .events import Event, Kind, Row
from .opening import Opened, events_of, examined, faults, open_file


class Journal(EventLog):
    """The events of one case in a file beside it; made by `Journal.open`.

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
        super().__init__(path, clock, opened.events, warnings=opened.warnings)
        self._connection = opened.connection

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

    def verify(self) -> tuple[str, ...]:
        """Read the file again and return a sentence for each event that is not as it was written."""
        self._refuse_if_closed()
        return faults(self.path, salvage.examine(self._connection, self.path))

    def _write(self, row: Row) -> None:
        with database.in_words(self.path):
            database.insert(self._connection, row)

    def _release(self) -> None:
        with database.in_words(self.path):
            database.release(self._connection, self.path)

    def _let_go(self) -> None:
        self._connection.close()


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
