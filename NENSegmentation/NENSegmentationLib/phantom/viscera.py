"""Organs of abdomen and pelvis.

Places and sizes follow the medians over real organ maps (autoPET III's PSMA cases): liver 1500 mL, spleen 165 mL, both
kidneys 325 mL, stomach 240 mL, bladder 125 mL, and their distances from the liver's middle.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .build import Build, Variation
from .combined import Difference, Union
from .part import INSIDE_ABDOMEN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, HalfSpace, Point, Shape, Tube
from .tissues import BOWEL_LOOPS, COLON_STRETCHES


def viscera_parts(seeds: Seeds, build: Build) -> list[Part]:
    """Return the abdominal and pelvic organs, those that keep their place first."""
    parts = [*_upper(seeds), *_kidneys(seeds), *_pelvis(seeds, build), *_stomach(seeds)]
    return [*parts, *_colon(seeds), *_small_bowel(seeds)]


def _upper(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "upper abdomen")
    spleen = Difference(
        Ellipsoid(vary.point((-109, -50, 2), 4), vary.radii((38, 48, 58), 0.08), vary.turn((-18, 14, 18))),
        [Ellipsoid((-82, -22, -4), (32, 40, 60), (-18, 10, 20))],
        8.0,
    )
    gallbladder = Ellipsoid(vary.point((56, 42, -50), 4), vary.radii((14, 24, 15), 0.15), (28, 0, 0))
    pancreas = vary.line([(-92, -36, 2), (-62, -12, -18), (-24, 10, -34), (4, 18, -48), (22, 14, -62)], 3)
    head = Union([Ellipsoid(pancreas[-1], (15, 13, 19)), Ellipsoid((12, 4, -82), (12, 9, 13))], 6.0)
    parts = [
        Part("gallbladder", gallbladder, (("gallbladder", 0.0),), INSIDE_ABDOMEN, 1.0, 15.0),
        Part("liver", _liver(vary), (("liver", 0.0),), INSIDE_ABDOMEN, 3.0, 40.0),
        Part("spleen", spleen, (("spleen", 0.0),), INSIDE_ABDOMEN, 2.5, 30.0),
        Part("pancreas head", head, (("pancreas_head", 0.0),), INSIDE_ABDOMEN, 1.8, 10.0),
        Part("pancreas", Tube(pancreas, [8, 9.5, 8.5, 9, 12]), (("pancreas", 0.0),), INSIDE_ABDOMEN, 1.8, 10.0),
    ]
    adrenals = {
        "right": [(30, -44, -2), (34, -50, -16), (40, -56, -32)],
        "left": [(-34, -30, -8), (-36, -40, -22), (-44, -48, -38)],
    }
    for side, line in adrenals.items():
        limb = (line[1][0] * 1.35, line[1][1] + 10, line[2][2])
        shape = Union([Tube(vary.line(line, 1.5), [3.5, 5.0, 4.2]), Tube([line[1], limb], [4.8, 3.5])], 2.0)
        parts.append(Part(f"adrenal_{side}", shape, ((f"adrenal_gland_{side}", 0.0),), ("visceral_fat", "liver")))
    return parts


def _liver(vary: Variation) -> Shape:
    size = vary.number(0.945, 0.035)
    right = Ellipsoid(vary.point((82, -6, -4), 3), tuple(x * size for x in (77, 92, 90)), vary.turn((0, 6, 0), 3))
    reach = vary.number(-72, 16)
    left = Tube(
        [(60, 30, 24), (4, 42, 14), (reach * 0.6, 46, 18), (reach, 40, 26)], [52 * size, 41 * size, 28 * size, 9]
    )
    # The under surface rises towards the left: a plane makes the wedge, ellipsoids the beds of kidney and stomach.
    under = HalfSpace((0, 0, vary.number(-20, 5)), (0.5, 0.3, 1.0))
    kidney = Ellipsoid((50, -72, -80), (42, 44, 62))
    hilum = Ellipsoid((8, -18, -48), (52, 46, 52))
    gallbladder_bed = Ellipsoid((56, 44, -56), (15, 24, 16), (28, 0, 0))
    return Difference(Union([right, left], 24.0), [under, kidney, hilum, gallbladder_bed], 14.0)


def _kidneys(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "kidneys")
    parts = []
    for side, x, s in (("right", 1, -84), ("left", -1, -66)):
        centre = vary.point((x * 64, -58, s), 3)
        radii = vary.radii((31, 28, 59), 0.06)
        hilum = Ellipsoid((centre[0] - x * 27, centre[1] + 8, centre[2]), (17, 13, 20))
        turn = vary.turn((-10, x * 12, -x * 24), 3)
        kidney = Difference(Ellipsoid(centre, radii, turn), [hilum], 6.0)
        core = Ellipsoid(
            (centre[0] - x * 5, centre[1] + 2, centre[2]), (radii[0] * 0.5, radii[1] * 0.46, radii[2] * 0.6), turn
        )
        sinus = Ellipsoid((centre[0] - x * 14, centre[1] + 4, centre[2]), (9, 7, 17), turn)
        organ, over = f"kidney_{side}", (f"kidney_{side}",)
        parts += [
            Part(organ, kidney, ((organ, 0.0),), INSIDE_ABDOMEN, 1.8, 22.0),
            Part(f"medulla_{side}", core, ((f"{organ}_medulla", 0.0),), over, 2.5, 12.0),
            Part(f"pelvis_{side}", sinus, ((f"{organ}_pelvis", 0.0),), (*INSIDE_ABDOMEN, *over), 1.0, 12.0),
        ]
    return parts


def _pelvis(seeds: Seeds, build: Build) -> list[Part]:
    vary = Variation(seeds, "pelvis")
    radius = (max(vary.number(115, 55), 30) * 750 / np.pi) ** (1 / 3)
    bladder = Ellipsoid(vary.point((0, -6, -328 + 0.3 * radius), 3), (radius * 1.18, radius * 1.02, radius * 0.84))
    parts = [Part("bladder", bladder, (("urinary_bladder", 0.0),), ("visceral_fat", "muscle"), 1.5, 30.0)]
    if build.sex == "M":
        prostate = Ellipsoid(vary.point((0, -18, -350), 1.5), vary.radii((20, 14, 16), 0.12))
        parts.append(Part("prostate", prostate, (("prostate", 0.0),), ("visceral_fat", "muscle"), 1.0, 15.0))
    return parts


def _stomach(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "stomach")
    line = vary.line([(-74, -22, 40), (-76, 4, 16), (-70, 28, -18), (-44, 46, -48), (-8, 48, -58), (22, 40, -54)], 3)
    size = vary.number(1.0, 0.12)
    stomach = Tube(line, [size * x for x in (33, 33, 27, 22, 17, 11)])
    gas = Ellipsoid((line[1][0], line[1][1] + 12, line[1][2] + 10), (16, 8, 20))
    loop = vary.line([(24, 40, -54), (42, 24, -64), (44, 4, -92), (32, -6, -116), (2, -6, -120), (-26, 4, -104)], 2)
    return [
        Part("stomach", stomach, (("stomach_wall", 0.0), ("stomach_lumen", 6.5)), INSIDE_ABDOMEN, 2.5, 22.0),
        Part("stomach gas", gas, (("stomach_gas", 0.0),), ("stomach_lumen",), 1.5, 15.0),
        Part("duodenum", Tube(loop, [12, 12, 12, 11.5, 11, 10.5]), (("duodenum", 0.0),), INSIDE_ABDOMEN, 1.5, 12.0),
    ]


def _colon(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "colon")
    sag = vary.number(-120, 18)
    line = vary.line(
        [
            (92, 20, -252), (104, 0, -205), (106, -12, -150), (98, 4, -108), (70, 56, sag + 6), (10, 70, sag - 16),
            (-55, 62, sag + 8), (-98, 10, -52), (-116, -30, -58), (-114, -38, -130), (-108, -30, -210),
            (-84, 8, -262), (-46, 24, -292), (-12, -12, -282), (2, -52, -292), (0, -66, -330),
        ],
        4,
    )  # fmt: skip
    radii = np.interp(np.arange(len(line)), [0, 3, 8, 12, 15], [25, 22, 17, 15, 18]) * vary.number(1.0, 0.08)
    fine, width = _spline(line, radii, 4)
    cuts = np.linspace(0, len(fine) - 1, COLON_STRETCHES + 1).astype(int)
    parts = []
    for n, (start, stop) in enumerate(pairwise(cuts)):
        stretch, layers = slice(start, stop + 1), ((f"colon_{n}", 0.0),)
        parts.append(Part(f"colon {n}", Tube(fine[stretch], width[stretch]), layers, INSIDE_ABDOMEN, 3.0, 13.0))
    for n in range(6):
        at = int(vary.random.integers(2, len(fine) - 8))
        gas = Tube([(r, a + 4, s) for r, a, s in fine[at : at + 4]], width[at : at + 4] * 0.5)
        parts.append(Part(f"colon gas {n}", gas, (("colon_gas", 0.0),), ("colon",), 2.0, 10.0))
    return parts


def _small_bowel(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "small bowel")
    line = _loops(vary.random)
    fine, width = _spline(line, np.full(len(line), 12.5), 4)
    width = width * (1 + 0.12 * np.clip(vary.random.standard_normal(len(width)), -2, 2))
    cuts = np.linspace(0, len(fine) - 1, BOWEL_LOOPS + 1).astype(int)
    parts = []
    for n, (start, stop) in enumerate(pairwise(cuts)):
        shape = Tube(fine[start : stop + 1], width[start : stop + 1])
        parts.append(Part(f"small bowel {n}", shape, ((f"small_bowel_{n}", 0.0),), INSIDE_ABDOMEN, 1.5, 10.0))
    return parts


def _loops(random: np.random.Generator, count: int = 58) -> list[Point]:
    """Return a line that winds through the middle of the abdomen without coming back to where it has just been."""
    low, high = np.array((-92.0, -8.0, -272.0)), np.array((84.0, 74.0, -118.0))
    centre, half = (low + high) / 2, (high - low) / 2
    points = [np.array((-34.0, 12.0, -112.0))]
    while len(points) < count:
        tries = points[-1] + random.standard_normal((24, 3)) * (30.0, 22.0, 24.0)
        outside = np.clip((((tries - centre) / half) ** 2).sum(axis=1) - 1, 0, None)
        apart = np.linalg.norm(tries[:, None] - np.array(points)[None], axis=2)
        crowded = np.clip(27.0 - apart[:, :-1], 0, None).sum(axis=1) if len(points) > 1 else 0.0
        # The bowel drifts from the upper left to the lower right of the abdomen.
        aim = np.array((-50 + 100 * len(points) / count, 30, -130 - 120 * len(points) / count))
        astray = np.linalg.norm((tries - aim) / (110, 60, 80), axis=1)
        stretch = np.abs(np.linalg.norm(tries - points[-1], axis=1) - 34.0)
        points.append(tries[np.argmin(60 * outside + 1.2 * crowded + 12 * astray + 0.6 * stretch)])
    return [tuple(float(x) for x in point) for point in points]


def _spline(line: list[Point], radii: np.ndarray, steps: int) -> tuple[list[Point], np.ndarray]:
    """Return a smooth (Catmull-Rom) line through points, and the radius at each of its points."""
    control = np.column_stack([np.array(line), radii])
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    t = (np.arange(steps) / steps)[:, None]
    pieces = [
        p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * p1 - p0 - 3 * p2 + p3)))
        for p0, p1, p2, p3 in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True)
    ]
    smooth = np.vstack([*pieces, control[-1:]])
    return [tuple(float(x) for x in row[:3]) for row in smooth], np.maximum(smooth[:, 3], 3.0)
