"""Body outline, muscles, limbs, lungs, heart and great vessels, and the table under them.

Figures are millimetres of the normal anatomy (origin: midline, height of the liver's middle). They were set by eye to
textbook proportions; where the real organ maps of autoPET III gave centroids and extents, to those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .build import Build, Variation
from .combined import Difference, Union
from .fields import Bounds
from .grid import Block
from .part import BELOW_SKIN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, HalfSpace, Shape, Stack, Tube

_LEAN = np.array(  # s, half width, front, back: without the fat under the skin
    [
        (-415, 150, 66, -102), (-350, 168, 85, -112), (-300, 170, 92, -114), (-240, 158, 95, -106),
        (-180, 147, 97, -101), (-110, 150, 101, -99), (-40, 161, 107, -103), (20, 167, 111, -107),
        (80, 167, 111, -111), (130, 163, 105, -115), (175, 163, 92, -114), (210, 162, 72, -108),
        (235, 138, 54, -97), (258, 84, 37, -86), (280, 60, 32, -79), (310, 56, 29, -74), (350, 54, 26, -72),
    ],
    float,
)  # fmt: skip

_FAT = np.array(  # s, share of the abdominal fat at the sides, in front, at the back
    [
        (-415, 0.9, 0.7, 1.0), (-330, 1.1, 0.9, 1.2), (-240, 1.2, 1.0, 0.9), (-110, 1.0, 1.0, 0.7),
        (20, 0.7, 0.7, 0.6), (130, 0.6, 0.8, 0.6), (235, 0.4, 0.4, 0.5), (280, 0.3, 0.25, 0.4), (350, 0.2, 0.2, 0.3),
    ],
    float,
)  # fmt: skip

_CAVITY = np.array(  # s, half width, front, back: what ribs, diaphragm and abdominal wall enclose
    [
        (-348, 55, 12, -62), (-315, 92, 42, -86), (-262, 116, 78, -80), (-200, 128, 83, -74), (-140, 133, 87, -78),
        (-70, 143, 92, -87), (0, 148, 93, -93), (60, 147, 92, -97), (120, 137, 82, -99), (165, 116, 66, -97),
        (200, 82, 42, -88), (226, 50, 12, -76), (243, 22, -8, -66),
    ],
    float,
)  # fmt: skip


def outline_parts(seeds: Seeds, build: Build) -> list[Part]:
    """Return what everything else lies in: table, skin and fat, muscle, the cavity of chest and abdomen."""
    vary = Variation(seeds, "outline")
    lean = _LEAN.copy()
    lean[:, 1] *= vary.number(1.0, 0.02)
    lean[:, 2] *= vary.number(1.0, 0.03)
    skin = np.column_stack([lean[:, 0], *_thickened(lean, build.fat_mm)])
    limbs = _limbs(build.fat_mm * 0.6), _limbs(0.0)
    under_back = float(skin[:, 3].min()) - 4.0
    return [
        Part("table", _Table(under_back), (("table_shell", 0.0), ("table_foam", 2.5)), ("air",)),
        Part("fat", Union([Stack(skin), *limbs[0]], 25.0), (("fat", 0.0),), ("air",), 2.0, 70.0),
        Part("muscle", Union([Stack(lean), *limbs[1]], 15.0), (("muscle", 0.0),), ("fat",), 2.0, 40.0),
        Part("cavity", Stack(_CAVITY), (("visceral_fat", 0.0),), ("muscle",), 2.5, 60.0),
        *_back_muscles(vary),
    ]


def chest_parts(seeds: Seeds) -> list[Part]:
    """Return ribs, mediastinum, lungs, airways, heart and great vessels."""
    vary = Variation(seeds, "chest")
    mediastinum = Union(
        [
            Ellipsoid((-4, -14, 150), (27, 78, 130)),
            Ellipsoid((0, -70, 60), (24, 45, 150)),
            Ellipsoid((-6, 20, 50), (62, 58, 16)),
        ]
    )
    right_dome = Ellipsoid(vary.point((74, -2, -52), 3), vary.radii((86, 104, 130), 0.03))
    left_dome = Ellipsoid(vary.point((-74, -8, -58), 3), vary.radii((86, 102, 122), 0.03))
    heart = Ellipsoid(vary.point((-36, 14, 78), 3), vary.radii((68, 48, 50), 0.05), vary.turn((0, 32, -28)))
    recess = HalfSpace((0, 0, -22), (0, -0.4, 1))
    centre = Ellipsoid((0, 8, -45), (80, 92, 92))
    cutters = [mediastinum, right_dome, left_dome, centre, recess]
    lungs = [
        Part(
            f"lung_{side}",
            Difference(Stack(_CAVITY), [*cutters, HalfSpace((0, 0, 0), (away, 0, 0))], 5.0),
            ((f"lung_{side}", 0.0),),
            ("visceral_fat",),
            1.5,
            40.0,
        )
        for side, away in (("right", 1.0), ("left", -1.0))
    ]
    ribs = Part("ribs", RibCage(Stack(_CAVITY)), (("ribs_cortex", 0.0), ("ribs_marrow", 1.8)), ("muscle",))
    return [
        *lungs,
        Part("mediastinum", mediastinum, (("mediastinum", 0.0),), ("visceral_fat",)),
        ribs,
        Part(
            "trachea",
            Tube([(0, -8, 275), (-1, -20, 225), (2, -34, 165)], [8.5, 8.5, 8]),
            (("trachea", 0.0),),
            BELOW_SKIN,
        ),
        Part("bronchi", Tube([(38, -38, 138), (2, -34, 165), (-42, -38, 135)], 6.0), (("trachea", 0.0),), BELOW_SKIN),
        Part("heart", heart, (("heart", 0.0),), ("visceral_fat", "mediastinum", "lung_left", "lung_right"), 2.0, 35.0),
        *_vessels(vary),
    ]


@dataclass(frozen=True)
class RibCage:
    """Twelve slanting ribs around the chest, as one solid.

    Parameters
    ----------
    chest : Shape
        What they lie on.
    """

    chest: Shape

    @property
    def bounds(self) -> Bounds:
        """See `Shape.bounds`."""
        (r0, r1), (a0, a1), _ = self.chest.bounds
        return (r0 - 16, r1 + 16), (a0 - 16, a1 + 16), (-75.0, 236.0)

    def distance(self, block: Block) -> NDArray[np.float32]:
        """See `Shape.distance`."""
        layer = np.abs(self.chest.distance(block) - np.float32(5.5)) - np.float32(4.0)
        # Ribs fall towards the front; a triangle wave in the slanted height gives one rib every 25 mm.
        height = (block.s + np.float32(0.55) * block.a) / np.float32(25)
        stripe = np.abs(height - np.floor(height) - np.float32(0.5)) * np.float32(25) - np.float32(5.0)
        # The front below the breastbone and the flanks below the arch carry no rib.
        arch = np.float32(0.9) * (np.maximum(block.a, 0) - np.float32(35)) - block.s - np.float32(35)
        return np.maximum(np.maximum(layer, stripe), arch)


@dataclass(frozen=True)
class _Table:
    top: float

    @property
    def bounds(self) -> Bounds:
        return (-215.0, 215.0), (self.top - 48.0, self.top + 30.0), (-2000.0, 2000.0)

    def distance(self, block: Block) -> NDArray[np.float32]:
        # A shallow trough: thicker in the middle, its surface rising to the sides.
        rise = block.r * block.r / np.float32(2400)
        middle = np.float32(self.top - 16) + rise
        half = np.float32(16) - rise * np.float32(0.55)
        return np.maximum(np.abs(block.a - middle) - half, np.abs(block.r) - np.float32(205)) + np.zeros_like(block.s)


def _thickened(lean: NDArray[np.float64], fat: float) -> list[NDArray[np.float64]]:
    side, front, back = (fat * np.interp(lean[:, 0], _FAT[:, 0], column) for column in _FAT.T[1:])
    return [lean[:, 1] + side + 2, lean[:, 2] + front + 2, lean[:, 3] - back - 2]


def _limbs(fat: float) -> list[Shape]:
    limbs: list[Shape] = []
    for x in (1, -1):
        arm = [(x * 168, -22, 212), (x * 204, -34, 70), (x * 212, -30, -40), (x * 208, -5, -180), (x * 196, 12, -280)]
        limbs.append(Tube(arm, [44 + fat, 36 + fat, 34 + 0.7 * fat, 26 + 0.5 * fat, 22 + 0.3 * fat]))
        thigh = [(x * 84, -10, -345), (x * 88, -8, -430), (x * 84, -4, -700)]
        limbs.append(Tube(thigh, [70 + fat, 70 + fat, 54 + fat]))
    return limbs


def _back_muscles(vary: Variation) -> list[Part]:
    parts = []
    for side, x in (("right", 1), ("left", -1)):
        erector = [(x * 36, -88, -300), (x * 38, -84, -140), (x * 36, -92, 0), (x * 30, -100, 130), (x * 22, -86, 250)]
        psoas = [(x * 28, -58, -40), (x * 42, -50, -130), (x * 58, -38, -220), (x * 72, 0, -310)]
        for name, line, radii in (("erector", erector, [20, 25, 22, 15, 10]), ("psoas", psoas, [7, 17, 20, 15])):
            shape = Tube(vary.line(line, 2), radii)
            parts.append(Part(f"{name}_{side}", shape, (("muscle", 0.0),), ("visceral_fat",), 1.5))
    return parts


def _vessels(vary: Variation) -> list[Part]:
    ascending = [(6, 18, 95), (12, 22, 130), (6, 8, 172), (-12, -18, 186), (-22, -42, 172)]
    descending = [(-22, -46, 165), (-18, -50, 80), (-12, -42, 0), (-9, -24, -80), (-8, -14, -165)]
    iliac = [(-8, -14, -165), (-34, -16, -220), (-62, 0, -290), (-72, 28, -350), (-76, 30, -480)]
    cava = [(18, 5, 90), (20, -8, 40), (22, -18, -20), (18, -22, -90), (14, -18, -165)]
    right = [(14, -18, -165), (40, -18, -222), (64, 2, -290), (74, 26, -350), (78, 26, -480)]
    aorta = Tube(vary.line([*ascending, *descending], 1.5), [14, 14, 13, 12.5, 12, 12, 11.5, 11, 9.5, 9])
    over = (*BELOW_SKIN, "lung_left", "lung_right")
    return [
        Part("aorta", aorta, (("aorta", 0.0),), over, 0.5, 25.0),
        Part("left iliac", Tube(iliac, [8, 6.5, 5.5, 5, 4.5]), (("aorta", 0.0),), over),
        Part(
            "cava",
            Tube(vary.line(cava, 1.5), [12, 12, 11.5, 11, 10.5]),
            (("inferior_vena_cava", 0.0),),
            over,
            0.5,
            25.0,
        ),
        Part("right iliac", Tube(right, [9, 7, 6, 5.5, 5]), (("inferior_vena_cava", 0.0),), over),
    ]
