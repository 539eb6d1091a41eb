"""How a study was carried out, beside how it was planned: which readings there are, and what became of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .order import Assignment, assignments
from .plan import Plan
from .readings import ReadingRow
from .skipping import Skipped
from .store_record import StoreRecord


@dataclass(frozen=True, kw_only=True)
class ReaderConduct:
    """What became of the readings of one reader; what is not known is None.

    Attributes
    ----------
    reader : str
        Code name.
    planned : int
        Measured readings: `complete`, `broken_off`, `skipped` and `never_begun` together.
    complete : int
        Read to Done.
    broken_off : int
        Begun, and neither done nor skipped.
    skipped : int or None
        Their case could not be loaded; where that is not known they are among `broken_off`.
    never_begun : int
    training_planned, training_complete : int
        Readings for practice, which are not measured.
    """

    reader: str
    planned: int
    complete: int
    broken_off: int
    skipped: int | None
    never_begun: int
    training_planned: int
    training_complete: int


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """How a study was planned and carried out.

    Attributes
    ----------
    plan : Plan
    readers : tuple of ReaderConduct
        In the order of the plan.
    skipped : sequence of Skipped or None
        Readings whose case could not be loaded, training among them; None if that is not known.
    record : StoreRecord or None
        What the store says; None if the readings come from a table.
    """

    plan: Plan
    readers: tuple[ReaderConduct, ...]
    skipped: Sequence[Skipped] | None = None
    record: StoreRecord | None = None

    @classmethod
    def of(
        cls,
        plan: Plan,
        rows: Iterable[ReadingRow],
        skipped: Sequence[Skipped] | None = None,
        record: StoreRecord | None = None,
    ) -> Conduct:
        """Hold the readings that there are, all of them in the plan, against it."""
        rows = list(rows)
        readers = tuple(_reader(plan, reader, rows, skipped) for reader in plan.readers)
        return cls(plan=plan, readers=readers, skipped=skipped, record=record)


def _reader(plan: Plan, reader: str, rows: Sequence[ReadingRow], skipped: Sequence[Skipped] | None) -> ReaderConduct:
    planned = assignments(plan, reader)
    mine = [row for row in rows if row.reader == reader]
    measured = [row for row in mine if not row.training]
    complete = sum(row.done for row in measured)
    passed_over = {(one.case, one.arm) for one in skipped or () if one.reader == reader}
    lost = sum((row.case, row.arm) in passed_over and not row.done for row in measured)
    return ReaderConduct(
        reader=reader,
        planned=_count(planned, training=False),
        complete=complete,
        broken_off=len(measured) - complete - lost,
        skipped=None if skipped is None else lost,
        never_begun=_count(planned, training=False) - len(measured),
        training_planned=_count(planned, training=True),
        training_complete=sum(row.done for row in mine if row.training),
    )


def _count(planned: Iterable[Assignment], *, training: bool) -> int:
    return sum(one.training == training for one in planned)
