"""Choosing spheres among the points at which they could be centred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .reference_region import Point

# Balls of the same tissue differ by less: the noise of their means is a few percent, a lesion adds more.
_SAME_TISSUE = 0.1
# Spheres as far apart as the organ allows, in diameters; at 1 they touch. Further than 2 leads to the organ's ends.
_APART = (2.0, 1.75, 1.5, 1.25, 1.0)


@dataclass(frozen=True)
class Candidates:
    """Points at which a sphere could be centred.

    Attributes
    ----------
    ras : ndarray of float, shape (n, 3)
        The points, RAS mm.
    mean : ndarray of float, shape (n,)
        Mean uptake in a ball around each, SUVbw (g/mL).
    cv : ndarray of float, shape (n,)
        Standard deviation / mean in that ball.
    """

    ras: NDArray[np.float64]
    mean: NDArray[np.float64]
    cv: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def level(self) -> float:
        """Uptake of the most usual tissue (g/mL): the middle of the 10 % up and down that hold the most means.

        Where several hold as many, the lowest counts: tumour is hotter than liver more often than colder.
        """
        ordered = np.sort(self.mean)
        first = np.searchsorted(ordered, ordered * (1 - _SAME_TISSUE), side="left")
        last = np.searchsorted(ordered, ordered * (1 + _SAME_TISSUE), side="right")
        most = np.argmax(last - first)
        return float(np.median(ordered[first[most] : last[most]]))


def spread_spheres(candidates: Candidates, diameter_mm: float, count: int) -> list[Point]:
    """Choose centres of spheres in the most usual tissue: where it is most even, and far apart.

    Parameters
    ----------
    candidates : Candidates
        The points to choose from.
    diameter_mm : float
        Diameter of the spheres, which do not overlap.
    count : int
        How many to choose.

    Returns
    -------
    list of Point
        RAS mm; fewer than ``count`` where no more fit, none where there are no candidates.
    """
    if not len(candidates):
        return []
    usual = np.abs(candidates.mean / candidates.level - 1) <= _SAME_TISSUE
    points = candidates.ras[usual]
    even = points[np.argsort(candidates.cv[usual], kind="stable")]
    outer = points[np.argsort(-np.linalg.norm(points - points.mean(axis=0), axis=1), kind="stable")]
    # The more even half first: far apart must not mean at the organ's edges. The outer points last: in a small organ a
    # sphere at its most even point, the middle, leaves no room for others.
    attempts = [(even[: (len(even) + 1) // 2], apart) for apart in _APART] + [(even, _APART[-1]), (outer, _APART[-1])]
    best: list[Point] = []
    for pool, apart in attempts:
        chosen = _apart(pool, apart * diameter_mm, count)
        if len(chosen) > len(best):
            best = chosen
        if len(best) == count:
            break
    return best


def _apart(points: NDArray[np.float64], distance_mm: float, count: int) -> list[Point]:
    chosen: list[Point] = []
    while len(points) and len(chosen) < count:
        first = points[0]
        chosen.append((float(first[0]), float(first[1]), float(first[2])))
        points = points[np.linalg.norm(points - first, axis=1) >= distance_mm]
    return chosen
