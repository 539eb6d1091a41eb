"""Where a study's store is: a file, or the URL of a database.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from .errors import JournalError
from .store_dialect import StoreDialect
from .store_postgresql import PostgresqlStore
from .store_sqlite import SqliteStore


def dialect_for(place: Path | str) -> StoreDialect:
    """Return the kind of database that a store is in.

    Parameters
    ----------
    place : Path or str
        A file, its URL (``sqlite:///study.db``), or that of a database (``postgresql://reader@server/study``).

    Raises
    ------
    JournalError
        If it is the URL of something else; the sentence holds no user and no password.
    """
    url = _url(place)
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return SqliteStore(url)
    if kind == "postgresql" and url.database:
        return PostgresqlStore(url)
    message = (
        f"{kind}: a study is kept in a file of SQLite or in a database of PostgreSQL, and this URL names neither. "
        "Give a file, such as study.db, or postgresql://USER@SERVER/DATABASE."
    )
    raise JournalError(message)


def _url(place: Path | str) -> URL:
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    try:
        return make_url(place)
    except (ArgumentError, ValueError) as error:
        # The text itself is not shown: a password may be in it.
        message = (
            "the URL of the store cannot be read. Give a file, such as study.db, or postgresql://USER@SERVER/DATABASE."
        )
        raise JournalError(message) from error
