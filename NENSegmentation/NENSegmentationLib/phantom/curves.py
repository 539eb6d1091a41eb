"""Smooth lines through points, for organs that are tubes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .shapes import Point


def smooth_line(line: list[Point], radii: NDArray[np.float64], steps: int) -> tuple[list[Point], NDArray[np.float64]]:
    """Return a smooth (Catmull-Rom) line through points, and the radius at each of its points.

    Parameters
    ----------
    line : list of Points
        RAS mm.
    radii : ndarray, shape (n,)
        Radius at each of them in mm.
    steps : int
        Number of points in place of each.
    """
    control = np.column_stack([np.array(line), radii])
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * p1 - p0 - 3 * p2 + p3)))
        for p0, p1, p2, p3 in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True)
    ]
    smooth = np.vstack([*pieces, control[-1:]])
    return [tuple(float(x) for x in row[:3]) for row in smooth], np.maximum(smooth[:, 3], 2.0)
