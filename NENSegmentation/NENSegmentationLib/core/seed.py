"""Adding a lesion by a click: what would be added, by which rule, and whether it leaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .body import Body
from .boxes import Box, box_between, grown, within
from .errors import MethodError
from .gradient_edge import gradient_edge
from .history import Edit
from .lesion import MINIMUM_VOLUME_ML, Origin
from .lesions import LesionMap
from .reference_region import Point, sphere
from .region_growing import Index, Region, grow_region
from .seed_rule import Rule, RuleKind
from .volume import index_to_ras, ras_to_index, spacing, voxel_volume_ml, voxels

SEARCH_MM = 10.0
"""The maximum is looked for within this distance of the point."""

CAP_ML = 100.0
"""Volume past which a growth counts as a leak: a sphere of 58 mm. A seed adds what the method has missed, small or
faint, while a leak takes an organ. (In a patient with 431 mL of PSMA-avid tumour one of 111 lesions is larger.)"""

# A first box that holds most lesions: 4 cm across.
_FIRST_REACH_MM = 20.0
_EVERY_NEIGHBOUR = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class Growth:
    """What a seed would add; nothing is changed by it.

    Attributes
    ----------
    mask : ndarray of bool, shape (k, j, i) of ``box``
        Its voxels, none of them in another lesion. If it leaks: what had grown when the guard stopped it, to be shown
        but not to be added.
    box : tuple of slice
        Bounding box of the mask.
    rule : Rule
        What it was grown by.
    suv : float or None
        SUV (g/mL) above which voxels were taken; None for the gradient edge.
    start_ras : tuple of float
        The maximum from which it was grown, RAS mm.
    volume_ml, suv_max : float
        Of the mask.
    notes : tuple of str
        What the reader should know before adding it, a sentence each.
    leaked : str or None
        Why it must not be added, and what to do.
    """

    mask: NDArray[np.bool_]
    box: Box
    rule: Rule
    suv: float | None
    start_ras: Point
    volume_ml: float
    suv_max: float
    notes: tuple[str, ...]
    leaked: str | None


def grow(
    lesion_map: LesionMap,
    ras: Point,
    rule: Rule,
    *,
    connectivity: int = 26,
    cap_ml: float = CAP_ML,
    body: Body | None = None,
) -> Growth:
    """Grow a lesion from the maximum near a point; the lesion map stays as it is.

    The growth starts at the voxel of highest uptake within 10 mm of the point that belongs to no lesion. Next to a
    lesion it starts at the highest local maximum there, if there is one: the flank of a lesion is hotter than a faint
    focus beside it. It takes the connected voxels strictly above the rule's SUV, or those inside the gradient edge, and
    never a voxel of another lesion.

    Parameters
    ----------
    lesion_map : LesionMap
        The PET, and the lesions so far.
    ras : tuple of float
        The point, RAS mm.
    rule : Rule
        By what the boundary is found.
    connectivity : {6, 18, 26}
        Voxels that count as neighbours; the gradient edge is always found over faces (6).
    cap_ml : float
        Volume (mL) past which the growth is stopped as a leak; see `CAP_ML`.
    body : Body, optional
        Of the PET. Finding it takes longer than growing, so whoever grows often gives it.

    Returns
    -------
    Growth
        With ``leaked`` if the growth went past ``cap_ml``.

    Raises
    ------
    MethodError
        If the point lies outside the image, outside the body or in a lesion, no uptake near it is above the rule's
        SUV, or ``cap_ml`` or ``connectivity`` is no possible value.
    """
    if not (np.isfinite(cap_ml) and cap_ml > 0):
        message = f"the limit of {cap_ml:g} mL is not a volume. Give a positive number of millilitres."
        raise MethodError(message)
    clicked = _checked_voxel(lesion_map, ras, body)
    start = _maximum_near(lesion_map, ras, clicked)
    highest = float(voxels(lesion_map.pet)[start])
    suv = rule.suv(highest)
    if highest <= (suv or 0.0):
        message = (
            f"the highest uptake within {SEARCH_MM:g} mm of {_written(ras)} is SUV {highest:.2f}, which is not above "
            f"SUV {suv or 0.0:.2f}. Click nearer to the focus, or choose a lower SUV."
        )
        raise MethodError(message)
    region = _region(lesion_map, start, suv, connectivity, cap_ml)
    return _growth(lesion_map, region, rule, start, suv, cap_ml)


def add_growth(lesion_map: LesionMap, growth: Growth, *, name: str | None = None) -> Edit:
    """Add what was grown as a lesion.

    Parameters
    ----------
    lesion_map : LesionMap
        The map that it was grown on.
    growth : Growth
        By `grow`.
    name : str, optional
        "Lesion <id>" if not given.

    Returns
    -------
    Edit

    Raises
    ------
    MethodError
        If the growth leaked, or all of its voxels belong to lesions by now.
    """
    if growth.leaked is not None:
        raise MethodError(growth.leaked)
    return lesion_map.add(growth.mask, growth.box, origin=Origin.SEED, name=name)


def _checked_voxel(lesion_map: LesionMap, ras: Point, body: Body | None) -> Index:
    position = np.rint(ras_to_index(lesion_map.pet, ras))
    if not np.all((position >= 0) & (position < lesion_map.labels.shape)):
        message = f"the point {_written(ras)} lies outside the PET image. Click on uptake inside it."
        raise MethodError(message)
    k, j, i = (int(n) for n in position)
    lesion = lesion_map.lesions.get(int(lesion_map.labels[k, j, i]))
    if lesion is not None:
        message = f"the point {_written(ras)} lies in {lesion.name} already. Click on uptake outside lesions."
        raise MethodError(message)
    if not (body or Body(lesion_map.pet)).inside(box_between((k, j, i), (k, j, i))).all():
        message = f"the point {_written(ras)} lies outside the body. Click on uptake inside it."
        raise MethodError(message)
    return k, j, i


def _maximum_near(lesion_map: LesionMap, ras: Point, clicked: Index) -> Index:
    found = sphere(ras, 2 * SEARCH_MM).voxels_of(lesion_map.pet)
    if found is None:
        return clicked
    box, near = found
    # Of voxels larger than the search, the one clicked on counts.
    near[tuple(n - place.start for n, place in zip(clicked, box, strict=True))] = True
    candidates = near & (lesion_map.labels[box] == 0)
    uptake = voxels(lesion_map.pet)
    around = grown(box, 1, uptake.shape)
    if lesion_map.labels[around].any():
        highest_around = ndimage.maximum_filter(uptake[around], 3)[within(box, around)]
        peaks = candidates & (uptake[box] == highest_around)
        candidates = peaks if peaks.any() else candidates
    best = np.unravel_index(np.where(candidates, uptake[box], -np.inf).argmax(), near.shape)
    k, j, i = (int(n) + place.start for n, place in zip(best, box, strict=True))
    return k, j, i


def _region(lesion_map: LesionMap, start: Index, suv: float | None, connectivity: int, cap_ml: float) -> Region:
    uptake, steps = voxels(lesion_map.pet), spacing(lesion_map.pet)
    # A region of exactly the cap is no leak, whatever binary fractions make of the volume of a voxel.
    most_voxels = cap_ml / voxel_volume_ml(lesion_map.pet) * (1 + 1e-9)
    k, j, i = (max(1, round(_FIRST_REACH_MM / step)) for step in steps)
    if suv is None:
        return gradient_edge(uptake, lesion_map.labels, start, steps, most_voxels=most_voxels, first_reach=(k, j, i))
    return grow_region(
        uptake,
        lesion_map.labels,
        start,
        suv,
        connectivity=connectivity,
        most_voxels=most_voxels,
        first_reach=(k, j, i),
    )


def _growth(
    lesion_map: LesionMap, region: Region, rule: Rule, start: Index, suv: float | None, cap_ml: float
) -> Growth:
    uptake = voxels(lesion_map.pet)
    r, a, s = (float(value) for value in index_to_ras(lesion_map.pet, start))
    volume_ml = region.voxels * voxel_volume_ml(lesion_map.pet)
    suv_max = float(uptake[region.box][region.mask].max())
    notes = [*_touching(lesion_map, region), *_at_the_edge(region, uptake.shape)]
    if region.complete and volume_ml < MINIMUM_VOLUME_ML * (1 - 1e-9):
        notes.append(f"It has {volume_ml:.3f} mL; the method counts no lesion under {MINIMUM_VOLUME_ML:g} mL.")
    if rule.kind is RuleKind.PERCENT_OF_MAXIMUM and suv_max > uptake[start]:
        notes.append(
            f"It goes on to SUV {suv_max:.2f} further away, but {rule.value:g} % are of SUV {uptake[start]:.2f}, the "
            f"maximum within {SEARCH_MM:g} mm of the point."
        )
    leaked = None if region.complete else _leak(rule, suv, cap_ml)
    return Growth(region.mask, region.box, rule, suv, (r, a, s), volume_ml, suv_max, tuple(notes), leaked)


def _touching(lesion_map: LesionMap, region: Region) -> list[str]:
    around = grown(region.box, 1, lesion_map.labels.shape)
    labels = lesion_map.labels[around]
    if not labels.any():
        return []
    mask = np.zeros(labels.shape, bool)
    mask[within(region.box, around)] = region.mask
    ids = np.unique(labels[ndimage.binary_dilation(mask, _EVERY_NEIGHBOUR)])
    names = [lesion_map.lesions[int(lesion_id)].name for lesion_id in ids if lesion_id]
    return [f"It stops at {' and '.join(names)}, which it touches and takes no voxel of."] if names else []


def _at_the_edge(region: Region, shape: tuple[int, ...]) -> list[str]:
    # An axis of one voxel has no edge to stop at.
    reaches = any(
        size > 1 and (place.start == 0 or place.stop == size) for place, size in zip(region.box, shape, strict=True)
    )
    return ["It reaches the edge of the image and may go on beyond it."] if reaches else []


def _leak(rule: Rule, suv: float | None, cap_ml: float) -> str:
    what = "by the gradient edge" if suv is None else f"above SUV {suv:.2f}"
    advice = {
        RuleKind.PERCENT_OF_MAXIMUM: "Choose a higher percentage or the gradient edge",
        RuleKind.GRADIENT_EDGE: "Choose a fixed SUV",
    }.get(rule.kind, "Choose a higher SUV, a percentage of the maximum or the gradient edge")
    return (
        f"the growth {what} leaks: it was stopped when it went past {cap_ml:g} mL. "
        f"{advice}, or raise the leak limit if the lesion is that large."
    )


def _written(ras: Point) -> str:
    r, a, s = ras
    return f"R {r:.0f}, A {a:.0f}, S {s:.0f} mm"
