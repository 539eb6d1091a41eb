"""Spine, pelvis, long bones, shoulder girdle and breastbone (ribs: `trunk`, skull: `head`)."""

from __future__ import annotations

import numpy as np

from .build import Variation
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


def skeleton_parts(seeds: Seeds) -> list[Part]:
    """Return the bones of trunk and limbs."""
    vary = Variation(seeds, "skeleton")
    return [*_spine(vary), *_pelvis(vary), *_limbs(vary), *_girdle(vary)]


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
    return [*parts, canal]


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


def _limbs(vary: Variation) -> list[Part]:
    parts = []
    for side, x in (("right", 1), ("left", -1)):
        thigh = vary.point((x * 98, -2, -540), 2)
        head = Ellipsoid((x * 93, -8, -328), (23.5, 23.5, 23.5))
        neck = Tube([(x * 93, -8, -328), (x * 128, -14, -352)], [13, 15])
        trochanter = Tube([(x * 134, -18, -338), (x * 130, -14, -375)], [13, 15])
        shaft = Tube([(x * 130, -14, -375), thigh, (thigh[0] * 0.95, 2, -700)], [15, 13, 13])
        parts.append(_bone(f"femur_{side}", Union([head, neck, trochanter, shaft], 8.0), 4.5))
        arm = [(x * 164, -24, 216), (x * 186, -32, 120), (x * 206, -34, -20)]
        upper = Union([Ellipsoid(arm[0], (22, 22, 23)), Tube(arm, [12, 10.5, 13])], 8.0)
        forearm = Tube([(x * 207, -28, -32), (x * 204, -4, -180), (x * 196, 10, -285)], [9, 7, 8])
        parts += [_bone(f"humerus_{side}", upper, 3.0), _bone(f"humerus_{side}", forearm, 2.5, f"forearm_{side}")]
    return parts


def _girdle(vary: Variation) -> list[Part]:
    parts = [
        _bone("sternum", Tube([(0, 74, 168), (0, 88, 120), (0, 95, 60)], [11, 9, 8]), 2.0),
    ]
    for side, x in (("right", 1), ("left", -1)):
        collar = Tube(vary.line([(x * 16, 62, 196), (x * 75, 46, 218), (x * 145, -14, 240)], 2), [8, 6, 7])
        blade = Union(
            [
                Ellipsoid((x * 102, -106, 168), (46, 4.5, 62), (0, x * 12, -x * 24)),
                Tube([(x * 80, -108, 205), (x * 150, -46, 232)], [7, 8]),
            ],
            5.0,
        )
        parts += [_bone(f"clavicula_{side}", collar, 2.0), _bone(f"scapula_{side}", blade, 2.0)]
    return parts
