"""Active time of a study: summed up per arm, and compared between arms, case by case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .paired import PairedComparison, compare_pairs
from .readings import ReadingRow

ALL_READERS = "all readers"
"""Stands for the reader where each case counts once, by its mean over the readers."""


@dataclass(frozen=True, kw_only=True)
class ArmTimes:
    """Times of one arm (min), by one reader, or of each case's mean over the readers.

    Attributes
    ----------
    arm, reader : str
        Whose; `ALL_READERS` for the means.
    n : int
        Cases.
    minutes : mapping of str to float
        Active time of each case.
    median, first_quartile, third_quartile, mean : float
        Of the active time; quartiles are interpolated linearly (type 7 of R).
    sd : float or None
        Sample SD; None of a single case.
    shortest, longest : float
        Active time.
    idle_median, paused_median : float
        Of the times that do not count.
    """

    arm: str
    reader: str
    n: int
    minutes: Mapping[str, float]
    median: float
    first_quartile: float
    third_quartile: float
    mean: float
    sd: float | None
    shortest: float
    longest: float
    idle_median: float
    paused_median: float


@dataclass(frozen=True)
class CasePair:
    """The active time of one case in two arms (min)."""

    case: str
    first_min: float
    second_min: float


@dataclass(frozen=True, kw_only=True)
class ArmComparison:
    """The active times of two arms compared by pairs, first minus second (min).

    Attributes
    ----------
    reader : str
        Whose; `ALL_READERS` for the means over the readers.
    first, second : str
        The arms.
    within_reader : bool
        Whether the same readers read each case in both arms; otherwise the two times of a case are by different ones.
    pairs : tuple of CasePair
        What was compared.
    compared : PairedComparison
        Differences in minutes.
    """

    reader: str
    first: str
    second: str
    within_reader: bool
    pairs: tuple[CasePair, ...]
    compared: PairedComparison


def arm_times(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmTimes]:
    """Sum up the times of each arm: of all readers (if there are several), then of each.

    Parameters
    ----------
    rows : iterable of ReadingRow
        Finished readings.
    arms, readers : sequence of str
        In the order of the result.

    Returns
    -------
    list of ArmTimes
        Without those of which there is no reading.
    """
    rows = list(rows)
    summed = []
    for reader in groups_of_readers(readers):
        for arm in arms:
            those = [row for row in rows if row.arm == arm and reader in (ALL_READERS, row.reader)]
            if those:
                summed.append(_arm_times(arm, reader, those))
    return summed


def groups_of_readers(readers: Sequence[str]) -> list[str]:
    """Return whom results are given for: all together, if there are several, then each."""
    return [*([ALL_READERS] if len(readers) > 1 else []), *readers]


def _arm_times(arm: str, reader: str, rows: Sequence[ReadingRow]) -> ArmTimes:
    minutes = case_means((row.case, row.active_s / 60) for row in rows)
    values = np.array(list(minutes.values()))
    first, median, third = (float(value) for value in np.quantile(values, (0.25, 0.5, 0.75)))
    return ArmTimes(
        arm=arm,
        reader=reader,
        n=len(values),
        minutes=minutes,
        median=median,
        first_quartile=first,
        third_quartile=third,
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)) if len(values) > 1 else None,
        shortest=float(values.min()),
        longest=float(values.max()),
        idle_median=float(np.median(list(case_means((row.case, row.idle_s / 60) for row in rows).values()))),
        paused_median=float(np.median(list(case_means((row.case, row.paused_s / 60) for row in rows).values()))),
    )


def case_means(named: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the mean of the values of each case, in the order of the names."""
    values: dict[str, list[float]] = {}
    for case, value in named:
        values.setdefault(case, []).append(value)
    return {case: float(np.mean(values[case])) for case in sorted(values)}


def arm_comparisons(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmComparison]:
    """Compare each two arms: over all readers (if there are several), then for each reader who has read in both.

    Parameters
    ----------
    rows : iterable of ReadingRow
        Finished readings.
    arms, readers : sequence of str
        In the order of the result.

    Returns
    -------
    list of ArmComparison
        Without those of which there is no pair.

    Notes
    -----
    The case is the unit: several readers' times of it are dependent, and count once, by their mean over those readers
    who read it in both arms. Where no reader has any case in both arms (each case in one arm per reader), the mean over
    the readers of one arm is paired with that over the readers of the other.
    """
    rows = list(rows)
    compared = []
    for first, second in combinations(arms, 2):
        for reader in groups_of_readers(readers):
            those = [row for row in rows if reader in (ALL_READERS, row.reader)]
            pairs, within = case_pairs(those, first, second)
            if pairs:
                minutes = [one.first_min for one in pairs], [one.second_min for one in pairs]
                compared.append(
                    ArmComparison(
                        reader=reader,
                        first=first,
                        second=second,
                        within_reader=within,
                        pairs=tuple(pairs),
                        compared=compare_pairs(*minutes),
                    )
                )
    return compared


def case_pairs(rows: Iterable[ReadingRow], first: str, second: str) -> tuple[list[CasePair], bool]:
    """Return the cases with their times in two arms, and whether the same readers made both; see `arm_comparisons`."""
    rows = [row for row in rows if row.arm in (first, second)]
    arms_of: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        arms_of.setdefault((row.reader, row.case), set()).add(row.arm)
    both = {reading for reading, arms in arms_of.items() if len(arms) == 2}
    those = [row for row in rows if (row.reader, row.case) in both] if both else rows
    one, other = (
        case_means((row.case, row.active_s / 60) for row in those if row.arm == arm) for arm in (first, second)
    )
    return [CasePair(case, one[case], other[case]) for case in one if case in other], bool(both)
