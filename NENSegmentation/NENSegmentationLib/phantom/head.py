"""Head and neck."""

from __future__ import annotations

from .build import Build, Variation
from .combined import Difference, Union
from .part import BELOW_SKIN, Part
from .seeds import Seeds
from .shapes import Ellipsoid, HalfSpace, Shape, Tube

_SKULL = ("skull",)


def head_outline(build: Build) -> list[Part]:
    """Return skin and soft tissue of the head."""
    fat = 3.0 + 0.1 * build.fat_mm
    return [
        Part("head", _outline(fat), (("skin", 0.0), ("fat", 2.0)), ("air", "skin"), 1.5, 35.0),
        Part("head muscle", _outline(0.0), (("muscle", 0.0),), ("fat", "skin", "air"), 1.0, 30.0),
    ]


def head_parts(seeds: Seeds) -> list[Part]:
    """Return skull, brain, airways and the glands of head and neck."""
    vary = Variation(seeds, "head")
    vault = Ellipsoid((0, -4, 421), vary.radii((71, 90, 80), 0.02))
    inner = Ellipsoid(vault.centre, tuple(x - 7.5 for x in vault.radii))
    floor = HalfSpace((0, 0, 374), (0, 0.22, -1))
    bowl = Difference(vault, [HalfSpace((0, 0, 366), (0, -0.22, 1))], 4.0)
    brain = Difference(inner, [_turned(floor)], 8.0)
    sella = (0.0, 18.0, 376.0)
    return [
        Part(
            "skull", bowl, (("skull_cortex", 0.0), ("skull_marrow", 2.5), ("skull_cortex", 5.0)), BELOW_SKIN, 0.8, 30.0
        ),
        Part("face", _face(), (("skull_cortex", 0.0), ("skull_marrow", 3.0)), BELOW_SKIN, 1.0, 20.0),
        Part("mandible", _jaw(), (("mandible_cortex", 0.0), ("mandible_marrow", 2.5)), BELOW_SKIN, 0.5, 20.0),
        Part("brain", brain, (("brain", 0.0),), (*BELOW_SKIN, *_SKULL), 1.0, 25.0),
        *_inside_brain(inner),
        *_orbits(vary),
        *_airways(),
        Part(
            "pituitary",
            Ellipsoid(vary.point(sella, 0.8), vary.radii((6.5, 5.2, 4.6), 0.08)),
            (("pituitary_gland", 0.0),),
            (*BELOW_SKIN, *_SKULL, "brain", "airway"),
        ),
        *_glands(vary),
    ]


def _inside_brain(inner: Ellipsoid) -> list[Part]:
    r, a, s = inner.centre
    white = Ellipsoid((r, a, s + 2), tuple(x - 11 for x in inner.radii))
    fissure = Ellipsoid((r, a, s + 34), (1.6, 78, 42))
    parts = [
        # A strong ripple folds the border of grey and white matter.
        Part("white matter", white, (("brain_white", 0.0),), ("brain",), 5.0, 11.0),
        Part("fissure", fissure, (("csf", 0.0),), ("brain",)),
        Part(
            "cistern", Tube([(-46, 30, 392), (0, 22, 380), (46, 30, 392)], 3.0), (("csf", 0.0),), ("brain",), 1.0, 12.0
        ),
    ]
    for side, x in (("right", 1), ("left", -1)):
        nuclei = Ellipsoid((x * 20, 6, 414), (11, 24, 15), (0, 0, x * 14))
        ventricle = Tube([(x * 8, 38, 416), (x * 9, 10, 430), (x * 16, -30, 424), (x * 28, -44, 412)], [5, 4.5, 6, 5])
        parts += [
            Part(f"nuclei {side}", nuclei, (("brain", 0.0),), ("brain_white",), 1.5, 10.0),
            Part(f"ventricle {side}", ventricle, (("csf", 0.0),), ("brain", "brain_white"), 0.8, 12.0),
        ]
    return parts


def _orbits(vary: Variation) -> list[Part]:
    parts = []
    over = (*BELOW_SKIN, *_SKULL, "airway")
    for side, x in (("right", 1), ("left", -1)):
        socket = Ellipsoid((x * 33, 62, 384), (19, 26, 18))
        eye = Ellipsoid((x * 34, 74, 385), (12, 12, 12))
        lacrimal = Ellipsoid(vary.point((x * 47, 70, 393), 0.8), vary.radii((4.5, 8, 5), 0.12), (0, 0, x * 20))
        parts += [
            Part(f"socket {side}", socket, (("fat", 0.0),), (*over, "brain"), 0.8, 12.0),
            Part(f"eye {side}", eye, (("eye", 0.0),), ("fat", "muscle", "skin", "air")),
            Part(f"lacrimal_{side}", lacrimal, ((f"lacrimal_gland_{side}", 0.0),), over),
        ]
    return parts


def _turned(plane: HalfSpace) -> HalfSpace:
    return HalfSpace(plane.point, tuple(-x for x in plane.normal))


def _outline(fat: float) -> Shape:
    return Union(
        [
            Ellipsoid((0, -4, 420), (78 + fat, 97 + fat, 86 + fat)),
            Ellipsoid((0, 40, 348), (56 + fat, 56 + fat, 66 + fat)),
            Tube([(0, 94, 372), (0, 104, 352)], [7 + fat, 11 + fat]),
            Ellipsoid((0, 74, 300), (26 + fat, 20 + fat, 18 + fat)),
            Ellipsoid((0, 36, 292), (44 + fat, 40 + fat, 22 + fat)),
            *(Tube([(x * 50, -2, 356), (x * 47, 8, 312)], 20 + fat) for x in (-1, 1)),
            Tube([(0, -28, 250), (0, -22, 350)], [55 + fat, 54 + fat]),
        ],
        22.0,
    )


def _face() -> Shape:
    cheeks = [Tube([(x * 64, 8, 372), (x * 58, 52, 362), (x * 24, 76, 342)], [6, 8, 9]) for x in (-1, 1)]
    orbits = [Tube([(x * 56, 58, 388), (x * 34, 78, 400), (x * 10, 82, 392)], [7, 7, 7]) for x in (-1, 1)]
    palate = Tube([(-24, 60, 334), (0, 80, 330), (24, 60, 334)], [9, 9, 9])
    base = Ellipsoid((0, 8, 368), (40, 40, 9))
    return Union([*cheeks, *orbits, palate, base], 6.0)


def _jaw() -> Shape:
    bow = [(54, 2, 352), (50, 10, 312), (34, 52, 298), (0, 76, 298), (-34, 52, 298), (-50, 10, 312), (-54, 2, 352)]
    return Tube(bow, [7, 9, 8, 9, 8, 9, 7])


def _airways() -> list[Part]:
    over = (*BELOW_SKIN, *_SKULL)
    sinuses = [Ellipsoid((x * 30, 56, 356), (13, 15, 14)) for x in (-1, 1)]
    nose = Ellipsoid((0, 62, 358), (11, 34, 17))
    throat = Tube([(0, 30, 352), (0, 14, 325), (0, 6, 292), (0, -6, 270)], [12, 9, 8, 8])
    mouth = Ellipsoid((0, 48, 318), (20, 20, 3.5))
    return [
        Part(f"airway {n}", shape, (("airway", 0.0),), over, 0.8, 12.0)
        for n, shape in enumerate((*sinuses, nose, throat, mouth, Ellipsoid((0, 82, 402), (18, 6, 10))))
    ]


def _glands(vary: Variation) -> list[Part]:
    parts = []
    for side, x in (("right", 1), ("left", -1)):
        parotid = Ellipsoid(vary.point((x * 61, 0, 346), 1.5), vary.radii((10, 15, 23), 0.12), (0, x * 8, 0))
        submandibular = Ellipsoid(vary.point((x * 30, 28, 300), 1.5), vary.radii((9, 13, 12), 0.12))
        lobe = Ellipsoid(vary.point((x * 17, 8, 256), 1.0), vary.radii((10, 11, 23), 0.12), (0, -x * 8, 0))
        parts += [
            Part(f"parotid_{side}", parotid, ((f"parotid_gland_{side}", 0.0),), BELOW_SKIN, 1.2, 12.0),
            Part(
                f"submandibular_{side}", submandibular, ((f"submandibular_gland_{side}", 0.0),), BELOW_SKIN, 1.0, 12.0
            ),
            Part(f"thyroid_{side}", lobe, (("thyroid_gland", 0.0),), BELOW_SKIN, 0.8, 12.0),
        ]
    isthmus = Tube([(-14, 14, 247), (14, 14, 247)], 4.0)
    return [*parts, Part("isthmus", isthmus, (("thyroid_gland", 0.0),), BELOW_SKIN)]
