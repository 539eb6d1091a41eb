"""Arms and thighs: their outlines and their bones."""

from __future__ import annotations

from .build import Build, Variation
from .combined import Union
from .part import BELOW_SKIN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, Point, Shape, Tube

_SIDES = (("right", 1), ("left", -1))


def limb_outlines(build: Build, fat: float) -> list[Shape]:
    """Return the outlines of arms and thighs.

    Parameters
    ----------
    build : Build
        The patient's.
    fat : float
        Thickness of the fat under the skin in mm; 0 for the muscle alone.
    """
    limbs: list[Shape] = []
    for _, x in _SIDES:
        if build.arms_up:
            line = [
                (x * 148, -26, 196),
                (x * 196, -14, 330),
                (x * 216, -2, 432),
                (x * 186, 20, 520),
                (x * 140, 40, 620),
            ]
            radii = [46 + fat, 38 + fat, 33 + 0.7 * fat, 30 + 0.5 * fat, 23 + 0.3 * fat]
        else:
            line = [
                (x * 168, -22, 212),
                (x * 204, -34, 70),
                (x * 212, -30, -40),
                (x * 208, -5, -180),
                (x * 196, 12, -280),
            ]
            radii = [44 + fat, 36 + fat, 34 + 0.7 * fat, 26 + 0.5 * fat, 22 + 0.3 * fat]
        limbs.append(Tube(line, radii))
        thigh = [(x * 84, -10, -345), (x * 88, -8, -430), (x * 84, -4, -700)]
        limbs.append(Tube(thigh, [70 + fat, 70 + fat, 54 + fat]))
    return limbs


def limb_bones(seeds: Seeds, build: Build) -> list[Part]:
    """Return femora, humeri and forearms."""
    vary = Variation(seeds, "limbs")
    parts = []
    for side, x in _SIDES:
        parts += _femur(vary, side, x)
        parts += _arm_up(side, x) if build.arms_up else _arm_down(side, x)
    return parts


def _femur(vary: Variation, side: str, x: int) -> list[Part]:
    thigh = vary.point((x * 98, -2, -540), 2)
    head = Ellipsoid((x * 93, -8, -328), (23.5, 23.5, 23.5))
    neck = Tube([(x * 93, -8, -328), (x * 128, -14, -352)], [13, 15])
    trochanter = Tube([(x * 134, -18, -338), (x * 130, -14, -375)], [13, 15])
    shaft = Tube([(x * 130, -14, -375), thigh, (thigh[0] * 0.95, 2, -700)], [14, 13, 13])
    return [
        _bone(f"femur_{side}", Union([head, neck, trochanter], 8.0), 3.0),
        _shaft(f"femur_{side}", shaft, 5.0),
    ]


def _arm_up(side: str, x: int) -> list[Part]:
    top = (x * 152, -26, 222)
    upper = Tube([top, (x * 194, -16, 330), (x * 214, -4, 428)], [12, 10.5, 13])
    lower = Tube([(x * 214, 0, 434), (x * 186, 20, 520), (x * 142, 40, 620)], [9, 7, 8])
    return _arm(side, top, upper, lower)


def _arm_down(side: str, x: int) -> list[Part]:
    top = (x * 164, -24, 216)
    upper = Tube([top, (x * 186, -32, 120), (x * 206, -34, -20)], [12, 10.5, 13])
    lower = Tube([(x * 207, -28, -32), (x * 204, -4, -180), (x * 196, 10, -285)], [9, 7, 8])
    return _arm(side, top, upper, lower)


def _arm(side: str, top: Point, upper: Shape, lower: Shape) -> list[Part]:
    return [
        _bone(f"humerus_{side}", Ellipsoid(top, (22, 22, 23)), 2.5),
        _shaft(f"humerus_{side}", upper, 3.5),
        Part(
            f"forearm_{side}",
            lower,
            ((f"forearm_{side}_cortex", 0.0), (f"forearm_{side}_marrow", 2.5)),
            BELOW_SKIN,
            0.8,
        ),
    ]


def _bone(organ: str, shape: Shape, cortex: float) -> Part:
    return Part(f"{organ} head", shape, ((f"{organ}_cortex", 0.0), (f"{organ}_marrow", cortex)), BELOW_SKIN, 0.8, 18.0)


def _shaft(organ: str, shape: Shape, cortex: float) -> Part:
    layers = ((f"{organ}_cortex", 0.0), (f"{organ}_fatty_marrow", cortex))
    return Part(f"{organ} shaft", shape, layers, BELOW_SKIN, 0.8, 18.0)
