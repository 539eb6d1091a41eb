"""Liver, gall bladder, spleen, pancreas and adrenals.

Places and sizes follow the medians over real organ maps (autoPET III's PSMA cases): liver 1575 mL, spleen 204 mL, and
their distances from the liver's middle.
"""

from __future__ import annotations

from .build import Variation
from .combined import Difference, Union
from .part import INSIDE_ABDOMEN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, HalfSpace, Shape, Tube


def upper_abdomen(seeds: Seeds) -> list[Part]:
    """Return liver, gall bladder, spleen, pancreas and adrenals."""
    vary = Variation(seeds, "upper abdomen")
    spleen = Difference(
        Ellipsoid(vary.point((-97, -50, 2), 4), vary.radii((52, 46, 55), 0.12), vary.turn((-18, 14, 32))),
        [Ellipsoid((-70, -14, -4), (32, 40, 60), (-18, 10, 20))],
        8.0,
    )
    gallbladder = Ellipsoid(vary.point((56, 42, -50), 4), vary.radii((14, 24, 15), 0.2), (28, 0, 0))
    parts = [
        Part("gallbladder", gallbladder, (("gallbladder", 0.0),), INSIDE_ABDOMEN, 1.0, 15.0),
        Part("liver", _liver(vary), (("liver", 0.0),), INSIDE_ABDOMEN, 3.0, 40.0),
        Part("spleen", spleen, (("spleen", 0.0),), INSIDE_ABDOMEN, 2.5, 30.0),
        *_pancreas(Variation(seeds, "pancreas")),
    ]
    adrenals = {
        "right": [(30, -44, -2), (34, -50, -16), (40, -56, -32)],
        "left": [(-34, -30, -8), (-36, -40, -22), (-44, -48, -38)],
    }
    for side, line in adrenals.items():
        limb = (line[1][0] * 1.35, line[1][1] + 10, line[2][2])
        shape = Union([Tube(vary.line(line, 1.5), [3.5, 5.0, 4.2]), Tube([line[1], limb], [4.8, 3.5])], 2.0)
        parts.append(
            Part(
                f"adrenal_{side}", shape, ((f"adrenal_gland_{side}", 0.0),), ("visceral_fat", "perirenal_fat", "liver")
            )
        )
    return parts


def _pancreas(vary: Variation) -> list[Part]:
    line = vary.line([(-94, -36, 4), (-62, -12, -18), (-24, 10, -34), (4, 18, -48), (22, 12, -62)], 3)
    head = Ellipsoid((line[-1][0] + 2, line[-1][1] - 2, line[-1][2] - 6), vary.radii((14, 13, 20), 0.1))
    # The hook of the head: it lies lower, behind the mesenteric vessels, and reaches towards the left.
    hook = Tube([(24, 0, -80), (13, -7, -86), (3, -9, -87)], [11 * vary.number(1, 0.1), 9, 6])
    size = vary.number(1.0, 0.12)
    body = Tube(line, [size * x for x in (8, 9.5, 8.5, 9, 12)])
    return [
        Part("uncinate process", hook, (("pancreas_uncinate", 0.0),), INSIDE_ABDOMEN, 1.4, 9.0),
        Part("pancreas head", head, (("pancreas_head", 0.0),), INSIDE_ABDOMEN, 1.8, 10.0),
        Part("pancreas", body, (("pancreas", 0.0),), INSIDE_ABDOMEN, 2.0, 9.0),
    ]


def _liver(vary: Variation) -> Shape:
    size = vary.number(0.945, 0.05)
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
