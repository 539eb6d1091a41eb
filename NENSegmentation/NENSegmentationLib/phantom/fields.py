"""Smooth random fields: the ripple of an organ's surface, the texture of its tissue."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Axes = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
"""Positions of voxel centres along (r, a, s) in mm, one array each."""

Bounds = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Lowest and highest position along (r, a, s) in mm."""

# A cubic B-spline with unit normal coefficients has on average this variance along one axis.
_SPLINE_VARIANCE = 151.0 / 315.0


class SmoothField:
    """A random function of space with zero mean and unit standard deviation (cubic B-spline on random coefficients).

    Only additions and multiplications touch the voxels, in a fixed order: the same numbers come out on every machine.

    Parameters
    ----------
    random : numpy.random.Generator
        Gives the coefficients.
    bounds : Bounds
        Where the field is needed; outside it keeps the value of the border.
    knots_mm : float or sequence of 3 floats
        Distance between coefficients along (r, a, s), which sets how quickly the field changes.
    """

    def __init__(self, random: np.random.Generator, bounds: Bounds, knots_mm: float | Sequence[float]) -> None:
        self._knots = np.broadcast_to(np.asarray(knots_mm, float), (3,))
        self._start = np.array([low for low, _ in bounds])
        count = [int((high - low) / knot) + 4 for (low, high), knot in zip(bounds, self._knots, strict=True)]
        self._coefficients = (random.standard_normal(count[::-1]) * _SPLINE_VARIANCE**-1.5).astype(np.float32)

    def on(self, axes: Axes) -> NDArray[np.float32]:
        """Return the field at voxel centres.

        Parameters
        ----------
        axes : Axes
            Positions along (r, a, s) in mm.

        Returns
        -------
        ndarray, shape (s, a, r)
        """
        r, a, s = (
            (np.ravel(position) - start) / knot
            for position, start, knot in zip(axes, self._start, self._knots, strict=True)
        )
        # A slab needs only the coefficients around it.
        low = int(np.clip(np.floor(s.min()), 0, self._coefficients.shape[0] - 4))
        high = int(np.clip(np.floor(s.max()), 0, self._coefficients.shape[0] - 4)) + 4
        values = _interpolated(_interpolated(self._coefficients[low:high], 2, r), 1, a)
        return _interpolated(values, 0, s - low)


def _interpolated(coefficients: NDArray[np.float32], axis: int, position: NDArray[np.float64]) -> NDArray[np.float32]:
    first = np.clip(np.floor(position).astype(int), 0, coefficients.shape[axis] - 4)
    t = np.clip(position - first, 0.0, 1.0)
    rest, square, cube = 1 - t, t * t, t * t * t
    basis = (rest * rest * rest / 6, (3 * cube - 6 * square + 4) / 6, (3 * (square + t - cube) + 1) / 6, cube / 6)
    along = [1, 1, 1]
    along[axis] = -1
    total: NDArray[np.float32] | None = None
    for offset, weight in enumerate(basis):
        term = np.take(coefficients, first + offset, axis=axis)
        term *= weight.astype(np.float32).reshape(along)
        total = term if total is None else np.add(total, term, out=total)
    return total
