"""What is the database's own about a study's store: how it is opened, who may write when, what its errors mean.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from .errors import JournalError, ServerGoneError
from .store_schema import EVENTS, ONLY_ADDED, READINGS

REFUSAL = "rows are only added"
"""What the database says to a change of what may only be added."""

BUSY_S = 15.0
"""How long (s) a writer waits for the others."""


class StoreDialect(ABC):
    """One kind of database.

    Attributes
    ----------
    engine : sqlalchemy.Engine
        Connects to the store.
    name : str
        Of the store, for messages; without user and password.
    on_server : bool
        Whether it may be out of reach while a reading goes on.
    read_options, write_options : mapping
        Of a connection that reads, which is to see one moment of the store, and of one that writes.
    another : str
        What to say of a database that is no store.
    """

    on_server: ClassVar[bool] = False
    read_options: ClassVar[Mapping[str, Any]] = {}
    write_options: ClassVar[Mapping[str, Any]] = {}
    another: ClassVar[str]

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    @abstractmethod
    def is_there(self) -> bool:
        """Return whether there is something to connect to, without making it."""

    @abstractmethod
    def prepare(self) -> None:
        """Make ready what is to become a store, before its tables are made."""

    @abstractmethod
    def is_whole(self, connection: Connection) -> bool:
        """Return whether the database finds nothing wrong with itself."""

    @abstractmethod
    def forbid_changes(self, connection: Connection) -> None:
        """Make the database itself refuse what would alter a row that may only be added."""

    @abstractmethod
    def take_turn(self, connection: Connection) -> None:
        """Wait until no other transaction makes tables or begins a reading, and keep others from it until this ends."""

    @abstractmethod
    def now(self, ours: str) -> ColumnElement[str]:
        """Return an expression for the time by which sessions are told to run (UTC, ISO 8601).

        Parameters
        ----------
        ours : str
            The time of this machine, in the same form.
        """

    @abstractmethod
    def reason(self, error: DBAPIError) -> str:
        """Return what an error of the database means, as the end of a sentence on the store, and what to do."""

    @abstractmethod
    def is_gone(self, error: DBAPIError) -> bool:
        """Return whether an error says that the server cannot be reached now."""

    @contextmanager
    def in_words(self) -> Iterator[None]:
        """Turn what the database says into a sentence.

        Raises
        ------
        ServerGoneError
            If the server cannot be reached.
        JournalError
            For every other error of the database.
        """
        try:
            yield
        except IntegrityError as error:
            message = f"{self.name}: another session wrote to this reading. Open it again to go on from there."
            raise JournalError(message) from error
        except DBAPIError as error:
            kind = ServerGoneError if self.is_gone(error) else JournalError
            message = f"{self.name}: the store of this study {self.reason(error)}"
            raise kind(message) from error


def forbidden_changes() -> Iterator[tuple[str, str]]:
    """Yield the names of the tables and the statements that a database has to refuse on them."""
    for table in ONLY_ADDED:
        for verb in ("UPDATE", "DELETE"):
            if verb == "DELETE" or table in (EVENTS, READINGS):
                yield table.name, verb
