"""Lungs with their vessels and bronchi, mediastinum, airways, gullet and heart."""

from __future__ import annotations

from .branching import grown_tree
from .build import Variation
from .combined import Difference, Union
from .part import BELOW_SKIN, Part
from .ribs import rib_parts
from .seeds import Seeds
from .shapes import Ellipsoid, HalfSpace, Shape, Tube
from .trunk import CHEST

_LUNGS = ("lung_left", "lung_right")
_HILA = {"right": (34.0, -36.0, 128.0), "left": (-40.0, -38.0, 126.0)}


def chest_parts(seeds: Seeds) -> list[Part]:
    """Return ribs, mediastinum, lungs, airways, gullet and heart."""
    vary = Variation(seeds, "chest")
    mediastinum = Union(
        [
            Ellipsoid((-4, -14, 150), (27, 78, 130)),
            Ellipsoid((0, -70, 60), (24, 45, 150)),
            Ellipsoid((-6, 20, 50), (62, 58, 16)),
        ]
    )
    lungs = _lungs(vary, mediastinum)
    parts = [
        *(
            Part(f"lung_{side}", shape, ((f"lung_{side}", 0.0),), ("visceral_fat",), 1.5, 40.0)
            for side, shape in lungs.items()
        ),
        Part("mediastinum", mediastinum, (("mediastinum", 0.0),), ("visceral_fat",)),
        *rib_parts(seeds, CHEST),
        *_airways(),
        *_heart(vary),
    ]
    for side, lung in lungs.items():
        parts += _vessels_and_bronchi(Variation(seeds, f"vessels of lung {side}"), side, lung)
    return parts


def _lungs(vary: Variation, mediastinum: Shape) -> dict[str, Shape]:
    right_dome = Ellipsoid(vary.point((74, -2, -52), 3), vary.radii((86, 104, 130), 0.03))
    left_dome = Ellipsoid(vary.point((-74, -8, -58), 3), vary.radii((86, 102, 122), 0.03))
    recess = HalfSpace((0, 0, -22), (0, -0.4, 1))
    centre = Ellipsoid((0, 8, -45), (80, 92, 92))
    cutters = [mediastinum, right_dome, left_dome, centre, recess]
    return {
        side: Difference(CHEST, [*cutters, HalfSpace((0, 0, 0), (away, 0, 0))], 5.0)
        for side, away in (("right", 1.0), ("left", -1.0))
    }


def _airways() -> list[Part]:
    trachea = Tube([(0, -8, 275), (-1, -20, 225), (2, -34, 165)], [8.5, 8.5, 8])
    bronchi = Tube([(38, -38, 138), (2, -34, 165), (-42, -38, 135)], 6.0)
    gullet = Tube([(-2, -24, 270), (-4, -38, 220), (-3, -50, 165), (-4, -52, 90), (-14, -40, 40), (-34, -24, 26)], 7.0)
    return [
        Part("trachea", trachea, (("trachea", 0.0),), BELOW_SKIN),
        Part("bronchi", bronchi, (("trachea", 0.0),), (*BELOW_SKIN, *_LUNGS)),
        Part("gullet", gullet, (("esophagus", 0.0),), BELOW_SKIN, 0.8, 12.0),
    ]


def _heart(vary: Variation) -> list[Part]:
    turn = vary.turn((0, 22, -26))
    middle = vary.point((-34, 16, 78), 3)
    whole = Ellipsoid(middle, vary.radii((82, 48, 48), 0.05), turn)
    # The left ventricle: a thick cup that is open towards the base, up, right and to the back.
    r, a, s = middle
    cup = Ellipsoid((r - 20, a + 4, s - 12), (50, 35, 35), turn)
    cavity = Ellipsoid((r - 11, a, s - 8), (49, 24, 24), turn)
    over = ("visceral_fat", "mediastinum", *_LUNGS)
    return [
        Part("heart", whole, (("heart", 0.0), ("heart_blood", 4.0)), over, 2.0, 35.0),
        Part("left ventricle", Difference(cup, [cavity], 3.0), (("heart_left_ventricle", 0.0),), ("heart",), 1.0, 20.0),
    ]


def _vessels_and_bronchi(vary: Variation, side: str, lung: Shape) -> list[Part]:
    tree = grown_tree(vary.random, _HILA[side], lung, 260, 8.0, 0.9, 3.0)
    vessel, bronchus, organ = f"lung_{side}_vessel", f"lung_{side}_bronchus", f"lung_{side}"
    parts = [Part(f"vessels of {organ}", tree, ((vessel, 0.0),), (organ,))]
    airways = tree.thicker_than(2.6, 0.7, (4.0, -6.0, 1.0))
    if airways is not None:
        parts.append(Part(f"bronchi of {organ}", airways, ((bronchus, 0.0),), (organ,)))
    return parts
