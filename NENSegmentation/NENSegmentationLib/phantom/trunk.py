"""Body outline, muscles and the cavity of chest and abdomen, and the table under them.

Figures are millimetres of the normal anatomy (origin: midline, height of the liver's middle). They were set by eye to
textbook proportions; where the real organ maps of autoPET III gave centroids and extents, to those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .build import Build, Variation
from .combined import Difference, Union
from .fields import Bounds, SmoothField
from .grid import Block
from .limbs import limb_outlines
from .part import Part
from .seeds import Seeds
from .shapes import Ellipsoid, Shape, Sheets, Stack, Tube

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

CHEST = Stack(
    np.array(
    [
        (-348, 55, 12, -62), (-315, 92, 42, -86), (-262, 116, 78, -80), (-200, 128, 83, -74), (-140, 133, 87, -78),
        (-70, 143, 92, -87), (0, 148, 93, -93), (60, 147, 92, -97), (120, 137, 82, -99), (165, 116, 66, -97),
        (200, 82, 42, -88), (226, 50, 12, -76), (243, 22, -8, -66),
    ],
    float,
)
)  # fmt: skip
"""What ribs, diaphragm and abdominal wall enclose: s, half width, front, back."""


def outline_parts(seeds: Seeds, build: Build) -> list[Part]:
    """Return what everything else lies in: table, skin and fat, muscle, the cavity of chest and abdomen."""
    vary = Variation(seeds, "outline")
    lean = _LEAN.copy()
    lean[:, 1] *= vary.number(1.0, 0.02)
    lean[:, 2] *= vary.number(1.0, 0.03)
    skin = np.column_stack([lean[:, 0], *_thickened(lean, build.fat_mm)])
    under_back = float(skin[:, 3].min()) - 4.0
    breasts = _breasts(vary, build)
    outside = Union([Stack(skin), *limb_outlines(build, build.fat_mm * 0.6), *breasts], 25.0)
    return [
        Part("table", _Table(under_back), (("table_shell", 0.0), ("table_foam", 2.5)), ("air",)),
        Part("fat", outside, (("skin", 0.0), ("fat", 2.0)), ("air",), 2.0, 70.0),
        *(
            Part(f"breast {n}", _gland(breast), (("breast_gland", 0.0),), ("fat",), 4.0, 14.0)
            for n, breast in enumerate(breasts)
        ),
        Part(
            "muscle",
            Union([Stack(lean), *limb_outlines(build, 0.0)], 15.0),
            (("muscle", 0.0),),
            ("fat", "skin"),
            2.0,
            40.0,
        ),
        Part("cavity", CHEST, (("visceral_fat", 0.0),), ("muscle",), 2.5, 60.0),
        *_back_muscles(vary),
    ]


def fat_between_muscles(seeds: Seeds) -> list[Part]:
    """Return planes of fat at random places, and those of the pelvis: around the gluteal muscles, beside the rectum."""
    box = ((-260.0, 260.0), (-160.0, 160.0), (-600.0, 600.0))
    field = SmoothField(seeds.stream("anatomy", "planes of fat"), box, (30.0, 30.0, 110.0))
    shapes: dict[str, Shape] = {"planes of fat": Sheets(field, box, 30.0, 2.2)}
    for x in (1, -1):
        muscle = Ellipsoid((x * 104, -56, -290), (52, 50, 96), (0, x * 8, 0))
        inner = Ellipsoid(muscle.centre, tuple(radius - 4.5 for radius in muscle.radii), muscle.turn)
        shapes[f"gluteal fat {x}"] = Difference(muscle, [inner], 0.0)
        shapes[f"deep gluteal fat {x}"] = Ellipsoid((x * 98, -52, -300), (34, 4, 62), (0, x * 8, x * 16))
        shapes[f"ischioanal fat {x}"] = Ellipsoid((x * 30, -72, -352), (19, 26, 34), (0, x * 14, 0))
        shapes[f"inguinal fat {x}"] = Ellipsoid((x * 78, 50, -352), (26, 18, 46))
    return [Part(name, shape, (("intermuscular_fat", 0.0),), ("muscle",), 1.5, 24.0) for name, shape in shapes.items()]


def _breasts(vary: Variation, build: Build) -> list[Ellipsoid]:
    if build.sex == "M":
        return []
    size = 0.75 + 0.02 * build.fat_mm + vary.number(0, 0.08)
    radii = tuple(size * x for x in (56, 36, 50))
    return [Ellipsoid((x * 82, 96, 92), radii) for x in (1, -1)]


def _gland(breast: Ellipsoid) -> Ellipsoid:
    r, a, s = breast.centre
    return Ellipsoid((r, a + 8, s - 4), tuple(0.55 * x for x in breast.radii))


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


def _back_muscles(vary: Variation) -> list[Part]:
    parts = []
    for side, x in (("right", 1), ("left", -1)):
        erector = [(x * 36, -88, -300), (x * 38, -84, -140), (x * 36, -92, 0), (x * 30, -100, 130), (x * 22, -86, 250)]
        psoas = [(x * 28, -58, -40), (x * 42, -50, -130), (x * 58, -38, -220), (x * 72, 0, -310)]
        for name, line, radii in (("erector", erector, [20, 25, 22, 15, 10]), ("psoas", psoas, [7, 17, 20, 15])):
            shape = Tube(vary.line(line, 2), radii)
            parts.append(Part(f"{name}_{side}", shape, (("muscle", 0.0),), ("visceral_fat",), 1.5))
    return parts
