"""Regions that someone else drew, as lesions: every connected part is one, and no voxel belongs to two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.components import component_numbers
from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.volume import shape
from .derived import PRODUCT

Colour = tuple[float, float, float]

# Above this an id is no count of lesions, and arrays by id would grow without bound.
_LARGEST_ID = 32767


@dataclass(frozen=True)
class Region:
    """A region with a name, on the PET grid.

    Attributes
    ----------
    name : str
        As its maker called it.
    voxels : ndarray of int, shape (n,)
        Flat indices on the PET grid (k, j, i), ascending.
    colour : tuple of float or None
        Red, green, blue from 0 to 1 (sRGB).
    lesion_id : int or None
        The id of the lesion that it was, if this program wrote it.
    origin : Origin
        What found it.
    """

    name: str
    voxels: NDArray[np.intp]
    colour: Colour | None = None
    lesion_id: int | None = None
    origin: Origin = Origin.SEED


def lesions_of(pet: sitk.Image, regions: Sequence[Region]) -> tuple[LesionMap, tuple[str, ...]]:
    """Make lesions of regions.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    regions : sequence of Region
        In the order of their maker; those without a voxel are passed over.

    Returns
    -------
    LesionMap
        If all regions are lesions of this program they come back as they were, with their ids. Otherwise every
        26-connected part of a region is a lesion, numbered from 1; the largest part has the name and the colour of the
        region, the others are ``Name (2)`` and so on, in colours of their own.
    tuple of str
        That regions overlap, and what became of it: a voxel goes to the smaller region, so that a focus that is drawn
        inside another region stays whole.
    """
    regions = [region for region in regions if region.voxels.size]
    owner, warnings = _owners(regions, shape(pet))
    parts = _as_they_were(regions, owner)
    if parts is None:
        parts = _parts(regions, owner, shape(pet))
    labels = np.zeros(shape(pet), np.int32)
    for id_, part in parts.items():
        labels.reshape(-1)[part.voxels] = id_
    measured = LesionMap.from_labels(
        pet,
        labels,
        origin=Origin.SEED,
        names={id_: part.name for id_, part in parts.items()},
        colours={id_: part.colour for id_, part in parts.items() if part.colour is not None},
    )
    lesions = [replace(lesion, origin=parts[lesion.id].origin) for lesion in measured.lesions.values()]
    return LesionMap(pet, measured.labels, lesions), warnings


def origin_named(description: str) -> Origin | None:
    """Return what found a lesion of which a file of this program says ``NENSegmentation threshold``, or None."""
    product, _, origin = description.partition(" ")
    return Origin(origin) if product == PRODUCT and origin in {o.value for o in Origin} else None


def one_line(name: str) -> str:
    """Return a name of someone else as it can stand in a sentence: on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def remark(what: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return a warning that names regions, the first three of them; none if there is no name."""
    if not names:
        return ()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (f"{what}: {', '.join(names[:3])}{more}.",)


def _owners(regions: Sequence[Region], shape: tuple[int, ...]) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return to which region (from 1) each voxel goes, flat, and what there is to say about it."""
    owner = np.zeros(int(np.prod(shape)), np.int32)
    shared, pair = 0, ("", "")
    for number in sorted(range(len(regions)), key=lambda n: -regions[n].voxels.size):
        before = owner[regions[number].voxels]
        taken = before[before > 0]
        if taken.size:
            shared, pair = shared + taken.size, (regions[taken[0] - 1].name, regions[number].name)
        owner[regions[number].voxels] = number + 1
    gone = [region.name for number, region in enumerate(regions, 1) if not np.any(owner[region.voxels] == number)]
    warnings = remark("Left out, because smaller regions cover them", gone)
    if not shared:
        return owner, warnings
    first, second = pair
    overlap = f"Regions overlap, {first} and {second} for one. Voxels that went to the smaller of two: {shared}."
    return owner, (overlap, *warnings)


def _as_they_were(regions: Sequence[Region], owner: NDArray[np.int32]) -> dict[int, Region] | None:
    """Return the regions by lesion id, or None if one of them was no lesion of this program."""
    kept = {region.lesion_id: _rest(number, region, owner) for number, region in enumerate(regions, 1)}
    ids = [id_ for id_ in kept if id_ is not None and 0 < id_ <= _LARGEST_ID]
    return {id_: kept[id_] for id_ in ids} if len(ids) == len(regions) else None


def _parts(regions: Sequence[Region], owner: NDArray[np.int32], shape: tuple[int, ...]) -> dict[int, Region]:
    """Return the connected parts of all regions by their new id."""
    parts: list[Region] = []
    taken = {region.name for region in regions}
    for number, region in enumerate(regions, 1):
        flat = _rest(number, region, owner).voxels
        component = component_numbers(flat, shape)
        separate = np.split(flat[np.argsort(component, kind="stable")], np.cumsum(np.bincount(component))[:-1])
        names = (f"{region.name} ({n})" for n in count(2))
        for rank, part in enumerate(sorted((p for p in separate if p.size), key=len, reverse=True)):
            name = region.name if rank == 0 else next(name for name in names if name not in taken)
            colour = region.colour if rank == 0 else None
            parts.append(Region(name, part, colour, origin=region.origin))
            taken.add(name)
    return dict(enumerate(parts, 1))


def _rest(number: int, region: Region, owner: NDArray[np.int32]) -> Region:
    return replace(region, voxels=region.voxels[owner[region.voxels] == number])
