"""Aorta, caval vein and the large vessels of the abdomen (those of the lungs: `chest`)."""

from __future__ import annotations

from .branching import grown_tree
from .build import Variation
from .part import BELOW_SKIN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, Tube

_LUNGS = ("lung_left", "lung_right")


def great_vessels(seeds: Seeds) -> list[Part]:
    """Return aorta, caval vein, pulmonary arteries, and the iliac vessels."""
    vary = Variation(seeds, "great vessels")
    ascending = [(6, 18, 95), (12, 22, 130), (6, 8, 172), (-12, -18, 186), (-22, -42, 172)]
    descending = [(-22, -46, 165), (-18, -50, 80), (-12, -42, 0), (-9, -24, -80), (-8, -14, -165)]
    iliac = [(-8, -14, -165), (-34, -16, -220), (-62, 0, -290), (-72, 28, -350), (-76, 30, -480)]
    cava = [(18, 5, 90), (20, -8, 40), (22, -18, -20), (18, -22, -90), (14, -18, -165)]
    upper_cava = [(20, 0, 96), (24, 6, 140), (22, 10, 182), (36, 24, 206)]
    right = [(14, -18, -165), (40, -18, -222), (64, 2, -290), (74, 26, -350), (78, 26, -480)]
    pulmonary = [(36, -28, 132), (4, -8, 140), (-14, 18, 126), (-18, -4, 140), (-40, -30, 136)]
    aorta = Tube(vary.line([*ascending, *descending], 1.5), [14, 14, 13, 12.5, 12, 12, 11.5, 11, 9.5, 9])
    over = (*BELOW_SKIN, *_LUNGS)
    vein = (("inferior_vena_cava", 0.0),)
    return [
        Part("aorta", aorta, (("aorta", 0.0),), over, 0.5, 25.0),
        Part("left iliac", Tube(iliac, [8, 6.5, 5.5, 5, 4.5]), (("aorta", 0.0),), over),
        Part("cava", Tube(vary.line(cava, 1.5), [12, 12, 11.5, 11, 10.5]), vein, over, 0.5, 25.0),
        Part("right iliac", Tube(right, [9, 7, 6, 5.5, 5]), vein, over),
        Part("upper cava", Tube(upper_cava, [9.5, 9.5, 9, 7]), (("vessel", 0.0),), over),
        Part("pulmonary arteries", Tube(pulmonary, [8, 11, 14, 12, 8]), (("vessel", 0.0),), over),
        *_neck(),
    ]


def abdominal_vessels(seeds: Seeds) -> list[Part]:
    """Return the vessels of kidneys, liver, spleen and gut."""
    vary = Variation(seeds, "abdominal vessels")
    fat = ("visceral_fat", "perirenal_fat")
    portal = vary.line([(10, 6, -84), (12, 0, -56), (22, -6, -34), (44, 0, -22)], 1.5)
    splenic = vary.line([(-96, -46, 6), (-66, -24, -14), (-26, -2, -36), (11, 0, -54)], 1.5)
    gut = vary.line([(10, 6, -84), (8, 12, -120), (12, 20, -170)], 2)
    artery = vary.line([(-8, -18, -58), (-2, 6, -84), (0, 14, -130), (8, 22, -180)], 2)
    parts = [
        Part("portal vein", Tube(portal, [6, 6.5, 7, 5.5]), (("portal_vein", 0.0),), (*fat, "liver")),
        Part("splenic vein", Tube(splenic, [3.5, 4.5, 4.5, 5]), (("portal_vein", 0.0),), fat),
        Part("mesenteric vein", Tube(gut, [5.5, 5, 4]), (("vessel", 0.0),), fat),
        Part("mesenteric artery", Tube(artery, [4, 3.8, 3.5, 3]), (("vessel", 0.0),), fat),
    ]
    for side, x, s in (("right", 1, -84), ("left", -1, -66)):
        vein = [(x * 40, -50, s + 4), (x * 30, -40, s + 6), (12, -24, s + 8)]
        parts.append(Part(f"renal vein {side}", Tube(vary.line(vein, 1), [5, 5, 5.5]), (("vessel", 0.0),), fat))
    return parts


def branches_in_abdomen(seeds: Seeds) -> list[Part]:
    """Return the branching vessels of liver and mesentery, which fill what the organs have left."""
    liver = Ellipsoid((70, 0, -2), (85, 85, 70))
    mesentery = Ellipsoid((-4, 30, -190), (88, 42, 82))
    streams = [Variation(seeds, f"vessels of {name}").random for name in ("liver", "mesentery")]
    inside = grown_tree(streams[0], (44.0, 0.0, -22.0), liver, 70, 5.0, 1.0, 6.0)
    gut = grown_tree(streams[1], (8.0, 20.0, -130.0), mesentery, 90, 3.5, 0.9, 3.0)
    return [
        Part("vessels of the liver", inside, (("liver_vessel", 0.0),), ("liver",)),
        Part("vessels of the mesentery", gut, (("vessel", 0.0),), ("visceral_fat",)),
    ]


def _neck() -> list[Part]:
    parts = []
    for side, x in (("right", 1), ("left", -1)):
        carotid = Tube([(x * 6, 4, 184), (x * 18, 4, 215), (x * 26, 0, 260), (x * 30, 2, 330)], [5, 4, 3.8, 3.2])
        jugular = Tube([(x * 30, 22, 206), (x * 36, 8, 240), (x * 38, -2, 280), (x * 38, -6, 340)], [7, 6, 6, 5])
        for name, tube in (("carotid", carotid), ("jugular", jugular)):
            parts.append(Part(f"{name} {side}", tube, (("vessel", 0.0),), BELOW_SKIN))
    return parts
