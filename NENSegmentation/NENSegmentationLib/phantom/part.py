"""A piece of anatomy and how it is painted into a tissue map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .fields import SmoothField
from .grid import Block
from .seeds import Seeds
from .shapes import Shape
from .tissues import CODES, codes_of

INSIDE_ABDOMEN = ("visceral_fat",)
BELOW_SKIN = ("fat", "muscle", "intermuscular_fat", "visceral_fat", "mediastinum")


@dataclass(frozen=True)
class Part:
    """A solid made of one tissue, or of layers of tissue from its surface inwards.

    Parameters
    ----------
    name : str
        Unique; it names the random stream of the part's surface.
    shape : Shape
        The solid in the anatomy's mm.
    layers : tuple of (str, float)
        Tissue and the depth (mm under the surface) at which it begins, outermost first.
    over : tuple of str
        Tissues or organs that the part displaces; everything else keeps its voxels.
    ripple : float
        Standard deviation in mm of the smooth random displacement of the surface.
    knots : float
        Length in mm over which that displacement changes.
    """

    name: str
    shape: Shape
    layers: tuple[tuple[str, float], ...]
    over: tuple[str, ...] = INSIDE_ABDOMEN
    ripple: float = 0.0
    knots: float = 30.0


class Painter:
    """Paints parts, each with its own surface, into tissue maps of any grid.

    Parameters
    ----------
    seeds : Seeds
        The patient's.
    parts : list of Parts
        In order of painting.
    """

    def __init__(self, seeds: Seeds, parts: list[Part]) -> None:
        self._parts = [(part, codes_of(*part.over), self._surface(seeds, part)) for part in parts]

    def paint(self, block: Block) -> NDArray[np.uint8]:
        """Return the tissue codes at voxel centres (anatomy's mm), shape (s, a, r)."""
        tissues = np.zeros(block.shape, np.uint8)
        for part, over, surface in self._parts:
            found = block.within(part.shape.bounds, margin=2 * part.ripple)
            if found is None:
                continue
            where, inside = found
            free = over[tissues[where]]
            if free.any():
                distance = part.shape.distance(inside)
                if surface is not None:
                    distance = distance + np.float32(part.ripple) * surface.on(inside.axes)
                for tissue, depth in part.layers:
                    tissues[where][free & (distance < -depth)] = CODES[tissue]
        return tissues

    @staticmethod
    def _surface(seeds: Seeds, part: Part) -> SmoothField | None:
        if not part.ripple:
            return None
        return SmoothField(seeds.stream("surface", part.name), part.shape.bounds, part.knots)
