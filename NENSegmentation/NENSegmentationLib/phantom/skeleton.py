"""Spine, pelvis, shoulder girdle and breastbone (ribs: `ribs`, long bones: `limbs`, skull: `head`)."""

from __future__ import annotations

import numpy as np

from .build import Build, Variation
from .combined import Difference, Union
from .part import BELOW_SKIN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, Shape, Tube
from .tissues import VERTEBRAE

_CURVE = np.array(  # s, a: middle of the vertebral bodies
    [
        (-330, -92), (-260, -82), (-225, -62), (-180, -48), (-134, -46), (-80, -52), (-20, -64), (60, -77),
        (130, -82), (200, -74), (250, -58), (290, -44), (330, -36), (380, -34),
    ],
    float,
)  # fmt: skip

_OVER = (*BELOW_SKIN, "lung_left", "lung_right", "airway")


def skeleton_parts(seeds: Seeds, build: Build) -> list[Part]:
    """Return the bones of the trunk."""
    vary = Variation(seeds, "skeleton")
    return [*_spine(vary), *_pelvis(vary), *_girdle(vary, build)]


def _bone(organ: str, shape: Shape, cortex: float = 2.5, name: str = "", over: tuple[str, ...] = _OVER) -> Part:
    layers = ((f"{organ}_cortex", 0.0), (f"{organ}_marrow", cortex))
    return Part(name or organ, shape, layers, over, 0.8, 18.0)


def _spine(vary: Variation) -> list[Part]:
    bend = vary.number(0.0, 4.0)
    parts, s = [], -225.0
    for index, name in enumerate(VERTEBRAE):
        pitch = 36.0 - 0.5 * index if index < 5 else (30.0 - 0.75 * (index - 5) if index < 17 else 15.5)
        size = max(1.0 - 0.026 * index, 0.45)
        middle = s + pitch / 2
        # A slight sideways bend, as most spines have.
        r = bend * (1 - ((middle - 60) / 300) ** 2)
        a = float(np.interp(middle, *_CURVE.T))
        parts.append(_bone(f"vertebrae_{name}", _vertebra((r, a, middle), pitch, size), 1.8))
        s += pitch
    cord = [(bend * (1 - ((s - 60) / 300) ** 2), a - 25.0 * (1 - 0.0006 * (s + 225)), s) for s, a in _CURVE if s > -120]
    canal = Part(
        "spinal cord", Tube(cord, 5.5), (("spinal_cord", 0.0),), (*_OVER, *(f"vertebrae_{n}" for n in VERTEBRAE))
    )
    column = [(bend * (1 - ((s - 60) / 300) ** 2), float(a), float(s)) for s, a in _CURVE if -235 < s < 340]
    discs = Tube(column, [float(np.interp(s, (-230, 330), (21, 10))) for _, _, s in column])
    return [*parts, canal, Part("discs", discs, (("disc", 0.0),), BELOW_SKIN)]


def _vertebra(middle: tuple[float, float, float], pitch: float, size: float) -> Shape:
    r, a, s = middle
    body = Ellipsoid((r, a, s), (25 * size, 17.5 * size, pitch / 2 - 2.2), power=4)
    arch_a, spine_a = a - 27 * size, a - 52 * size
    transverse = Tube(
        [(r - 34 * size, arch_a, s), (r, arch_a - 6, s), (r + 34 * size, arch_a, s)], [4.5, 7 * size, 4.5]
    )
    process = Tube([(r, arch_a - 4, s - 1), (r, spine_a, s - pitch * 0.35)], [5.0, 4.0])
    pedicles = [
        Tube([(r + x * 12 * size, a - 10 * size, s + 3), (r + x * 15 * size, arch_a, s + 1)], 4.0) for x in (-1, 1)
    ]
    return Union([body, transverse, process, *pedicles], 2.0)


def _pelvis(vary: Variation) -> list[Part]:
    sacrum = Union(
        [
            Ellipsoid(vary.point((0, -68, -243), 1), (48, 17, 24), vary.turn((18, 0, 0), 2)),
            Ellipsoid((0, -88, -278), (36, 14, 28), vary.turn((28, 0, 0), 2)),
            Ellipsoid(vary.point((0, -96, -318), 2), (15, 9, 26), vary.turn((-8, 0, 0), 4)),
        ],
        10.0,
    )
    parts = [_bone("sacrum", sacrum, 2.0)]
    for side, x in (("right", 1), ("left", -1)):
        wing = Difference(
            Ellipsoid((x * 84, -28, -238), (26, 64, 58), (0, -x * 24, x * 22)),
            [Ellipsoid((x * 66, -16, -228), (26, 62, 60), (0, -x * 24, x * 22))],
            3.0,
        )
        socket = Difference(
            Ellipsoid((x * 84, -12, -322), (32, 32, 34)), [Ellipsoid((x * 93, -8, -328), (27, 27, 27))], 3.0
        )
        pubis = Tube([(x * 76, 4, -318), (x * 45, 32, -338), (x * 9, 40, -352)], [10, 8, 11])
        branch = Tube([(x * 10, 38, -358), (x * 34, 12, -382), (x * 50, -22, -390)], [8, 6, 10])
        seat = Tube([(x * 74, -36, -322), (x * 58, -42, -360), (x * 50, -24, -390)], [13, 13, 13])
        column = Tube([(x * 72, -34, -270), (x * 80, -20, -300)], [13, 16])
        parts.append(_bone(f"hip_{side}", Union([wing, socket, pubis, branch, seat, column], 6.0), 2.2))
    return parts


def _girdle(vary: Variation, build: Build) -> list[Part]:
    parts = [
        _bone("sternum", Tube([(0, 74, 170), (0, 88, 122), (0, 95, 60)], [11, 9, 8]), 2.0),
    ]
    for side, x in (("right", 1), ("left", -1)):
        if build.arms_up:
            # Raising the arm lifts the end of the collar bone and turns the blade outwards.
            ends, blade_at, turn = [(x * 16, 62, 196), (x * 70, 40, 228), (x * 128, -14, 252)], (x * 116, -98, 172), -40
            spine = [(x * 98, -104, 205), (x * 140, -44, 244)]
        else:
            ends, blade_at, turn = (
                [(x * 16, 62, 196), (x * 75, 46, 218), (x * 145, -14, 240)],
                (x * 102, -106, 168),
                -24,
            )
            spine = [(x * 80, -108, 205), (x * 150, -46, 232)]
        collar = Tube(vary.line(ends, 2), [8, 6, 7])
        blade = Union([Ellipsoid(blade_at, (46, 4.5, 62), (0, x * 12, x * turn)), Tube(spine, [7, 8])], 5.0)
        parts += [_bone(f"clavicula_{side}", collar, 2.0), _bone(f"scapula_{side}", blade, 2.0)]
    return parts
