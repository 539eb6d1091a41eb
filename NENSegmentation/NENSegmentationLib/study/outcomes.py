"""What came out of the readings, per arm and reader: ratings, accuracy, actions, negative controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..core.cohort import AVERAGED, Controls, Spread
from ..core.rating import RATINGS
from .agreement import weighted_kappa
from .reading_times import ALL_READERS, case_means, groups_of_readers
from .readings import PROPOSAL, ReadingRow

AS_SHOWN = "as shown"
"""Stands for the reader where it is about what readers were given to start from: that is the same to all of them."""

ACTIONS = ("deletes", "adds", "undos", "other_actions")
"""What readers do to a segmentation."""


@dataclass(frozen=True, kw_only=True)
class ArmRatings:
    """Ratings in one arm.

    Attributes
    ----------
    arm, reader : str
        Where and whose; `ALL_READERS` for the readings of all.
    given : mapping of int to int
        Rating -> number of readings, by the reader, who rates what was shown.
    shown, left : mapping of int to int
        Likewise, as the comparison of what was shown, and of what was left, with the truth suggests.
    unrated : int
        Readings without a rating.
    controls_unknown : int
        Readings counted here of which it is not known whether their case is a negative control: it has no truth, or
        the images were not read.
    kappa : float or None
        Quadratic weighted kappa of the rating given and that suggested for what was shown; None where there is no
        truth.
    """

    arm: str
    reader: str
    given: Mapping[int, int]
    shown: Mapping[int, int]
    left: Mapping[int, int]
    unrated: int
    controls_unknown: int
    kappa: float | None


@dataclass(frozen=True)
class ArmSpreads:
    """Mean and SD over the cases of one arm; name -> `Spread`. For all readers, each case counts by its mean."""

    arm: str
    reader: str
    spreads: Mapping[str, Spread]


@dataclass(frozen=True)
class ArmControls:
    """What was segmented in the negative controls of one arm; ``controls.cases`` are readings, or cases as shown."""

    arm: str
    reader: str
    controls: Controls


def arm_ratings(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmRatings]:
    """Count the ratings of each arm, of all readers and of each.

    Negative controls are left out, as in the paper, where they are known; `ArmRatings.controls_unknown` says where not.
    """
    with_lesions = [row for row in rows if not row.negative_control]
    return [_ratings(arm, reader, those) for arm, reader, those in _groups(with_lesions, arms, readers)]


def accuracy(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmSpreads]:
    """Sum up the accuracy of each arm: of what was shown, then of what all readers and each have left.

    Negative controls and cases without a truth are left out.
    """
    with_lesions = [row for row in rows if row.negative_control is False]
    shown = [
        ArmSpreads(arm, AS_SHOWN, {metric: _over_cases(those, f"{PROPOSAL}{metric}") for metric in AVERAGED})
        for arm, those in _shown(with_lesions, arms)
    ]
    left = [
        ArmSpreads(arm, reader, {metric: _over_cases(those, metric) for metric in AVERAGED})
        for arm, reader, those in _groups(with_lesions, arms, readers)
    ]
    return shown + left


def actions(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmSpreads]:
    """Sum up the number of actions per case in each arm."""
    return [
        ArmSpreads(arm, reader, {action: _over_cases(those, action) for action in ACTIONS})
        for arm, reader, those in _groups(rows, arms, readers)
    ]


def controls(rows: Iterable[ReadingRow], arms: Sequence[str], readers: Sequence[str]) -> list[ArmControls]:
    """Sum up what was segmented in the negative controls of each arm: what was shown, then what was left."""
    negative = [row for row in rows if row.negative_control]
    shown = [ArmControls(arm, AS_SHOWN, _shown_controls(those)) for arm, those in _shown(negative, arms)]
    left = [ArmControls(arm, reader, _controls(those)) for arm, reader, those in _groups(negative, arms, readers)]
    return shown + left


def _shown(rows: Iterable[ReadingRow], arms: Sequence[str]) -> list[tuple[str, list[ReadingRow]]]:
    """Return the readings of each arm in which something was shown that a method had made."""
    rows = list(rows)
    grouped = [(arm, [row for row in rows if row.arm == arm and row.proposal_lesions is not None]) for arm in arms]
    return [group for group in grouped if group[1]]


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
    shown = [row.proposal_suggested_rating for row in rows]
    left = [row.suggested_rating for row in rows]
    both = [
        (row.rating, row.proposal_suggested_rating)
        for row in rows
        if row.rating is not None and row.proposal_suggested_rating is not None
    ]
    return ArmRatings(
        arm=arm,
        reader=reader,
        given={rating: given.count(rating) for rating in RATINGS},
        shown={rating: shown.count(rating) for rating in RATINGS},
        left={rating: left.count(rating) for rating in RATINGS},
        unrated=len(rows) - len(given),
        controls_unknown=sum(row.negative_control is None for row in rows),
        kappa=weighted_kappa([one for one, _ in both], [other for _, other in both]),
    )


def _over_cases(rows: Sequence[ReadingRow], name: str) -> Spread:
    defined = ((row.case, getattr(row, name)) for row in rows)
    return Spread.of(case_means((case, value) for case, value in defined if value is not None).values())


def _controls(rows: Sequence[ReadingRow]) -> Controls:
    known = [(row.lesions, row.volume_ml) for row in rows]
    return Controls.of((lesions, volume) for lesions, volume in known if lesions is not None and volume is not None)


def _shown_controls(rows: Sequence[ReadingRow]) -> Controls:
    cases = {row.case: (row.proposal_lesions, row.proposal_volume_ml) for row in rows}
    found = [(lesions, volume) for lesions, volume in cases.values() if lesions is not None and volume is not None]
    return Controls.of(found)
