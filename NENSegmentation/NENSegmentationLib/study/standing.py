"""Where each reader of a study stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import StudyError
from .order import Assignment, assignments
from .plan import Plan
from .reading_state import ReadingState
from .readings import ReadingRow


@dataclass(frozen=True)
class Standing:
    """How far a reader is.

    Attributes
    ----------
    reader : str
        Code name.
    planned, begun, done : int
        Readings, those for training among them; ``begun`` are those that are not done.
    next : Assignment or None
        The first that is not done.
    """

    reader: str
    planned: int
    begun: int
    done: int
    next: Assignment | None


def standings(plan: Plan, rows: Iterable[ReadingRow | ReadingState]) -> list[Standing]:
    """Hold the readings that there are against the plan.

    Parameters
    ----------
    plan : Plan
        Of the study.
    rows : iterable of ReadingRow or ReadingState
        Its readings so far.

    Returns
    -------
    list of Standing
        In the order of the plan's readers.

    Raises
    ------
    StudyError
        If a reading is not in the plan.
    """
    rows = list(rows)
    order = {reader: assignments(plan, reader) for reader in plan.readers}
    planned = {(one.reader, one.case, one.arm) for mine in order.values() for one in mine}
    others = [row for row in rows if (row.reader, row.case, row.arm) not in planned]
    if others:
        first = others[0]
        message = (
            f"{len(others)} of {len(rows)} readings are not in {plan.path.name}; the first is {first.case} by "
            f"{first.reader} in the arm {first.arm}. Give the readings of this study."
        )
        raise StudyError(message)
    return [_standing(reader, mine, [row for row in rows if row.reader == reader]) for reader, mine in order.items()]


def _standing(reader: str, planned: tuple[Assignment, ...], rows: list[ReadingRow | ReadingState]) -> Standing:
    done = {(row.case, row.arm) for row in rows if row.done}
    return Standing(
        reader=reader,
        planned=len(planned),
        begun=len(rows) - len(done),
        done=len(done),
        next=next((one for one in planned if (one.case, one.arm) not in done), None),
    )
