"""Kidneys, renal pelves, ureters and bladder, and the prostate or uterus beside it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .build import Build, Variation
from .combined import Difference, Union
from .curves import smooth_line
from .part import INSIDE_ABDOMEN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, Point, Tube
from .tissues import URETER_STRETCHES

_FAT = ("visceral_fat", "perirenal_fat")
_SOFT = (*_FAT, "muscle", "intermuscular_fat")
_SIDES = (("right", 1, -84), ("left", -1, -66))


def urinary_parts(seeds: Seeds, build: Build) -> list[Part]:
    """Return the urinary tract and the inner genital organs."""
    bladder = _bladder(Variation(seeds, "pelvis"))
    parts = [Part("bladder", bladder, (("urinary_bladder", 0.0),), _SOFT, 1.2, 30.0)]
    vary = Variation(seeds, "kidneys")
    for side, x, s in _SIDES:
        centre = vary.point((x * 69, -55, s), 4)
        parts += _kidney(vary, side, x, centre)
        parts += _ureter(Variation(seeds, f"ureter {side}"), side, x, centre, bladder)
    genital = _prostate if build.sex == "M" else _uterus
    return [*parts, *genital(Variation(seeds, "genital organs"), build)]


def _kidney(vary: Variation, side: str, x: int, centre: Point) -> list[Part]:
    radii = vary.radii((33, 30, 56), 0.08)
    hilum = Ellipsoid((centre[0] - x * 29, centre[1] + 8, centre[2]), (17, 13, 20))
    turn = vary.turn((-18, x * 12, -x * 34), 4)
    kidney = Difference(Ellipsoid(centre, radii, turn), [hilum], 6.0)
    core = Ellipsoid(
        (centre[0] - x * 5, centre[1] + 2, centre[2]), (radii[0] * 0.5, radii[1] * 0.46, radii[2] * 0.6), turn
    )
    size = max(vary.number(1.0, 0.18), 0.7)
    sinus = Ellipsoid((centre[0] - x * 14, centre[1] + 4, centre[2]), (9 * size, 7 * size, 16 * size), turn)
    funnel = Tube(
        [_moved(centre, x, -14, 4, -2), _moved(centre, x, -27, 9, -8), _moved(centre, x, -33, 12, -22)],
        [7 * size, 5.5 * size, 3.2],
    )
    organ, over = f"kidney_{side}", (f"kidney_{side}",)
    return [
        Part(organ, kidney, (("perirenal_fat", -3.0), (organ, 0.0)), INSIDE_ABDOMEN, 1.8, 22.0),
        Part(f"medulla_{side}", core, ((f"{organ}_medulla", 0.0),), over, 2.5, 12.0),
        Part(f"pelvis_{side}", Union([sinus, funnel], 4.0), ((f"{organ}_pelvis", 0.0),), (*_SOFT, *over), 0.5),
    ]


def _ureter(vary: Variation, side: str, x: int, centre: Point, bladder: Ellipsoid) -> list[Part]:
    (r, a, s), (wide, deep, high) = bladder.centre, bladder.radii
    course = [
        (x * 34, -32, -150),
        (x * 37, -22, -200),
        (x * 42, -12, -244),
        (x * 47, -18, -284),
    ]
    line = [
        _moved(centre, x, -33, 12, -20),
        _moved(centre, x, -35, 14, -46),
        *vary.line(course, 3.5),
        (r + x * (0.75 * wide + 6), a - 0.6 * deep - 4, s + 0.2 * high),
        # Its end lies within the bladder, so that no gap is left between them.
        (r + x * 0.45 * wide, a - 0.55 * deep, s - 0.2 * high),
    ]
    fine, width = smooth_line(line, np.array([max(vary.number(2.7, 0.5), 2.0) for _ in line]), 5)
    cuts = np.linspace(0, len(fine) - 1, URETER_STRETCHES + 1).astype(int)
    over = (*_SOFT, "aorta", "inferior_vena_cava", "vessel", f"kidney_{side}")
    return [
        Part(
            f"ureter {side} {n}",
            Tube(fine[start : stop + 1], width[start : stop + 1]),
            ((f"ureter_{side}_{n}", 0.0),),
            over,
        )
        for n, (start, stop) in enumerate(pairwise(cuts))
    ]


def _bladder(vary: Variation) -> Ellipsoid:
    radius = float(np.cbrt(max(vary.number(140, 70), 48) * 750 / np.pi).round(4))
    centre = vary.point((0, -4, -328 + 0.3 * radius), 3)
    return Ellipsoid(centre, (radius * 1.1, radius * 1.08, radius * 0.84))


def _prostate(vary: Variation, build: Build) -> list[Part]:
    # The prostate grows with age.
    size = 0.82 + 0.003 * (build.age - 30)
    prostate = Ellipsoid(vary.point((0, -18, -352), 1.5), vary.radii(tuple(size * x for x in (20, 14, 16)), 0.12))
    return [Part("prostate", prostate, (("prostate", 0.0),), _SOFT, 1.0, 15.0)]


def _uterus(vary: Variation, build: Build) -> list[Part]:
    size = 0.78 if build.age > 55 else 1.0
    side = vary.number(0, 6)
    body = Ellipsoid(
        (side, -30, -284), vary.radii(tuple(size * x for x in (25, 19, 34)), 0.1), vary.turn((38, 0, 0), 10)
    )
    cervix = Tube([(side * 0.6, -38, -306), (0, -38, -336)], [12 * size, 10 * size])
    return [Part("uterus", Union([body, cervix], 8.0), (("uterus", 0.0),), _SOFT, 1.5, 18.0)]


def _moved(point: Point, x: int, outwards: float, forwards: float, upwards: float) -> Point:
    return (point[0] + x * outwards, point[1] + forwards, point[2] + upwards)
