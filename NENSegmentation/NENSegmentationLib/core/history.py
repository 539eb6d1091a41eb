"""What was done to lesions: edits that can be undone, and the labels and records that they change together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import Box, shifted, union
from .errors import MethodError
from .lesion import Lesion
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
        delete, add, split, merge, paint, erase, redraw or amend.
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


class LesionHistory:
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
