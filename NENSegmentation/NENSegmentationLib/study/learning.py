"""Do readers get faster as they go on? Linear regression of the logarithm of time on the position in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .readings import ReadingRow


@dataclass(frozen=True)
class Learning:
    """How the time changes from one case to the next; what is not defined is None.

    Attributes
    ----------
    reader : str
        Whose.
    n : int
        Readings.
    percent_per_case, low, high : float or None
        Change of the active time per position (%), with its 95 % confidence interval; below zero is faster.
    p : float or None
        Two-sided, of no change.
    """

    reader: str
    n: int
    percent_per_case: float | None
    low: float | None
    high: float | None
    p: float | None


def learning(reader: str, rows: Iterable[ReadingRow]) -> Learning:
    """Fit the change of time with the position.

    Parameters
    ----------
    reader : str
        What the rows are called in the result.
    rows : iterable of ReadingRow
        Finished readings, of one or several readers. Those without active time are left out.

    Returns
    -------
    Learning
        None where the readings leave no degree of freedom, or where position and arm cannot be told apart.

    Notes
    -----
    Least squares of log(time) on position with a level of its own for each reader in each arm. Readings of one case
    count as independent.
    """
    timed = [row for row in rows if row.active_s > 0]
    levels = sorted({(row.reader, row.arm) for row in timed})
    design = np.array([[row.position, *((row.reader, row.arm) == level for level in levels)] for row in timed], float)
    n, columns = len(timed), len(levels) + 1
    nothing = Learning(reader, n, None, None, None, None)
    if n <= columns or np.linalg.matrix_rank(design) < columns:
        return nothing
    logarithms = np.log([row.active_s for row in timed])
    fitted, *_ = np.linalg.lstsq(design, logarithms, rcond=None)
    variance = float(np.sum((logarithms - design @ fitted) ** 2)) / (n - columns)
    error = float(np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]))
    slope = float(fitted[0])
    half = float(stats.t.ppf(0.975, n - columns)) * error
    p = float(2 * stats.t.sf(abs(slope) / error, n - columns)) if error > 1e-12 else None
    return Learning(reader, n, _percent(slope), _percent(slope - half), _percent(slope + half), p)


def _percent(slope: float) -> float:
    return 100 * float(np.expm1(slope))
