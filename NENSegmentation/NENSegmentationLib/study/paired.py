"""Tests of paired values: t-test, Wilcoxon signed-rank test, effect size and ratio, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

_LOW, _HIGH = 0.025, 0.975
_NODES = 200


@dataclass(frozen=True, kw_only=True)
class PairedComparison:
    """What is said of the differences of pairs, first minus second; what is not defined is None.

    Attributes
    ----------
    n : int
        Pairs.
    mean_difference, difference_low, difference_high : float or None
        Mean of the differences with its 95 % confidence interval (t distribution).
    t, t_test_p : float or None
        Paired t-test, two-sided, n - 1 degrees of freedom.
    signed_rank, wilcoxon_p : float or None
        Smaller of the two sums of ranks, and the exact two-sided p of the Wilcoxon signed-rank test.
    effect_size, effect_low, effect_high : float or None
        Cohen's d of paired values: mean over SD of the differences, with its 95 % confidence interval.
    ratio, ratio_low, ratio_high : float or None
        Geometric mean of first / second with its 95 % confidence interval (t distribution of the logarithms).
    """

    n: int
    mean_difference: float | None
    difference_low: float | None
    difference_high: float | None
    t: float | None
    t_test_p: float | None
    signed_rank: float | None
    wilcoxon_p: float | None
    effect_size: float | None
    effect_low: float | None
    effect_high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def compare_pairs(first: Sequence[float], second: Sequence[float]) -> PairedComparison:
    """Compare paired values.

    Parameters
    ----------
    first, second : sequence of float, of one length
        The two values of each pair.

    Returns
    -------
    PairedComparison
        Without a pair all is None; with one, or with equal differences, what needs a spread is None.

    Notes
    -----
    The interval of the effect size inverts the noncentral t distribution [1]_. The signed-rank test leaves out pairs
    without a difference and gives ties their mean rank; its p is exact given those ranks.

    References
    ----------
    .. [1] Steiger, Fouladi. Noncentrality interval estimation and the evaluation of statistical models. In: What if
       there were no significance tests? Erlbaum, 1997.
    """
    one, other = np.asarray(first, float), np.asarray(second, float)
    differences = one - other
    mean, low, high = mean_with_interval(differences)
    t, p = _t_test(differences)
    rank_sum, rank_p = signed_rank_test(differences)
    effect, effect_low, effect_high = _effect_size(t, len(differences))
    positive = bool(np.all(one > 0) and np.all(other > 0))
    logarithms = mean_with_interval(np.log(one / other)) if positive else (None, None, None)
    ratio, ratio_low, ratio_high = (None if value is None else float(np.exp(value)) for value in logarithms)
    return PairedComparison(
        n=len(differences),
        mean_difference=mean,
        difference_low=low,
        difference_high=high,
        t=t,
        t_test_p=p,
        signed_rank=rank_sum,
        wilcoxon_p=rank_p,
        effect_size=effect,
        effect_low=effect_low,
        effect_high=effect_high,
        ratio=ratio,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
    )


def mean_with_interval(values: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """Return the mean and its 95 % confidence interval by the t distribution; None where they are not defined."""
    n = len(values)
    if not n:
        return None, None, None
    mean = float(np.mean(values))
    if n < 2:
        return mean, None, None
    half = float(stats.t.ppf(_HIGH, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half


def signed_rank_test(differences: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Return the smaller sum of ranks and the exact two-sided p of the Wilcoxon signed-rank test.

    Parameters
    ----------
    differences : ndarray of float, shape (n,)
        Those of zero are left out.

    Returns
    -------
    tuple of float or None
        None if no difference is left.

    Notes
    -----
    Every choice of signs is equally likely without an effect; the distribution of the sum over all 2^n of them is
    counted rank by rank. Ties have their mean rank, so ranks are counted in halves.
    """
    differences = differences[differences != 0]
    if not len(differences):
        return None, None
    halves = np.rint(2 * stats.rankdata(np.abs(differences))).astype(int)
    positive = int(halves[differences > 0].sum())
    smaller = min(positive, int(halves.sum()) - positive)
    share = float(_cumulated(tuple(sorted(halves.tolist())))[smaller])
    return smaller / 2, min(1.0, 2 * share)


@lru_cache(maxsize=16)
def _cumulated(halves: tuple[int, ...]) -> NDArray[np.float64]:
    likely = np.zeros(sum(halves) + 1)
    likely[0] = 1
    for rank in halves:
        shifted = np.zeros_like(likely)
        shifted[rank:] = likely[: len(likely) - rank]
        likely = (likely + shifted) / 2
    return np.cumsum(likely)


def _t_test(differences: NDArray[np.float64]) -> tuple[float | None, float | None]:
    n = len(differences)
    if n < 2 or np.ptp(differences) <= 1e-12 * np.abs(differences).max():
        return None, None
    t = float(np.mean(differences) / (np.std(differences, ddof=1) / np.sqrt(n)))
    return t, float(2 * stats.t.sf(abs(t), n - 1))


def _effect_size(t: float | None, n: int) -> tuple[float | None, float | None, float | None]:
    if t is None:
        return None, None, None
    root = np.sqrt(n)
    low, high = (_noncentrality(t, n - 1, share) for share in (_HIGH, _LOW))
    return float(t / root), float(low / root), float(high / root)


def _noncentrality(t: float, df: int, share: float) -> float:
    """Return the noncentrality under which a share of all t lies below this one.

    A noncentral t is a normal value over an independent root of chi-square / df: its distribution is the normal one
    averaged over quantiles of that root. (``scipy.stats.nct`` is not a number at some of the places needed here.)
    """
    places, weights = np.polynomial.legendre.leggauss(_NODES)
    roots = np.sqrt(stats.chi2.ppf((places + 1) / 2, df) / df)

    def surplus(centre: float) -> float:
        return float(weights @ stats.norm.cdf(t * roots - centre)) / 2 - share

    reach = 10 * (1 + abs(t))
    return float(optimize.brentq(surplus, -reach, reach))
