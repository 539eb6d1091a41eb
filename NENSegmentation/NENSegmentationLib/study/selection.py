"""Which readings of a study enter its results, and which do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import StudyError
from .readings import ReadingRow


@dataclass(frozen=True)
class Selection:
    """The readings of a study, sorted by whether they count.

    Attributes
    ----------
    used : tuple of ReadingRow
        Read to the end, and no training: all results are taken from these.
    training, unfinished : tuple of ReadingRow
        Left out. A training case that is not done counts as training.
    arms, readers : tuple of str
        Of the readings that are used; the arms in the order of the plan, the readers by name.
    """

    used: tuple[ReadingRow, ...]
    training: tuple[ReadingRow, ...]
    unfinished: tuple[ReadingRow, ...]
    arms: tuple[str, ...]
    readers: tuple[str, ...]


def selected(rows: Iterable[ReadingRow], arms: Sequence[str] = ()) -> Selection:
    """Choose the readings that the results are taken from.

    Parameters
    ----------
    rows : iterable of ReadingRow
        All readings of a study.
    arms : sequence of str
        The arms in the order they are to be shown; others follow as they come.

    Returns
    -------
    Selection

    Raises
    ------
    StudyError
        If a reader has read a case twice in one arm, or no reading can be used.
    """
    rows = tuple(rows)
    _refuse_repeated(rows)
    used = tuple(row for row in rows if row.done and not row.training)
    if not used:
        message = (
            f"none of the {len(rows)} readings is both finished and no training, so there is nothing to report. "
            "Let the readers finish a case first."
        )
        raise StudyError(message)
    there = dict.fromkeys(row.arm for row in used)
    return Selection(
        used=used,
        training=tuple(row for row in rows if row.training),
        unfinished=tuple(row for row in rows if not row.done and not row.training),
        arms=tuple(dict.fromkeys([*(arm for arm in arms if arm in there), *there])),
        readers=tuple(sorted({row.reader for row in used})),
    )


def _refuse_repeated(rows: Iterable[ReadingRow]) -> None:
    seen = set()
    for row in rows:
        reading = (row.reader, row.case, row.arm)
        if reading in seen:
            message = (
                f"{row.reader} has two readings of {row.case} in the arm {row.arm}, and only one can count. "
                "Remove one of the two rows."
            )
            raise StudyError(message)
        seen.add(reading)
