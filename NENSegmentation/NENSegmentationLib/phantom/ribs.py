"""Twelve pairs of ribs and their cartilages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .build import Variation
from .fields import Bounds
from .grid import Block
from .part import Part
from .seeds import Seeds
from .shapes import Point, Shape, Stack, Tube

_OVER = ("muscle", "intermuscular_fat")
# Of each pair from the first: height of its vertebra, of the end of its bone, and the angle around the chest at which
# the bone ends (degrees, -90 at the spine, 90 at the breastbone).
_RIBS = (
    (246, 178, 62), (226, 160, 62), (204, 134, 60), (181, 108, 58), (157, 82, 56), (132, 54, 54), (106, 26, 50),
    (80, 0, 42), (53, -26, 32), (25, -50, 20), (-4, -64, -14), (-34, -74, -44),
)  # fmt: skip
# Heights at which the cartilages of the first seven reach the breastbone; those of the next three join the seventh's.
_JOINTS = (172, 156, 134, 114, 97, 82, 70)
_OFF_CHEST_MM, _HALF_THICKNESS_MM = 5.5, 3.4


@dataclass(frozen=True)
class Cage:
    """Bars that lie flat on the chest.

    Parameters
    ----------
    chest : Shape
        What they lie on.
    bars : sequence of Tubes
        The bars; thicker than they are deep.
    """

    chest: Shape
    bars: tuple[Tube, ...]

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        each = np.array([bar.bounds for bar in self.bars])
        low, high = each[:, :, 0].min(axis=0), each[:, :, 1].max(axis=0)
        return tuple((float(x), float(y)) for x, y in zip(low, high, strict=True))

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        nearest = np.full(block.shape, 1000.0, np.float32)
        for bar in self.bars:
            found = block.within(bar.bounds)
            if found is not None:
                where, part = found
                np.minimum(nearest[where], bar.distance(part), out=nearest[where])
        layer = np.abs(self.chest.distance(block) - np.float32(_OFF_CHEST_MM)) - np.float32(_HALF_THICKNESS_MM)
        return np.maximum(nearest, layer)


def rib_parts(seeds: Seeds, chest: Stack) -> list[Part]:
    """Return the ribs and the cartilages that join them to the breastbone."""
    vary = Variation(seeds, "ribs")
    bones, cartilages = [], []
    shift = vary.number(0.0, 3.0)
    ends = []
    for height, end, angle in _RIBS:
        # The first quarter falls more slowly than the rest.
        turn = np.linspace(-78, angle + vary.number(0, 2), 10)
        along = (turn + 78) / (turn[-1] + 78)
        s = height + shift + (end - height) * along * (0.55 + 0.45 * along)
        line = _around(chest, turn, s)
        bones.append(line)
        ends.append(line[-1])
    for n, end in enumerate(ends[:10]):
        joint = _around(chest, np.array([84.0]), np.array([_JOINTS[min(n, 6)] + shift]))[0]
        goal = joint if n < 7 else ends[n - 1]
        cartilages.append(_bowed(chest, end, goal))
    both = [(tuple(_sided(line, x) for line in lines for x in (1, -1))) for lines in (bones, cartilages)]
    shapes = [
        Cage(chest, tuple(Tube(line, width) for line in lines)) for lines, width in zip(both, (6.3, 5.8), strict=True)
    ]
    return [
        Part("ribs", shapes[0], (("ribs_cortex", 0.0), ("ribs_marrow", 1.5)), _OVER),
        Part("cartilages", shapes[1], (("costal_cartilage", 0.0),), _OVER),
    ]


def _around(chest: Stack, turn: NDArray[np.float64], s: NDArray[np.float64]) -> list[Point]:
    """Return points on the right half of the chest, by angle (degrees) and height."""
    half, front, back = chest.section(s)
    sine, cosine = np.sin(np.radians(turn)), np.cos(np.radians(turn))
    # The section is a superellipse of power 2.5. Rounded, so that the last digit of a machine's power matters nowhere.
    r = (half + _OFF_CHEST_MM) * np.abs(cosine) ** 0.8
    a = (front + back) / 2 + ((front - back) / 2 + _OFF_CHEST_MM) * np.sign(sine) * np.abs(sine) ** 0.8
    return [tuple(float(x) for x in point) for point in np.column_stack([r, a, s]).round(4)]


def _bowed(chest: Stack, start: Point, goal: Point) -> list[Point]:
    """Return a line from the end of a rib to its goal, pulled onto the chest."""
    middle_s = 0.6 * start[2] + 0.4 * goal[2]
    half, front, back = (float(x[0]) for x in chest.section(np.array([middle_s])))
    middle_r = (start[0] + goal[0]) / 2
    depth = (front - back) / 2 + _OFF_CHEST_MM
    share = max(1 - (middle_r / (half + _OFF_CHEST_MM)) ** 2.5, 0.0) ** 0.4
    return [start, (middle_r, round((front + back) / 2 + depth * share, 4), middle_s), goal]


def _sided(line: list[Point], x: int) -> list[Point]:
    return [(x * r, a, s) for r, a, s in line]
