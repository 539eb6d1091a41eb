"""The tables of a study's store, and how those of an older version become those of this one.

SQLAlchemy is imported here, so this module is imported by `Store.open` alone: Slicer does not bring it.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    update,
)

VERSION = 1
"""Of the tables; a store with a higher one is left alone."""

METADATA = MetaData()

STORE = Table(
    "nensegmentation_store",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("made", Text, nullable=False),
)
"""One row: the version of the tables, the study that the store belongs to, and when it was made (UTC)."""

READINGS = Table(
    "readings",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("reader", Text, nullable=False),
    Column("case_name", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("block", Integer, nullable=False),
    Column("training", Boolean, nullable=False),
    Column("begun", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("reader", "case_name", "arm"),
)
"""The readings that were begun, in that order, each with the hash of the one before."""

EVENTS = Table(
    "events",
    METADATA,
    Column("reading", Integer, ForeignKey("readings.number"), primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("blob", LargeBinary),
    Column("wall", Text, nullable=False),
    Column("elapsed_ns", BigInteger, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
"""What happened, as in the journal of a case; the chain of each reading begins at the hash of its reading."""

LEASES = Table(
    "leases",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", BigInteger, nullable=False),
    Column("seen", Text, nullable=False),
)
"""Which session a reader has open, on which machine, and when it last wrote (UTC): the one table that is rewritten."""

ONLY_ADDED = (STORE, READINGS, EVENTS)
"""The tables no row of which may be taken out; of the last two none may be altered either."""

MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
"""The first makes version 2 of version 1, and so on; each runs in one transaction with the new version number.

None may rewrite what is sealed by a hash.
"""


def migrate(connection: Connection, version: int) -> None:
    """Bring the tables from a version to this one, within the transaction of the caller.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that writes.
    version : int
        That the store has.
    """
    for step in MIGRATIONS[version - 1 :]:
        step(connection)
    if version < VERSION:
        connection.execute(update(STORE).values(version=VERSION))
