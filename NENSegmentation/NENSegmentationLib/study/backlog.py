"""How a reading goes on while its server is away, and how what was kept meanwhile gets there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import JournalError, ServerGoneError
from .store_chain import BegunReading
from .unsent import Unsent, unsent_files

if TYPE_CHECKING:
    from .store_database import StoreDatabase

LOOK_EVERY_S = 2.0
"""How often (s) is looked whether the server is back."""


class Backlog:
    """What this machine has kept for the server of a store.

    Parameters
    ----------
    database : StoreDatabase
        On the server.
    folder : Path
        Where it is kept.
    """

    def __init__(self, database: StoreDatabase, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def begin(self, reading: BegunReading, run: str) -> Unsent:
        """Make the file of a session whose server went away."""
        return Unsent.begin(self._folder, self._database.genesis, reading, run)

    def watch(self) -> ServerWatch:
        """Begin to look for the server."""
        return ServerWatch(self._database.answers)

    def send(self, unsent: Unsent) -> None:
        """Send the events of one file, and take it away.

        Raises
        ------
        ServerGoneError
            If the server cannot be reached.
        JournalError
            If the reading went on elsewhere meanwhile: the file stays.
        """
        if unsent.rows and not self._database.append(unsent.reading, unsent.rows):
            message = (
                f"{unsent.path}: {len(unsent.rows)} events were kept here while the server was away, and the reading "
                "went on in another session since, so they cannot be added. Keep the file, and tell whoever runs the "
                "study."
            )
            raise JournalError(message)
        unsent.remove()

    def send_all(self) -> tuple[str, ...]:
        """Send what earlier sessions have left here.

        Returns
        -------
        tuple of str
            A sentence for each file that cannot be sent; it stays.

        Raises
        ------
        ServerGoneError
            If the server cannot be reached.
        """
        return tuple(said for path in unsent_files(self._folder, self._database.genesis) if (said := self._sent(path)))

    def _sent(self, path: Path) -> str:
        try:
            unsent = Unsent.open(path)
        except JournalError as error:
            return str(error)
        if unsent is None:
            return ""
        try:
            self.send(unsent)
        except JournalError as error:
            unsent.close()
            if isinstance(error, ServerGoneError):
                raise
            return str(error)
        return ""


class ServerWatch:
    """Looks in a thread of its own whether a server is back: a reader is not to wait for an answer.

    Parameters
    ----------
    answers : callable
        Asks the server; may take seconds.
    """

    def __init__(self, answers: Callable[[], bool]) -> None:
        self._answers = answers
        self._back, self._over = threading.Event(), threading.Event()
        threading.Thread(target=self._look, name="server-watch", daemon=True).start()

    @property
    def is_back(self) -> bool:
        """Whether the server has answered."""
        return self._back.is_set()

    def end(self) -> None:
        """Look no longer."""
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            if self._answers():
                self._back.set()
                return
