"""The patient as a person: sex, age, height, weight, and how one differs from the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .seeds import Seeds
from .shapes import Point

_NORMAL_HEIGHT_M = 1.74
# Share of patients who hold their arms up (assumed).
_ARMS_UP = 0.7


@dataclass(frozen=True)
class Build:
    """Size and shape of a patient.

    The anatomy is written in the millimetres of a person of 1.74 m, with its origin at the height of the liver's
    middle; ``breadth`` and ``length`` take it to the patient's millimetres.

    Parameters
    ----------
    sex : str
        ``"F"`` or ``"M"``.
    age : int
        Years.
    height_m, weight_kg : float
        Height and weight.
    fat_mm : float
        Thickness of the fat under the skin of the abdomen, in the anatomy's millimetres.
    arms_up : bool
        Arms beside the head (as most patients are scanned) or beside the trunk.
    """

    sex: str
    age: int
    height_m: float
    weight_kg: float
    fat_mm: float
    arms_up: bool = True

    @classmethod
    def drawn(cls, seeds: Seeds, sex: str = "") -> Build:
        """Draw an adult; ranges of age, height and body mass index are assumed.

        Parameters
        ----------
        seeds : Seeds
            The patient's.
        sex : str
            ``"F"`` or ``"M"``; drawn if it is empty.
        """
        random = seeds.stream("build")
        drawn = "F" if random.random() < 0.5 else "M"
        sex = sex or drawn
        age = int(np.clip(random.normal(63, 10), 30, 88))
        height = float(np.clip(random.normal(1.66 if sex == "F" else 1.78, 0.06), 1.5, 1.92))
        index = float(np.clip(random.normal(25.5, 3.2), 19.0, 33.0))
        height, weight = round(height, 2), round(index * round(height, 2) ** 2, 1)
        fat = float(np.clip(6 + 1.6 * (index - 20), 5, 27))
        return cls(sex, age, height, weight, fat, arms_up=bool(seeds.stream("arms").random() < _ARMS_UP))

    @property
    def length(self) -> float:
        """Patient mm for one mm of the anatomy, along s."""
        return self.height_m / _NORMAL_HEIGHT_M

    @property
    def breadth(self) -> float:
        """Patient mm for one mm of the anatomy, along r and a."""
        return (0.95 if self.sex == "F" else 1.0) * (0.5 + 0.5 * self.length)


class Variation:
    """How an organ of this patient differs from the normal one.

    Parameters
    ----------
    seeds : Seeds
        The patient's.
    organ : str
        Whose stream to draw from.
    """

    def __init__(self, seeds: Seeds, organ: str) -> None:
        self._random = seeds.stream("anatomy", organ)

    def number(self, mean: float, sd: float) -> float:
        """Draw a normal number within two SD."""
        return mean + sd * float(np.clip(self._random.standard_normal(), -2, 2))

    def point(self, normal: Point, sd: float) -> Point:
        """Draw a point near a normal one (mm)."""
        return tuple(self.number(x, sd) for x in normal)

    def line(self, normal: list[Point], sd: float) -> list[Point]:
        """Draw each point of a line."""
        return [self.point(point, sd) for point in normal]

    def radii(self, normal: tuple[float, float, float], sd: float) -> tuple[float, float, float]:
        """Draw the half axes of an organ: a common factor (relative SD) and a smaller one for each axis."""
        common = self.number(1.0, sd)
        return tuple(x * common * self.number(1.0, sd / 2) for x in normal)

    def turn(self, normal: tuple[float, float, float], sd: float = 5.0) -> tuple[float, float, float]:
        """Draw angles (degrees)."""
        return tuple(self.number(x, sd) for x in normal)

    @property
    def random(self) -> np.random.Generator:
        """The stream itself."""
        return self._random
