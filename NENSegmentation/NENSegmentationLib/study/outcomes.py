"""What came out of the readings, per arm and reader: ratings, accuracy, actions, negative controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..core.cohort import Controls, Spread
from ..core.rating import RATINGS
from .agreement import weighted_kappa
from .reading_times import ALL_READERS, case_means, groups_of_readers
from .readings import ReadingRow

ACCURACY = ("voxel_dice", "lesion_dice", "false_positive_ml", "false_negative_ml")
"""The metrics against the truth; as in `nenseg evaluate`."""

ACTIONS = ("deletes", "adds", "undos", "other_actions")
"""What readers do to a segmentation."""


@dataclass(frozen=True, kw_only=True)
class ArmRatings:
    """Ratings in one arm.

    Attributes
    ----------
    arm, reader : str
        Where and whose; `ALL_READERS` for the readings of all.
    given, suggested : mapping of int to int
        Rating -> number of readings, by the reader, and as the comparison with the truth suggests.
    unrated : int
        Readings without a rating.
    kappa : float or None
        Quadratic weighted kappa of given and suggested; None where there is no truth.
    """

    arm: str
    reader: str
    given: Mapping[int, int]
    suggested: Mapping[int, int]
    unrated: int
    kappa: float | None


@dataclass(frozen=True)
class ArmSpreads:
    """Mean and SD over the cases of one arm; name -> `Spread`. For all readers, each case counts by its mean."""

    arm: str
    reader: str
    spreads: Mapping[str, Spread]


@dataclass(frozen=True)
class ArmControls:
    """The readings of negative controls in one arm; ``controls.cases`` are readings."""

    arm: str
    reader: str
    controls: Controls


def arm_ratings(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmRatings]:
    """Count the ratings of each arm, of all readers and of each."""
    return [_ratings(arm, reader, those) for arm, reader, those in _groups(rows, arms, readers)]


def accuracy(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmSpreads]:
    """Sum up the accuracy of each arm; negative controls and cases without a truth are left out."""
    with_lesions = [row for row in rows if row.negative_control is False]
    return [
        ArmSpreads(arm, reader, {metric: _over_cases(those, metric) for metric in ACCURACY})
        for arm, reader, those in _groups(with_lesions, arms, readers)
    ]


def actions(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmSpreads]:
    """Sum up the number of actions per case in each arm."""
    return [
        ArmSpreads(arm, reader, {action: _over_cases(those, action) for action in ACTIONS})
        for arm, reader, those in _groups(rows, arms, readers)
    ]


def controls(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmControls]:
    """Sum up what was segmented in the negative controls of each arm."""
    negative = [row for row in rows if row.negative_control]
    return [ArmControls(arm, reader, _controls(those)) for arm, reader, those in _groups(negative, arms, readers)]


def _groups(
    rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]
) -> list[tuple[str, str, list[ReadingRow]]]:
    rows = list(rows)
    grouped = [
        (arm, reader, [row for row in rows if row.arm == arm and reader in (ALL_READERS, row.reader)])
        for reader in groups_of_readers(readers)
        for arm in arms
    ]
    return [group for group in grouped if group[2]]


def _ratings(arm: str, reader: str, rows: Sequence[ReadingRow]) -> ArmRatings:
    given = [row.rating for row in rows if row.rating is not None]
    suggested = [row.suggested_rating for row in rows if row.suggested_rating is not None]
    both = [
        (row.rating, row.suggested_rating)
        for row in rows
        if row.rating is not None and row.suggested_rating is not None
    ]
    return ArmRatings(
        arm=arm,
        reader=reader,
        given={rating: given.count(rating) for rating in RATINGS},
        suggested={rating: suggested.count(rating) for rating in RATINGS},
        unrated=len(rows) - len(given),
        kappa=weighted_kappa([one for one, _ in both], [other for _, other in both]),
    )


def _over_cases(rows: Sequence[ReadingRow], name: str) -> Spread:
    defined = ((row.case, getattr(row, name)) for row in rows)
    return Spread.of(case_means((case, value) for case, value in defined if value is not None).values())


def _controls(rows: Sequence[ReadingRow]) -> Controls:
    known = [(row.lesions, row.volume_ml) for row in rows]
    return Controls.of((lesions, volume) for lesions, volume in known if lesions is not None and volume is not None)
