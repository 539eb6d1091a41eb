"""How far readers agree on the same cases: total tumour volume, ratings, and the voxels themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..core.cohort import Agreement, Spread
from .agreement import IntraclassCorrelation, intraclass_correlation, weighted_kappa
from .readings import ReadingRow

VoxelsOf = Callable[[str, str, str], "NDArray[np.intp] | None"]
"""Reader, case, arm -> the flat indices of all tumour voxels at Done, each once, or None if they are not known."""


@dataclass(frozen=True)
class VolumeAgreement:
    """Agreement of all readers on the total tumour volume of the cases that each of them has read in one arm."""

    arm: str
    icc: IntraclassCorrelation


@dataclass(frozen=True)
class VolumePair:
    """The tumour of one case by two readers: its volume (mL), and the Dice of their voxels if it is known."""

    case: str
    first_ml: float
    second_ml: float
    dice: float | None


@dataclass(frozen=True, kw_only=True)
class ReaderPair:
    """Two readers on the cases that both have read in one arm.

    Attributes
    ----------
    arm, first, second : str
        The arm, and the readers.
    volumes : tuple of VolumePair
        Of which the volume is known to both.
    volume : Agreement
        Bland-Altman of the volumes (mL), first minus second.
    rated : int
        Cases that both have rated.
    kappa : float or None
        Quadratic weighted kappa of these ratings.
    dice : Spread
        Of the Dice between the two readers' voxels; cases in which both are empty are left out.
    """

    arm: str
    first: str
    second: str
    volumes: tuple[VolumePair, ...]
    volume: Agreement
    rated: int
    kappa: float | None
    dice: Spread


def volume_agreement(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[VolumeAgreement]:
    """Return ICC(2,1) of the total tumour volume per arm; a case counts if all readers of that arm have its volume."""
    rows = list(rows)
    agreed = []
    for arm in arms:
        volumes = {(row.case, row.reader): row.volume_ml for row in rows if row.arm == arm}
        those = [reader for reader in readers if any(reader == one for _, one in volumes)]
        cases = dict.fromkeys(case for case, _ in volumes)
        table = [[volumes.get((case, reader)) for reader in those] for case in sorted(cases)]
        complete = [[value for value in row if value is not None] for row in table if None not in row]
        if len(those) > 1 and complete:
            agreed.append(VolumeAgreement(arm, intraclass_correlation(np.array(complete, float))))
    return agreed


def reader_pairs(
    rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str], voxels_of: VoxelsOf | None = None
) -> list[ReaderPair]:
    """Compare each two readers in each arm.

    Parameters
    ----------
    rows : iterable of ReadingRow
        Finished readings.
    arms, readers : sequence of str
        In the order of the result.
    voxels_of : callable, optional
        Gives the voxels; without it there is no Dice.

    Returns
    -------
    list of ReaderPair
        Without those who have no case in common.
    """
    rows = list(rows)
    compared = []
    for arm in arms:
        for first, second in combinations(readers, 2):
            one, other = (
                {row.case: row for row in rows if (row.arm, row.reader) == (arm, who)} for who in (first, second)
            )
            both = [(one[case], other[case]) for case in sorted(one) if case in other]
            if both:
                compared.append(_reader_pair(both, voxels_of))
    return compared


def _reader_pair(both: Sequence[tuple[ReadingRow, ReadingRow]], voxels_of: VoxelsOf | None) -> ReaderPair:
    a, b = both[0]
    dice = {one.case: _dice_of(one, other, voxels_of) if voxels_of else None for one, other in both}
    volumes = tuple(
        VolumePair(one.case, one.volume_ml, other.volume_ml, dice[one.case])
        for one, other in both
        if one.volume_ml is not None and other.volume_ml is not None
    )
    rated = [(one.rating, other.rating) for one, other in both if one.rating is not None and other.rating is not None]
    return ReaderPair(
        arm=a.arm,
        first=a.reader,
        second=b.reader,
        volumes=volumes,
        volume=Agreement.of(pair.first_ml - pair.second_ml for pair in volumes),
        rated=len(rated),
        kappa=weighted_kappa([one for one, _ in rated], [other for _, other in rated]),
        dice=Spread.of(dice.values()),
    )


def _dice_of(one: ReadingRow, other: ReadingRow, voxels_of: VoxelsOf) -> float | None:
    a, b = (voxels_of(row.reader, row.case, row.arm) for row in (one, other))
    if a is None or b is None:
        return None
    total = len(a) + len(b)
    return 2 * len(np.intersect1d(a, b, assume_unique=True)) / total if total else None
