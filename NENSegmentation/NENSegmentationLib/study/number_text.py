"""Numbers of a results page as people read them; what is not defined is a dash."""

from __future__ import annotations

from ..core.cohort import Spread
from .page import UNDEFINED


def value_text(value: float | None, digits: int) -> str:
    """Return a value with so many decimals."""
    return UNDEFINED if value is None else f"{value:.{digits}f}"


def spread_text(spread: Spread, digits: int) -> str:
    """Return mean and SD, and n on a second line."""
    if spread.mean is None:
        return f"{UNDEFINED}\nn = 0"
    return f"{spread.mean:.{digits}f} ({value_text(spread.sd, digits)})\nn = {spread.n}"


def interval_text(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    """Return a value, and its interval on a second line."""
    interval = UNDEFINED if low is None or high is None else f"{low:.{digits}f} to {high:.{digits}f}"
    return f"{value_text(value, digits)}\n{interval}"


def n_text(number: int) -> str:
    """Return how many there are, in brackets that are not broken over lines."""
    return f"(n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number})"


def p_text(p: float | None) -> str:
    """Return a p value, never as zero.

    Examples
    --------
    >>> p_text(0.00002), p_text(0.0019531), p_text(0.25)
    ('< 0.001', '0.002', '0.250')
    """
    if p is None:
        return UNDEFINED
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def part_text(count: int, total: int) -> str:
    """Return a count with its part of the total, halves rounded up.

    Examples
    --------
    >>> part_text(1, 8), part_text(3, 8)
    ('1 (13 %)', '3 (38 %)')
    """
    return f"{count} ({(200 * count + total) // (2 * total)} %)" if total else UNDEFINED
