"""Shapes made of other shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fields import Bounds, SmoothField
from .grid import Block
from .shapes import Shape


@dataclass(frozen=True)
class Union:
    """Several solids as one, blended where they meet.

    Parameters
    ----------
    parts : sequence of Shapes
        The solids.
    blend : float
        Width of the fillet in mm.
    """

    parts: Sequence[Shape]
    blend: float = 8.0

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        each = np.array([part.bounds for part in self.parts])
        return tuple(
            (float(low), float(high)) for low, high in zip(each[:, :, 0].min(0), each[:, :, 1].max(0), strict=True)
        )

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        total = self.parts[0].distance(block)
        for part in self.parts[1:]:
            total = blended_minimum(total, part.distance(block), self.blend)
        return total


@dataclass(frozen=True)
class Difference:
    """A solid without others.

    Parameters
    ----------
    body : Shape
        The solid.
    cutters : sequence of Shapes
        What is taken away.
    blend : float
        Width of the rounded edge in mm.
    """

    body: Shape
    cutters: Sequence[Shape]
    blend: float = 6.0

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        return self.body.bounds

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        rest = -self.body.distance(block)
        for cutter in self.cutters:
            rest = blended_minimum(rest, cutter.distance(block), self.blend)
        return -rest


@dataclass(frozen=True)
class Rippled:
    """A solid with an uneven surface.

    Parameters
    ----------
    shape : Shape
        The solid.
    surface : SmoothField
        Displacement of its surface, in parts of ``ripple``.
    ripple : float
        Standard deviation of the displacement in mm.
    """

    shape: Shape
    surface: SmoothField
    ripple: float

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        return tuple((low - 2 * self.ripple, high + 2 * self.ripple) for low, high in self.shape.bounds)

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        return self.shape.distance(block) + np.float32(self.ripple) * self.surface.on(block.axes)


def blended_minimum(first: NDArray, second: NDArray, width: float) -> NDArray[np.float32]:
    """Return the smaller of two distances, with a fillet ``width`` mm wide where they meet."""
    if width <= 0:
        return np.minimum(first, second)
    share = np.clip((second - first) * np.float32(0.5 / width) + np.float32(0.5), 0, 1)
    return second + share * (first - second) - np.float32(width) * share * (1 - share)
