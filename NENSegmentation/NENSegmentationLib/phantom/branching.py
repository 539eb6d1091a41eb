"""Branching tubes: the vessels of lung, liver and mesentery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fields import Bounds
from .grid import Block
from .shapes import Point, Shape, to_segment

_STEP_MM = 6.0


@dataclass(frozen=True)
class Tree:
    """Tubes that branch from a root.

    Parameters
    ----------
    points : ndarray, shape (n, 3)
        Nodes, RAS mm; the first is the root.
    parents : ndarray, shape (n,)
        Number of the node from which each node was reached; the root is its own.
    radii : ndarray, shape (n,)
        Radius of the tube at each node in mm.
    """

    points: NDArray[np.float64]
    parents: NDArray[np.int64]
    radii: NDArray[np.float64]

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        reach = self.radii[:, None]
        low, high = (self.points - reach).min(axis=0), (self.points + reach).max(axis=0)
        return tuple((float(x), float(y)) for x, y in zip(low, high, strict=True))

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`; outside the boxes of the tubes it is only said to be far."""
        nearest = np.full(block.shape, 1000.0, np.float32)
        start, end = self.points[self.parents], self.points
        # A branch leaves its stem with its own width.
        first = np.minimum(self.radii[self.parents], 1.3 * self.radii)
        low = np.minimum(start - first[:, None], end - self.radii[:, None])
        high = np.maximum(start + first[:, None], end + self.radii[:, None])
        lowest, highest = (np.array([f(x) for x in block.axes], float) for f in (np.min, np.max))
        for node in np.flatnonzero(((low <= highest) & (high >= lowest)).all(axis=1)):
            found = block.within(tuple(zip(low[node].tolist(), high[node].tolist(), strict=True)))
            if found is not None:
                where, part = found
                ends = start[node].tolist(), end[node].tolist()
                segment = to_segment(part, *ends, float(first[node]), float(self.radii[node]))
                np.minimum(nearest[where], segment, out=nearest[where])
        return nearest

    def thicker_than(self, radius: float, scale: float, shift: Point = (0.0, 0.0, 0.0)) -> Tree | None:
        """Return the stems above a radius, scaled and moved: the bronchi beside their arteries; None without any."""
        kept = self.radii >= radius
        if kept.sum() < 2:
            return None
        number = np.cumsum(kept) - 1
        return Tree(self.points[kept] + np.array(shift), number[self.parents[kept]], self.radii[kept] * scale)


def grown_tree(
    random: np.random.Generator, root: Point, solid: Shape, count: int, thickest: float, thinnest: float, depth: float
) -> Tree:
    """Grow a tree from its root to random places within a solid.

    Parameters
    ----------
    random : numpy.random.Generator
        Chooses the places.
    root : Point
        Where it begins, RAS mm.
    solid : Shape
        What it fills.
    count : int
        Number of places that it reaches.
    thickest, thinnest : float
        Radius in mm at the root and at the tips; in between its square follows the number of tips that a stem
        feeds, so that branches have together the cross section of their stem.
    depth : float
        How far below the surface of the solid (mm) the tips stay.

    Returns
    -------
    Tree
    """
    points, parents = [np.array(root)], [0]
    for target in _places(random, root, solid, count, depth):
        away = np.array(points) - target
        squared = away[:, 0] ** 2 + away[:, 1] ** 2 + away[:, 2] ** 2
        stem = int(np.argmin(squared))
        steps = max(int(np.sqrt(squared[stem]) / _STEP_MM / 2), 1)
        start = points[stem]
        for step in range(1, steps + 1):
            bend = random.uniform(-1.5, 1.5, 3) if step < steps else 0.0
            parents.append(stem)
            points.append(start + (target - start) * (step / steps) + bend)
            stem = len(points) - 1
    tips = np.zeros(len(points))
    tips[np.setdiff1d(np.arange(len(points)), parents)] = 1
    for node in range(len(points) - 1, 0, -1):
        tips[parents[node]] += tips[node]
    return Tree(np.array(points), np.array(parents), np.maximum(thickest * np.sqrt(tips / tips[0]), thinnest))


def _places(random: np.random.Generator, root: Point, solid: Shape, count: int, depth: float) -> NDArray[np.float64]:
    """Return random points inside a solid, those near the root first: later ones branch off what is already there."""
    steps = [np.arange(low, high, _STEP_MM).astype(np.float32) for low, high in solid.bounds]
    s, a, r = np.nonzero(solid.distance(Block.of(tuple(steps))) < -depth)
    points = np.column_stack([steps[0][r], steps[1][a], steps[2][s]]).astype(float)
    points = points[random.permutation(len(points))[:count]]
    points += random.uniform(-_STEP_MM / 2, _STEP_MM / 2, points.shape)
    away = points - np.array(root)
    return points[np.argsort(away[:, 0] ** 2 + away[:, 1] ** 2 + away[:, 2] ** 2, kind="stable")]
