"""Solid shapes in millimetres, each given by its (approximate) signed distance.

Distances are negative inside. Voxels meet only additions, multiplications, divisions and square roots, which every
processor rounds alike, so a shape covers the same voxels on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .fields import Bounds, SmoothField
from .grid import Block

Point = tuple[float, float, float]
_FAR = np.float32(1000.0)


class Shape(Protocol):
    """A solid."""

    @property
    def bounds(self) -> Bounds:
        """The box around the solid: (lowest, highest) along r, a, s in mm."""

    def distance(self, block: Block) -> NDArray[np.float32]:
        """Return the signed distance (mm, negative inside) at each voxel centre, shape (s, a, r)."""


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid, or with ``power`` 4 a rounded box.

    Parameters
    ----------
    centre : Point
        RAS mm.
    radii : tuple of 3 floats
        Half axes in mm, before turning.
    turn : tuple of 3 floats
        Degrees about the r, a and s axis, applied in this order.
    power : int
        2 or 4.
    """

    centre: Point
    radii: tuple[float, float, float]
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    power: int = 2

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        if not any(self.turn):
            reach = np.array(self.radii)
        elif self.power == 2:
            reach = np.sqrt(((_rotation(self.turn) * np.array(self.radii)) ** 2).sum(axis=1))
        else:
            reach = np.abs(_rotation(self.turn) * np.array(self.radii)).sum(axis=1)
        return tuple((float(c - x), float(c + x)) for c, x in zip(self.centre, reach, strict=True))

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        moved = [position - np.float32(c) for position, c in zip((block.r, block.a, block.s), self.centre, strict=True)]
        if any(self.turn):
            rows = _rotation(self.turn).T.astype(np.float32)
            moved = [row[0] * moved[0] + row[1] * moved[1] + row[2] * moved[2] for row in rows]
        total = sum(
            _square(x * np.float32(1 / radius), self.power) for x, radius in zip(moved, self.radii, strict=True)
        )
        for _ in range(self.power // 2):
            total = np.sqrt(total)
        return (total - np.float32(1)) * np.float32(min(self.radii))


@dataclass(frozen=True)
class Tube:
    """A tube of varying radius along a line.

    Parameters
    ----------
    points : sequence of Points
        The line, RAS mm.
    radii : float or sequence of floats
        Radius in mm, the same everywhere or one for each point.
    """

    points: Sequence[Point]
    radii: float | Sequence[float]

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        reach = self._radii()[:, None]
        line = np.array(self.points, float)
        low, high = (line - reach).min(axis=0), (line + reach).max(axis=0)
        return tuple((float(x), float(y)) for x, y in zip(low, high, strict=True))

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`; further than 15 mm outside it is only said to be far."""
        nearest = np.full(block.shape, _FAR, np.float32)
        radii = self._radii()
        for start, end, first, last in zip(self.points[:-1], self.points[1:], radii[:-1], radii[1:], strict=True):
            reach = max(first, last)
            box = tuple((min(x, y) - reach, max(x, y) + reach) for x, y in zip(start, end, strict=True))
            found = block.within(box, margin=15.0)
            if found is not None:
                where, part = found
                np.minimum(nearest[where], to_segment(part, start, end, first, last), out=nearest[where])
        return nearest

    def _radii(self) -> NDArray[np.float64]:
        return np.broadcast_to(np.asarray(self.radii, float), (len(self.points),))


@dataclass(frozen=True)
class Stack:
    """A trunk: rounded cross sections stacked along the body's axis.

    Parameters
    ----------
    sections : ndarray, shape (n, 4)
        Rows (s, half width, front, back): the section reaches from ``-half width`` to ``half width`` along r
        and from ``back`` to ``front`` along a, all in mm. s rises.
    """

    sections: NDArray[np.float64] = field(repr=False)

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        s, half, front, back = self.sections.T
        width = float(half.max())
        return (-width, width), (float(back.min()), float(front.max())), (float(s[0]), float(s[-1]))

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        s = block.s.ravel().astype(float)
        half, front, back = self.section(s)
        depth, middle = (front - back) / 2, (front + back) / 2
        across = _two_and_a_half(block.r / _column(half)) + _two_and_a_half(
            (block.a - _column(middle)) / _column(depth)
        )
        # Near the surface, where the sum x is close to 1, its root is 1 + (x - 1) / 2.5; elsewhere the order is enough.
        level = (across - np.float32(1)) * _column(np.minimum(half, depth) / 2.5)
        outside = np.maximum(self.sections[0, 0] - s, s - self.sections[-1, 0])
        return np.maximum(level, _column(outside))

    def section(self, s: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return half width, front and back (mm) at heights ``s``."""
        return tuple(_smooth_steps(s, self.sections[:, 0], column) for column in self.sections.T[1:])


@dataclass(frozen=True)
class Sheets:
    """Thin curved sheets without an end, where a smooth field passes through zero: fat between muscles.

    Parameters
    ----------
    surface : SmoothField
        The field.
    box : Bounds
        Where the sheets are.
    knots : float
        Shortest distance between the field's coefficients in mm.
    thickness : float
        Of a sheet, in mm (about).
    """

    surface: SmoothField
    box: Bounds
    knots: float
    thickness: float

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        return self.box

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        return np.abs(self.surface.on(block.axes)) * np.float32(self.knots) - np.float32(self.thickness / 2)


@dataclass(frozen=True)
class HalfSpace:
    """Everything on the far side of a plane.

    Parameters
    ----------
    point : Point
        A point of the plane, RAS mm.
    normal : tuple of 3 floats
        Points out of the solid.
    """

    point: Point
    normal: tuple[float, float, float]

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        return ((-math.inf, math.inf),) * 3

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        length = math.sqrt(sum(x * x for x in self.normal))
        terms = zip((block.r, block.a, block.s), self.point, self.normal, strict=True)
        return sum((position - np.float32(p)) * np.float32(n / length) for position, p, n in terms)


def to_segment(block: Block, start: Point, end: Point, first: float, last: float) -> NDArray[np.float32]:
    """Return the distance to a straight tube between two points, whose radius runs from ``first`` to ``last``."""
    along = [np.float32(e - b) for b, e in zip(start, end, strict=True)]
    length = max(float(sum(float(x) ** 2 for x in along)), 1e-6)
    away = [position - np.float32(b) for position, b in zip((block.r, block.a, block.s), start, strict=True)]
    t = sum(x * np.float32(d / length) for x, d in zip(away, along, strict=True))
    np.clip(t, 0, 1, out=t)
    squared = sum((x - t * d) ** 2 for x, d in zip(away, along, strict=True))
    return np.sqrt(squared) - (np.float32(first) + t * np.float32(last - first))


def _rotation(degrees: tuple[float, float, float]) -> NDArray[np.float64]:
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[u, u] = step[v, v] = math.cos(angle)
        step[u, v], step[v, u] = -math.sin(angle), math.sin(angle)
        matrix = step @ matrix
    # Rounded, so that the last digit of a machine's cosine makes no difference.
    return matrix.round(9)


def _square(x: NDArray[np.float32], power: int) -> NDArray[np.float32]:
    return x * x if power == 2 else (x * x) * (x * x)


def _two_and_a_half(x: NDArray[np.float32]) -> NDArray[np.float32]:
    x = np.abs(x)
    return x * x * np.sqrt(x)


def _column(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return values.astype(np.float32)[:, None, None]


def _smooth_steps(
    at: NDArray[np.float64], knots: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    index = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    t = np.clip((at - knots[index]) / (knots[index + 1] - knots[index]), 0, 1)
    slope = np.gradient(values, knots)
    width = knots[index + 1] - knots[index]
    # Cubic Hermite polynomial: a smooth outline through every section.
    rest, late = 1 - t, t * t * (3 - 2 * t)
    return (
        (1 - late) * values[index]
        + late * values[index + 1]
        + t * rest * width * (rest * slope[index] - t * slope[index + 1])
    )
