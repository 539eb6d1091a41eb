"""Labels and records of lesions, and edits of them that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import Box, box_of, placed, shifted, union, whole, within
from .errors import MethodError
from .lesion import IDENTITY, Lesion, Origin, identity
from .measures import Measures, measure
from .organs import OrganMap, physiological_organ
from .volume import shape, voxels


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
        delete, add, split, merge, paint, erase or amend.
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
    def box(self) -> Box | None:
        """The smallest box that holds every changed voxel; None if only records changed."""
        return union(patch.box for patch in self.patches) if self.patches else None


class EditableLesions:
    """Lesions as labels and records that stay in agreement through every edit.

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

    @property
    def lesions(self) -> Mapping[int, Lesion]:
        """Id -> lesion, ascending by id; read-only."""
        return MappingProxyType(self._lesions)

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
        return self._do("delete", [(lesion.box, _relabelling(lesion_id, 0))], [lesion], [])

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
        exact, free = self._within(mask, box, label=0)
        if free is None:
            message = (
                "there is no voxel to add: all of them belong to a lesion already. Click on uptake outside lesions."
            )
            raise MethodError(message)
        new_id = self._next_id
        new = identity(new_id, origin, name)
        return self._do("add", [(exact, lambda labels: np.where(free, new_id, labels))], [], [new])

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

        parts_of = [identity(first + n, lesion.origin) for n in range(len(numbers))]
        return self._do("split", [(lesion.box, divided)], [lesion], parts_of)

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
        return self._do("merge", changes, merged, [identity(new_id, largest.origin)])

    def paint(self, lesion_id: int, mask: NDArray[np.bool_], box: Box | None = None) -> Edit:
        """Add voxels to a lesion; those that belong to another one stay with it.

        Parameters
        ----------
        lesion_id : int
            Id of the lesion, which it keeps.
        mask : ndarray of bool, shape (k, j, i) of ``box``, or of the whole image
            True where the lesion shall be.
        box : tuple of slice, optional
            Where ``mask`` lies; the whole image if not given.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion, no voxel to add, or the mask does not fit its box.
        """
        return self._mend("paint", lesion_id, mask, box, taken_from=0, becomes=lesion_id)

    def erase(self, lesion_id: int, mask: NDArray[np.bool_], box: Box | None = None) -> Edit:
        """Take voxels from a lesion; if none is left, the lesion is gone.

        Parameters
        ----------
        lesion_id, mask, box
            As in `paint`.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion, no voxel of it in the mask, or the mask does not fit its box.
        """
        return self._mend("erase", lesion_id, mask, box, taken_from=lesion_id, becomes=0)

    def amend(self, lesion_id: int, *, name: str | None = None, accepted: bool | None = None) -> Edit:
        """Change what is said of a lesion, and none of its voxels.

        Parameters
        ----------
        lesion_id : int
            Id of the lesion.
        name : str, optional
            Its new name.
        accepted : bool, optional
            Whether a reader has accepted it.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion, or the name is empty.
        """
        lesion = self._lesion(lesion_id)
        if name is not None and not name.strip():
            message = f"{lesion.name}: a lesion needs a name. Give one letter or more."
            raise MethodError(message)
        amended = lesion if name is None else replace(lesion, name=name)
        amended = amended if accepted is None else replace(amended, accepted=accepted)
        return self._done_now(Edit("amend", (), (lesion,), (amended,)))

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

    def take_back(self) -> Edit:
        """Undo the last edit as if it had never been: it cannot be done again.

        Raises
        ------
        MethodError
            If there is none.
        """
        edit = self.undo()
        self._undone.pop()
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

    def _mend(
        self, action: str, lesion_id: int, mask: NDArray[np.bool_], box: Box | None, *, taken_from: int, becomes: int
    ) -> Edit:
        """Give voxels of a mask from one label (0 is background) to another."""
        lesion = self._lesion(lesion_id)
        exact, changed = self._within(mask, box, taken_from)
        if changed is None:
            message = f"{lesion.name}: there is no voxel to {action} here. Move closer to the edge of the lesion."
            raise MethodError(message)
        gone = becomes == 0 and np.count_nonzero(changed) == lesion.voxels
        kept = {field: getattr(lesion, field) for field in IDENTITY}
        # The whole lesion is measured again, so its box and the mask's are one patch.
        place = union([lesion.box, exact])
        inside = np.zeros(self.labels[place].shape, bool)
        inside[within(exact, place)] = changed
        return self._do(
            action, [(place, lambda labels: np.where(inside, becomes, labels))], [lesion], [] if gone else [kept]
        )

    def _within(self, mask: NDArray[np.bool_], box: Box | None, label: int) -> tuple[Box, NDArray[np.bool_] | None]:
        """Cut a mask to the voxels of one label, and its box to what is left; None if nothing is."""
        place = box or whole(self.labels.shape)
        if mask.shape != self.labels[place].shape:
            message = f"the mask has {mask.shape} voxels (k, j, i), its box {self.labels[place].shape}."
            raise MethodError(message)
        chosen = mask & (self.labels[place] == label)
        inner = box_of(chosen)
        return (place, None) if inner is None else (placed(inner, place), chosen[inner])

    def _do(
        self,
        action: str,
        changes: list[tuple[Box, Callable[[NDArray[np.int32]], NDArray[np.int32]]]],
        removed: list[Lesion],
        identities: list[dict[str, Any]],
    ) -> Edit:
        """Change boxes of labels, and measure the lesions that come of it."""
        patches: list[Patch] = []
        try:
            for box, change in changes:
                before = self.labels[box].copy()
                patches.append(Patch(box, before, np.asarray(change(before), np.int32)))
                self.labels[box] = patches[-1].after
            added = self._measured_anew(patches, identities)
        except BaseException:
            # Out of memory, say: then nothing has happened.
            for patch in reversed(patches):
                self.labels[patch.box] = patch.before
            raise
        return self._done_now(Edit(action, tuple(patches), tuple(removed), added))

    def _measured_anew(self, patches: list[Patch], identities: list[dict[str, Any]]) -> tuple[Lesion, ...]:
        identity_of = {identity["id"]: identity for identity in identities}
        measured = self._measured([patch.box for patch in patches], list(identity_of)) if identities else {}
        return tuple(self._with_suggestion(Lesion(**vars(measured[id_]), **identity_of[id_])) for id_ in measured)

    def _done_now(self, edit: Edit) -> Edit:
        self._exchange(edit.removed, edit.added)
        self._next_id = max([self._next_id, *(lesion.id + 1 for lesion in edit.added)])
        self._done.append(edit)
        self._undone.clear()
        return edit

    def _exchange(self, removed: Iterable[Lesion], added: Iterable[Lesion]) -> None:
        for lesion in removed:
            del self._lesions[lesion.id]
        # A record that comes back may be older than the organ map.
        self._lesions.update((lesion.id, self._with_suggestion(lesion)) for lesion in added)
        self._lesions = dict(sorted(self._lesions.items()))

    def _measured(self, boxes: list[Box], only: list[int] | None = None) -> dict[int, Measures]:
        """Measure the lesions in some boxes, all or only those with some ids."""
        found = []
        for box in boxes:
            labels = self.labels[box]
            position = np.nonzero(labels > 0 if only is None else np.isin(labels, only))
            found.append(np.ravel_multi_index(shifted(position, box), self.labels.shape))
        flat = np.unique(np.concatenate(found))
        return measure(self.pet, flat, self.labels.reshape(-1)[flat])


def _relabelling(old: int, new: int) -> Callable[[NDArray[np.int32]], NDArray[np.int32]]:
    return lambda labels: np.where(labels == old, new, labels)
