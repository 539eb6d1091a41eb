"""The power of a study: how often its tests find the difference between two arms, by the number of cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .distributions import Distributions
from .errors import StudyError
from .page import counted
from .paired import signed_rank_test

SIGNIFICANT = 0.05
"""Two-sided level of both tests."""

WANTED = 0.8
"""The power that is usually asked for."""

REPEATS = 1000
"""Studies that are simulated of each size: the power then has a standard error of at most 1.6 percentage points."""

_FEWEST, _MOST = 3, 200


@dataclass(frozen=True)
class Power:
    """Part of the simulated studies of so many cases in which a test has p < 0.05.

    Attributes
    ----------
    cases : int
        In both arms.
    t_test, wilcoxon : float
        Of the paired t-test and the exact Wilcoxon signed-rank test on the cases' means over the readers; 0 to 1.
    """

    cases: int
    t_test: float
    wilcoxon: float


def powers(
    distributions: Distributions, *, readers: int = 2, seed: int = 0, largest: int = 20, repeats: int = REPEATS
) -> list[Power]:
    """Simulate studies of 3, 4, ... cases and count how often the first two arms are told apart by their times.

    Parameters
    ----------
    distributions : Distributions
        The times are drawn from it as in `simulate`, without a change over the order.
    readers : int
        Each reads each case in both arms.
    seed : int
        The same one gives the same result.
    largest : int
        Most cases, up to 200.
    repeats : int
        Studies of each size.

    Returns
    -------
    list of Power

    Raises
    ------
    StudyError
        If ``largest`` is under 3 or over 200, or there is no reader.
    """
    if not _FEWEST <= largest <= _MOST or readers < 1:
        message = (
            f"the power cannot be found for {counted(readers, 'reader')} and up to {largest} cases. "
            f"Give 1 reader or more and {_FEWEST} to {_MOST} cases."
        )
        raise StudyError(message)
    draw = np.random.default_rng(seed)
    differences = _differences(distributions, readers, (repeats, largest), draw)
    return [_power(differences[:, :cases]) for cases in range(_FEWEST, largest + 1)]


def enough_cases(found: Sequence[Power], test: str) -> int | None:
    """Return the fewest cases from which on a test (``t_test`` or ``wilcoxon``) has a power of 0.8, if any has."""
    enough = None
    for one in reversed(found):
        if getattr(one, test) < WANTED:
            break
        enough = one.cases
    return enough


def enough_text(found: Sequence[Power], distributions: Distributions, readers: int) -> str:
    """Return the sentence that says how many cases have a power of 0.8 in each test."""
    first, second = (f"{arm.name} (median {arm.median_min:g} min)" for arm in distributions.arms[:2])
    by_t, by_rank = (
        str(cases) if cases else f"more than {found[-1].cases}"
        for cases in (enough_cases(found, "t_test"), enough_cases(found, "wilcoxon"))
    )
    return (
        f"To show that {first} and {second} take different times (p < {SIGNIFICANT:g}) with a power of "
        f"{100 * WANTED:.0f} %, it takes {by_t} cases by the paired t-test and {by_rank} by the Wilcoxon signed-rank "
        f"test, each case read in both arms by {counted(readers, 'reader')}."
    )


def _differences(
    distributions: Distributions, readers: int, shape: tuple[int, int], draw: np.random.Generator
) -> NDArray[np.float64]:
    """Return the difference of the means over the readers (min), shape (studies, cases)."""
    hardness = distributions.case_spread * draw.normal(size=(*shape, 1))
    slowness = distributions.reader_spread * draw.normal(size=(shape[0], 1, readers))
    first, second = (
        arm.median_min * np.exp(hardness + slowness + arm.time_spread * draw.normal(size=(*shape, readers)))
        for arm in distributions.arms[:2]
    )
    return (first - second).mean(axis=2)


def _power(differences: NDArray[np.float64]) -> Power:
    cases = differences.shape[1]
    error = differences.std(axis=1, ddof=1) / np.sqrt(cases)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_t = np.abs(differences.mean(axis=1) / error) > stats.t.ppf(1 - SIGNIFICANT / 2, cases - 1)
    by_rank = [p is not None and p < SIGNIFICANT for _, p in map(signed_rank_test, differences)]
    return Power(cases, float(by_t.mean()), float(np.mean(by_rank)))
