"""Agreement between readers in numbers: intraclass correlation and weighted kappa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats


@dataclass(frozen=True)
class IntraclassCorrelation:
    """ICC(2,1) with its 95 % confidence interval; what is not defined is None.

    Attributes
    ----------
    cases, readers : int
        Rows and columns it is taken from.
    """

    value: float | None
    low: float | None
    high: float | None
    cases: int
    readers: int


def intraclass_correlation(values: NDArray[np.float64]) -> IntraclassCorrelation:
    """Return ICC(2,1): two-way random effects, absolute agreement, single reader.

    Parameters
    ----------
    values : ndarray of float, shape (cases, readers)
        Each case by each reader.

    Returns
    -------
    IntraclassCorrelation
        None with fewer than two cases or readers, or where all values are equal; the interval is None where readers
        agree exactly.

    References
    ----------
    Shrout, Fleiss. Psychological Bulletin 1979;86:420. McGraw, Wong. Psychological Methods 1996;1:30, Table 7.
    """
    n, k = values.shape
    if n < 2 or k < 2 or np.ptp(values) == 0:
        return IntraclassCorrelation(None, None, None, n, k)
    between, readers, error = _mean_squares(values)
    value = (between - error) / (between + (k - 1) * error + k * (readers - error) / n)
    if np.isclose(value, 1, rtol=0, atol=1e-12):
        return IntraclassCorrelation(1.0, None, None, n, k)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    spread = (a * readers) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    if not spread:
        return IntraclassCorrelation(float(value), None, None, n, k)
    df = (a * readers + b * error) ** 2 / spread
    f_low, f_high = stats.f.ppf(0.975, n - 1, df), stats.f.ppf(0.975, df, n - 1)
    rest = k * readers + (k * n - k - n) * error
    low = n * (between - f_low * error) / (f_low * rest + n * between)
    high = n * (f_high * between - error) / (rest + n * f_high * between)
    return IntraclassCorrelation(float(value), float(low), float(high), n, k)


def _mean_squares(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the mean squares between cases, between readers and of the error (two-way analysis of variance)."""
    n, k = values.shape
    of_cases, of_readers = values.mean(axis=1), values.mean(axis=0)
    residual = values - of_cases[:, None] - of_readers[None, :] + values.mean()
    return (
        float(k * of_cases.var(ddof=1)),
        float(n * of_readers.var(ddof=1)),
        float((residual**2).sum() / ((n - 1) * (k - 1))),
    )


def weighted_kappa(first: Sequence[int], second: Sequence[int]) -> float | None:
    """Return Cohen's kappa with quadratic weights of two readers' ratings.

    Parameters
    ----------
    first, second : sequence of int, of one length
        Ratings on one scale.

    Returns
    -------
    float or None
        1: equal throughout; 0: as by chance. None without ratings, or if both readers gave one and the same rating.

    Notes
    -----
    1 - (mean squared difference of the pairs) / (mean squared difference of all ratings of one reader with all of the
    other), which is the usual formula with weights (i - j)^2, and needs no table of categories.

    References
    ----------
    Cohen. Psychological Bulletin 1968;70:213. Fleiss, Cohen. Educational and Psychological Measurement 1973;33:613.

    Examples
    --------
    >>> weighted_kappa([1, 2, 3, 4], [1, 2, 3, 5])
    0.9285714285714286
    """
    one, other = np.asarray(first, float), np.asarray(second, float)
    if not len(one):
        return None
    by_chance = float(np.mean((one[:, None] - other[None, :]) ** 2))
    return None if by_chance == 0 else 1 - float(np.mean((one - other) ** 2)) / by_chance
