"""The lesion map: which voxel belongs to which lesion, what each lesion measures, and edits that can be undone."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import Box, box_of, union, whole
from .components import component_numbers, voxels_above
from .errors import MethodError
from .measures import Measures, PatientMeasures, measure, patient_measures
from .organs import OrganMap, physiological_organ
from .volume import image_like, ras_to_index, shape, voxel_volume_ml, voxels

MINIMUM_VOLUME_ML = 0.1
"""Components under this volume are no lesions (Carlsen et al. 2022)."""

# Volumes are products of decimal spacings: 8 voxels of 0.0125 mL are 0.1 mL, whatever binary fractions make of it.
_VOLUME_TOLERANCE = 1e-9


class Origin(str, Enum):
    """What found a lesion."""

    THRESHOLD = "threshold"
    ENSEMBLE = "ensemble"
    SEED = "seed"


@dataclass(frozen=True, kw_only=True)
class Lesion(Measures):
    """One lesion: its measures, and what it is called.

    Attributes
    ----------
    id : int
        Its value in the label array; never used again for another lesion.
    name : str
        For the reader.
    colour : tuple of float
        Red, green, blue from 0 to 1 (sRGB).
    origin : Origin
        What found it.
    probability : float or None
        Mean tumour probability by the ensemble.
    disagreement : float or None
        Mean standard deviation between the folds.
    suggestion : str or None
        The organ whose physiological uptake this may be; a suggestion, never a decision.
    """

    id: int
    name: str
    colour: tuple[float, float, float]
    origin: Origin
    probability: float | None = None
    disagreement: float | None = None
    suggestion: str | None = None


@dataclass(frozen=True)
class Patch:
    """A box of the label array before and after an edit."""

    box: Box
    before: NDArray[np.int32]
    after: NDArray[np.int32]


@dataclass(frozen=True)
class Edit:
    """A change of a lesion map: only the boxes that changed, and the lesions that went and came.

    Attributes
    ----------
    action : str
        delete, add, split or merge.
    patches : tuple of Patch
        The changed boxes, in the order in which they were written.
    removed, added : tuple of Lesion
        Records that the edit took away and put in.
    """

    action: str
    patches: tuple[Patch, ...]
    removed: tuple[Lesion, ...]
    added: tuple[Lesion, ...]

    @property
    def box(self) -> Box:
        """The smallest box that holds every changed voxel."""
        return union(patch.box for patch in self.patches)


class LesionMap:
    """The lesions of one patient on the PET grid.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    labels : ndarray of int32, shape (k, j, i)
        0 is background, anything else the id of a lesion. The map owns it from here on.
    lesions : iterable of Lesion
        One record per id in ``labels``.

    Raises
    ------
    MethodError
        If ``labels`` is not on the grid of ``pet``.
    TypeError
        If ``pet`` is not float32.
    """

    def __init__(self, pet: sitk.Image, labels: NDArray[np.int32], lesions: Iterable[Lesion]) -> None:
        if labels.shape != shape(pet):
            message = f"the labels have {labels.shape} voxels (k, j, i), the PET {shape(pet)}. Put both on one grid."
            raise MethodError(message)
        if pet.GetPixelID() != sitk.sitkFloat32:
            message = f"the PET has voxels of the type {pet.GetPixelIDTypeAsString()}; the lesion map works on float32."
            raise TypeError(message)
        self.pet = pet
        self.labels = labels
        self._organs: OrganMap | None = None
        self._lesions = {lesion.id: lesion for lesion in sorted(lesions, key=lambda lesion: lesion.id)}
        self._next_id = max(self._lesions, default=0) + 1
        self._done: list[Edit] = []
        self._undone: list[Edit] = []

    @classmethod
    def from_threshold(
        cls,
        pet: sitk.Image,
        threshold: float,
        *,
        connectivity: int = 26,
        minimum_volume_ml: float = MINIMUM_VOLUME_ML,
    ) -> LesionMap:
        """Segment every component of voxels strictly above a threshold.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        threshold : float
            SUVbw (g/mL); see `ReferenceRegion.threshold`.
        connectivity : {6, 18, 26}
            Voxels that count as neighbours.
        minimum_volume_ml : float
            Components under this volume (mL) are left out.

        Returns
        -------
        LesionMap
            Ids from 1 by decreasing size; of two components of one size the one met first along (k, j, i) leads.

        Raises
        ------
        MethodError
            If the threshold is not a positive number, the minimum volume negative or ``connectivity`` not one of three.

        References
        ----------
        .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
        """
        if not (np.isfinite(threshold) and threshold > 0):
            message = f"the threshold {threshold:g} is not a positive SUV. Choose another reference region."
            raise MethodError(message)
        flat = voxels_above(voxels(pet), threshold)
        return cls._from_voxels(pet, flat, Origin.THRESHOLD, connectivity, minimum_volume_ml)

    @classmethod
    def from_mask(
        cls,
        pet: sitk.Image,
        mask: NDArray[np.bool_],
        *,
        origin: Origin,
        connectivity: int = 26,
        minimum_volume_ml: float = MINIMUM_VOLUME_ML,
    ) -> LesionMap:
        """Make each component of a mask that is large enough a lesion.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        mask : ndarray of bool, shape (k, j, i)
            True in tumour.
        origin : Origin
            What made the mask.
        connectivity, minimum_volume_ml
            As in `from_threshold`.

        Returns
        -------
        LesionMap
            Numbered as in `from_threshold`.
        """
        return cls._from_voxels(pet, np.flatnonzero(mask), origin, connectivity, minimum_volume_ml)

    @classmethod
    def _from_voxels(
        cls, pet: sitk.Image, flat: NDArray[np.intp], origin: Origin, connectivity: int, minimum_volume_ml: float
    ) -> LesionMap:
        if not (np.isfinite(minimum_volume_ml) and minimum_volume_ml >= 0):
            message = f"the minimum volume {minimum_volume_ml:g} mL is not a volume. Give 0 mL or more."
            raise MethodError(message)
        labels = np.zeros(shape(pet), np.int32)
        number = component_numbers(flat, labels.shape, connectivity)
        ids = _ids_by_size(number, minimum_voxels(pet, minimum_volume_ml))[number]
        flat, ids = flat[ids > 0], ids[ids > 0]
        labels.reshape(-1)[flat] = ids
        measured = measure(pet, flat, ids)
        return cls(pet, labels, [_lesion(id_, measures, origin) for id_, measures in measured.items()])

    @classmethod
    def from_labels(
        cls,
        pet: sitk.Image,
        labels: NDArray[np.integer],
        *,
        origin: Origin,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, tuple[float, float, float]] | None = None,
    ) -> LesionMap:
        """Take over a label array: every value above 0 is a lesion and stays its id.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL), float32.
        labels : ndarray of int, shape (k, j, i)
            On the grid of ``pet``; copied.
        origin : Origin
            What made the labels.
        names, colours : mapping, optional
            Id -> name, and id -> (red, green, blue) from 0 to 1, for those that have one.

        Returns
        -------
        LesionMap

        Raises
        ------
        MethodError
            If a label is negative, or ``labels`` is not on the grid of ``pet``.
        """
        if labels.size and labels.min() < 0:
            message = f"the label map holds the negative value {labels.min()}. Lesions are numbered from 1."
            raise MethodError(message)
        made = cls(pet, labels.astype(np.int32, order="C"), [])
        measured = made._measured(whole(made.labels.shape))
        lesions = [_lesion(id_, measures, origin) for id_, measures in measured.items()]
        return cls(
            pet,
            made.labels,
            [
                replace(
                    lesion,
                    name=(names or {}).get(lesion.id, lesion.name),
                    colour=(colours or {}).get(lesion.id, lesion.colour),
                )
                for lesion in lesions
            ],
        )

    @property
    def lesions(self) -> Mapping[int, Lesion]:
        """Id -> lesion, ascending by id; read-only."""
        return MappingProxyType(self._lesions)

    @property
    def image(self) -> sitk.Image:
        """A copy of the labels as an int32 image on the PET grid."""
        return image_like(self.labels, self.pet)

    def patient(self) -> PatientMeasures:
        """Return the measures of the patient."""
        return patient_measures(self._lesions.items())

    def at(self, ras: tuple[float, float, float]) -> Lesion | None:
        """Return the lesion at a point (RAS mm), or None."""
        index = np.rint(ras_to_index(self.pet, ras)).astype(int)
        if np.any(index < 0) or np.any(index >= self.labels.shape):
            return None
        return self._lesions.get(int(self.labels[tuple(index)]))

    def suggest(self, organs: OrganMap) -> None:
        """Note for each lesion, and for those still to come, the organ whose physiological uptake it may be.

        Parameters
        ----------
        organs : OrganMap
            On any grid; see `physiological_organ`.
        """
        self._organs = organs.on_grid(self.pet)
        self._lesions = {lesion.id: self._with_suggestion(lesion) for lesion in self._lesions.values()}

    def _with_suggestion(self, lesion: Lesion) -> Lesion:
        if self._organs is None:
            return lesion
        inside = voxels(self._organs.image)[lesion.box][self.labels[lesion.box] == lesion.id]
        return replace(lesion, suggestion=physiological_organ(inside, self._organs.names))

    def delete(self, lesion_id: int) -> Edit:
        """Remove a lesion.

        Parameters
        ----------
        lesion_id : int
            Id of the lesion.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion.
        """
        lesion = self._lesion(lesion_id)
        return self._do("delete", [(lesion.box, lambda labels: np.where(labels == lesion_id, 0, labels))], [lesion], {})

    def add(
        self,
        mask: NDArray[np.bool_],
        box: Box | None = None,
        *,
        origin: Origin = Origin.SEED,
        name: str | None = None,
    ) -> Edit:
        """Add a lesion; voxels that belong to another one stay with it.

        Parameters
        ----------
        mask : ndarray of bool, shape (k, j, i) of ``box``, or of the whole image
            True in the new lesion.
        box : tuple of slice, optional
            Where ``mask`` lies; the whole image if not given.
        origin : Origin
            What found it.
        name : str, optional
            "Lesion <id>" if not given.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If nothing is left to add, or the mask does not fit its box.
        """
        place = box or whole(self.labels.shape)
        if mask.shape != self.labels[place].shape:
            message = f"the mask has {mask.shape} voxels (k, j, i), its box {self.labels[place].shape}."
            raise MethodError(message)
        free = mask & (self.labels[place] == 0)
        inner = box_of(free)
        if inner is None:
            message = (
                "there is no voxel to add: all of them belong to a lesion already. Click on uptake outside lesions."
            )
            raise MethodError(message)
        exact = _moved(inner, place)
        new_id, free = self._next_id, free[inner]
        names = {} if name is None else {new_id: name}
        return self._do("add", [(exact, lambda labels: np.where(free, new_id, labels))], [], {new_id: origin}, names)

    def split(self, lesion_id: int, parts: NDArray[np.integer]) -> Edit:
        """Divide a lesion into new ones.

        Parameters
        ----------
        lesion_id : int
            Id of the lesion.
        parts : ndarray of int, shape (k, j, i) of the lesion's box
            1, 2, ... on the voxels of the lesion; what lies outside the lesion is not looked at.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion, a voxel of it has no part, or there are fewer than two parts.
        """
        lesion = self._lesion(lesion_id)
        inside = self.labels[lesion.box] == lesion_id
        if parts.shape != inside.shape or np.any(parts[inside] < 1):
            message = f"{lesion.name}: every voxel of its box needs the number of a part, from 1."
            raise MethodError(message)
        numbers, index = np.unique(parts[inside], return_inverse=True)
        if len(numbers) < 2:
            message = f"{lesion.name} is one part only, so there is nothing to split."
            raise MethodError(message)
        first = self._next_id

        def divided(labels: NDArray[np.int32]) -> NDArray[np.int32]:
            after = labels.copy()
            after[inside] = first + index
            return after

        return self._do(
            "split", [(lesion.box, divided)], [lesion], {first + n: lesion.origin for n in range(len(numbers))}
        )

    def merge(self, lesion_ids: Iterable[int]) -> Edit:
        """Make one new lesion of several.

        Parameters
        ----------
        lesion_ids : iterable of int
            Two ids or more; they need not touch. The new lesion has the origin of the largest.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there are fewer than two lesions, or one does not exist.
        """
        merged = [self._lesion(lesion_id) for lesion_id in dict.fromkeys(lesion_ids)]
        if len(merged) < 2:
            message = "one lesion alone cannot be merged. Choose two or more."
            raise MethodError(message)
        new_id = self._next_id
        changes = [(lesion.box, _relabelling(lesion.id, new_id)) for lesion in merged]
        largest = max(merged, key=lambda lesion: lesion.voxels)
        return self._do("merge", changes, merged, {new_id: largest.origin})

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit to do again."""
        return bool(self._undone)

    def undo(self) -> Edit:
        """Take the last edit back and return it.

        Raises
        ------
        MethodError
            If there is none.
        """
        if not self._done:
            message = "there is nothing to undo."
            raise MethodError(message)
        edit = self._done.pop()
        for patch in reversed(edit.patches):
            self.labels[patch.box] = patch.before
        self._exchange(edit.added, edit.removed)
        self._undone.append(edit)
        return edit

    def redo(self) -> Edit:
        """Do the last undone edit again and return it.

        Raises
        ------
        MethodError
            If there is none.
        """
        if not self._undone:
            message = "there is nothing to do again."
            raise MethodError(message)
        edit = self._undone.pop()
        for patch in edit.patches:
            self.labels[patch.box] = patch.after
        self._exchange(edit.removed, edit.added)
        self._done.append(edit)
        return edit

    def _lesion(self, lesion_id: int) -> Lesion:
        if lesion_id not in self._lesions:
            message = f"there is no lesion {lesion_id}. Choose one of those in the list."
            raise MethodError(message)
        return self._lesions[lesion_id]

    def _do(
        self,
        action: str,
        changes: list[tuple[Box, Callable[[NDArray[np.int32]], NDArray[np.int32]]]],
        removed: list[Lesion],
        origins: Mapping[int, Origin],
        names: Mapping[int, str] | None = None,
    ) -> Edit:
        patches = []
        for box, change in changes:
            before = self.labels[box].copy()
            after = np.asarray(change(before), np.int32)
            self.labels[box] = after
            patches.append(Patch(box, before, after))
        measured = self._measured(union(patch.box for patch in patches), origins) if origins else {}
        added = [
            self._with_suggestion(_lesion(id_, measures, origins[id_], (names or {}).get(id_)))
            for id_, measures in measured.items()
        ]
        edit = Edit(action, tuple(patches), tuple(removed), tuple(added))
        self._exchange(edit.removed, edit.added)
        self._next_id = max([self._next_id, *(lesion.id + 1 for lesion in added)])
        self._done.append(edit)
        self._undone.clear()
        return edit

    def _exchange(self, removed: Iterable[Lesion], added: Iterable[Lesion]) -> None:
        for lesion in removed:
            del self._lesions[lesion.id]
        self._lesions.update((lesion.id, lesion) for lesion in added)
        self._lesions = dict(sorted(self._lesions.items()))

    def _measured(self, box: Box, only: Iterable[int] | None = None) -> dict[int, Measures]:
        """Measure the lesions in a box, all or only those with some ids."""
        labels = self.labels[box]
        wanted = labels > 0 if only is None else np.isin(labels, list(only))
        position = np.nonzero(wanted)
        flat = np.ravel_multi_index(_shifted(position, box), self.labels.shape)
        return measure(self.pet, flat, labels[position])


def _lesion(lesion_id: int, measures: Measures, origin: Origin, name: str | None = None) -> Lesion:
    return Lesion(
        **vars(measures), id=lesion_id, name=name or f"Lesion {lesion_id}", colour=colour_of(lesion_id), origin=origin
    )


def minimum_voxels(pet: sitk.Image, volume_ml: float) -> int:
    """Return the smallest number of voxels with at least a volume (mL): 9 at 2 x 2 x 3 mm for 0.1 mL."""
    return max(1, int(np.ceil(volume_ml / voxel_volume_ml(pet) * (1 - _VOLUME_TOLERANCE))))


def colour_of(lesion_id: int) -> tuple[float, float, float]:
    """Return the colour of a lesion by its id: neighbouring ids are far apart in hue.

    Parameters
    ----------
    lesion_id : int
        From 1.

    Returns
    -------
    tuple of float
        Red, green, blue from 0 to 1 (sRGB).
    """
    golden_ratio = 0.618033988749895
    hue = lesion_id * golden_ratio % 1
    return colorsys.hsv_to_rgb(hue, (0.95, 0.7, 0.85)[lesion_id % 3], (0.95, 1.0, 0.8)[lesion_id // 3 % 3])


def _ids_by_size(number: NDArray[np.int32], fewest_voxels: int) -> NDArray[np.int32]:
    """Give the large enough components their id: by size, then by the order in which they are met."""
    counts = np.bincount(number)
    kept = np.flatnonzero(counts >= fewest_voxels)
    first_voxel = np.full(len(counts), len(number))
    first_voxel[number[::-1]] = np.arange(len(number) - 1, -1, -1)
    ranked = kept[np.lexsort((first_voxel[kept], -counts[kept]))]
    id_of = np.zeros(len(counts), np.int32)
    id_of[ranked] = np.arange(1, len(ranked) + 1)
    return id_of


def _shifted(position: tuple[NDArray[np.intp], ...], box: Box) -> tuple[NDArray[np.intp], ...]:
    return tuple(axis + place.start for axis, place in zip(position, box, strict=True))


def _moved(inner: Box, outer: Box) -> Box:
    k, j, i = (slice(a.start + b.start, a.stop + b.start) for a, b in zip(inner, outer, strict=True))
    return k, j, i


def _relabelling(old: int, new: int) -> Callable[[NDArray[np.int32]], NDArray[np.int32]]:
    return lambda labels: np.where(labels == old, new, labels)
