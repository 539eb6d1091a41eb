"""The evaluations of a cohort summed up in the shape of the tables of Carlsen et al. 2022."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .evaluation import METRICS, Evaluation, Part
from .rating import RATINGS

AVERAGED = tuple(metric for metric in METRICS if metric != "suggested_rating")
"""The metrics of which mean and SD are taken."""

CONTROL_LIMIT_ML = 1.5
"""The paper counts the negative controls in which at most this volume was segmented."""

_VOLUME_LIMITS_ML = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, np.inf)
_NORMAL_95 = 1.96

# Volumes are products of decimal spacings: 125 voxels of 0.012 mL are 1.5 mL, whatever binary fractions make of it.
_VOLUME_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Spread:
    """Mean and sample SD of the values that are defined.

    Attributes
    ----------
    mean : float or None
        None without a value.
    sd : float or None
        Sample standard deviation (n - 1); None with fewer than two values.
    n : int
        Number of values.
    """

    mean: float | None
    sd: float | None
    n: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Spread:
        """Return mean and SD, leaving out what is None."""
        defined = [value for value in values if value is not None]
        mean = float(np.mean(defined)) if defined else None
        return cls(mean, float(np.std(defined, ddof=1)) if len(defined) > 1 else None, len(defined))


@dataclass(frozen=True)
class Agreement:
    """Bland-Altman agreement of two measurements of one thing (Bland, Altman. Lancet 1986;1:307).

    Attributes
    ----------
    difference : Spread
        Of the differences; its mean is the bias.
    lower, upper : float or None
        95 % limits of agreement: bias -/+ 1.96 SD.
    """

    difference: Spread
    lower: float | None
    upper: float | None

    @classmethod
    def of(cls, differences: Iterable[float]) -> Agreement:
        """Return the agreement by the differences of the pairs."""
        difference = Spread.of(differences)
        if difference.mean is None or difference.sd is None:
            return cls(difference, None, None)
        half = _NORMAL_95 * difference.sd
        return cls(difference, difference.mean - half, difference.mean + half)


@dataclass(frozen=True)
class Controls:
    """The cases without a lesion.

    Attributes
    ----------
    cases : int
        Their number.
    nothing, within_limit : int
        Those in which nothing was segmented, and in which at most 1.5 mL was.
    components : Spread
        Of the number of predicted components.
    volume_ml : Spread
        Of the predicted volume, mL.
    largest_ml : float or None
        The largest predicted volume, mL.
    """

    cases: int
    nothing: int
    within_limit: int
    components: Spread
    volume_ml: Spread
    largest_ml: float | None

    @classmethod
    def of(cls, found: Iterable[tuple[int, float]]) -> Controls:
        """Sum up what was segmented in each case: components, and their volume (mL)."""
        cases = list(found)
        volumes = [volume for _, volume in cases]
        return cls(
            cases=len(cases),
            nothing=sum(not components for components, _ in cases),
            within_limit=sum(volume <= CONTROL_LIMIT_ML * (1 + _VOLUME_TOLERANCE) for volume in volumes),
            components=Spread.of(components for components, _ in cases),
            volume_ml=Spread.of(volumes),
            largest_ml=max(volumes, default=None),
        )


@dataclass(frozen=True)
class Detection:
    """Lesions of one range of volumes: from ``from_ml`` to under ``to_ml`` (None: without end).

    Attributes
    ----------
    lesions, found : int
        Lesions of the truth of all cases, and how many of them have a partner.
    """

    from_ml: float
    to_ml: float | None
    lesions: int
    found: int


@dataclass(frozen=True)
class Cohort:
    """What is said of one set of predictions.

    Attributes
    ----------
    cases, with_lesions : int
        All cases, and those whose truth has a lesion; all but ``controls`` is about the latter.
    metrics : mapping of str to Spread
        Each of `AVERAGED`.
    ratings : mapping of int to int
        Suggested rating -> number of cases.
    volume : Agreement
        Of the total tumour volume (mL), predicted minus true.
    detection : sequence of Detection
        By volume, ascending.
    controls : Controls
        The cases without a lesion.
    """

    cases: int
    with_lesions: int
    metrics: Mapping[str, Spread]
    ratings: Mapping[int, int]
    volume: Agreement
    detection: Sequence[Detection]
    controls: Controls


def summed_up(evaluations: Iterable[Evaluation]) -> Cohort:
    """Sum up the evaluations of one set of predictions.

    Parameters
    ----------
    evaluations : iterable of Evaluation
        One a case.

    Returns
    -------
    Cohort
    """
    every = list(evaluations)
    cases = [one for one in every if one.lesions]
    given = [one.suggested_rating for one in cases]
    return Cohort(
        cases=len(every),
        with_lesions=len(cases),
        metrics={metric: Spread.of(getattr(one, metric) for one in cases) for metric in AVERAGED},
        ratings={rating: given.count(rating) for rating in RATINGS},
        volume=Agreement.of(one.predicted_ml - one.truth_ml for one in cases),
        detection=_detection([lesion for one in cases for lesion in one.lesions]),
        controls=Controls.of((len(one.components), one.predicted_ml) for one in every if not one.lesions),
    )


def _detection(lesions: Sequence[Part]) -> list[Detection]:
    inside = [
        (low, high, [one for one in lesions if low <= one.volume_ml < high])
        for low, high in pairwise(_VOLUME_LIMITS_ML)
    ]
    return [
        Detection(low, high if np.isfinite(high) else None, len(those), sum(one.matches for one in those))
        for low, high, those in inside
    ]
