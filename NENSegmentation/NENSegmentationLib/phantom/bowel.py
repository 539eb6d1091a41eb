"""Stomach, duodenum, small bowel and colon."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .build import Variation
from .curves import smooth_line
from .part import INSIDE_ABDOMEN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, Point, Tube
from .tissues import BOWEL_LOOPS, COLON_STRETCHES


def bowel_parts(seeds: Seeds) -> list[Part]:
    """Return colon and small bowel, which fill what the other organs leave."""
    return [*_colon(seeds), *_small_bowel(seeds)]


def stomach_parts(seeds: Seeds) -> list[Part]:
    """Return stomach and duodenum."""
    vary = Variation(seeds, "stomach")
    line = vary.line([(-74, -18, 38), (-78, 8, 18), (-72, 34, -10), (-46, 52, -40), (-8, 52, -54), (22, 42, -54)], 5)
    size = vary.number(0.88, 0.14)
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
    sag, swing = vary.number(-118, 26), vary.number(0, 18)
    line = vary.line(
        [
            (92, 20, -252), (104, 0, -205), (106, -12, -150), (98, 4, -108), (70, 56, sag + 6), (10, 70, sag - 16),
            (-55, 62, sag + 8), (-98, 10, -52), (-116, -30, -58), (-114, -38, -130), (-108, -30, -210),
            (-84, 8, -262), (-46 + swing, 26, -286), (-6 + swing, -8, -272 + 0.5 * swing),
            (2, -52, -292), (0, -66, -330),
        ],
        6,
    )  # fmt: skip
    radii = np.interp(np.arange(len(line)), [0, 3, 8, 12, 15], [25, 22, 17, 15, 18]) * vary.number(1.0, 0.08)
    fine, width = smooth_line(line, radii, 4)
    cuts = np.linspace(0, len(fine) - 1, COLON_STRETCHES + 1).astype(int)
    parts = []
    for n, (start, stop) in enumerate(pairwise(cuts)):
        stretch, layers = slice(start, stop + 1), ((f"colon_{n}", 0.0), ("colon_content", 4.0))
        parts.append(Part(f"colon {n}", Tube(fine[stretch], width[stretch]), layers, INSIDE_ABDOMEN, 3.0, 13.0))
    for n in range(7):
        at = int(vary.random.integers(2, len(fine) - 8))
        gas = Tube([(r, a + 5, s) for r, a, s in fine[at : at + 4]], width[at : at + 4] * 0.62)
        parts.append(Part(f"colon gas {n}", gas, (("colon_gas", 0.0),), ("colon_content",), 2.0, 10.0))
    return parts


def _small_bowel(seeds: Seeds) -> list[Part]:
    vary = Variation(seeds, "small bowel")
    line = _loops(vary.random)
    fine, width = smooth_line(line, np.full(len(line), 12.5), 4)
    width = width * (1 + 0.12 * np.clip(vary.random.standard_normal(len(width)), -2, 2))
    cuts = np.linspace(0, len(fine) - 1, BOWEL_LOOPS + 1).astype(int)
    parts = []
    for n, (start, stop) in enumerate(pairwise(cuts)):
        shape = Tube(fine[start : stop + 1], width[start : stop + 1])
        parts.append(Part(f"small bowel {n}", shape, ((f"small_bowel_{n}", 0.0),), INSIDE_ABDOMEN, 1.5, 10.0))
    for n in range(5):
        at = int(vary.random.integers(2, len(fine) - 4))
        gas = Tube([(r, a + 4, s) for r, a, s in fine[at : at + 3]], 5.0)
        parts.append(Part(f"small bowel gas {n}", gas, (("small_bowel_gas", 0.0),), ("small_bowel",), 1.5, 8.0))
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
