"""Lesions whose parts are mended: painted, erased, or drawn anew elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .boxes import Box, box_of, placed, union, whole, within
from .errors import MethodError
from .history import Edit, LesionHistory
from .lesion import IDENTITY, Lesion

Colour = tuple[float, float, float]


class MendableLesions(LesionHistory):
    """Lesions that keep their id while their voxels change; see `LesionHistory` for what is given."""

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

    def redraw(
        self,
        lesion_id: int,
        mask: NDArray[np.bool_],
        box: Box | None = None,
        *,
        name: str | None = None,
        colour: Colour | None = None,
    ) -> Edit:
        """Give a lesion the voxels of a mask and no others, as it was drawn elsewhere.

        Unlike `paint` this takes voxels from other lesions: whoever drew it saw them. One that loses its last voxel is
        gone.

        Parameters
        ----------
        lesion_id : int
            Id of the lesion, which it keeps.
        mask : ndarray of bool, shape (k, j, i) of ``box``, or of the whole image
            True where the lesion shall be.
        box : tuple of slice, optional
            Where ``mask`` lies; the whole image if not given.
        name, colour
            As in `amend`.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If there is no such lesion, the mask is empty or does not fit its box, or the name is empty.
        """
        lesion = self._amended(self._lesion(lesion_id), name, colour)
        place = self._place(mask, box)
        exact = box_of(mask)
        if exact is None:
            message = f"{lesion.name}: there is no voxel left. Delete the lesion instead."
            raise MethodError(message)
        owners, losses = np.unique(self.labels[place][mask], return_counts=True)
        losing = {id_: loss for id_, loss in zip(owners.tolist(), losses, strict=True) if id_ not in (0, lesion_id)}
        others = [self._lesions[id_] for id_ in losing]
        # All of them are measured again, each as a whole.
        wide = union([lesion.box, placed(exact, place), *(other.box for other in others)])
        inside = np.zeros(self.labels[wide].shape, bool)
        inside[within(placed(exact, place), wide)] = mask[exact]

        def drawn(labels: NDArray[np.int32]) -> NDArray[np.int32]:
            return np.where(inside, lesion_id, np.where(labels == lesion_id, 0, labels))

        left = [lesion, *(other for other in others if losing[other.id] < other.voxels)]
        removed = [self._lesions[lesion_id], *others]
        return self._do("redraw", [(wide, drawn)], removed, [_identity_of(one) for one in left])

    def _amended(self, lesion: Lesion, name: str | None, colour: Colour | None) -> Lesion:
        if name is not None and not name.strip():
            message = f"{lesion.name}: a lesion needs a name. Give one letter or more."
            raise MethodError(message)
        return replace(lesion, name=name or lesion.name, colour=colour or lesion.colour)

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
        # The whole lesion is measured again, so its box and the mask's are one patch.
        place = union([lesion.box, exact])
        inside = np.zeros(self.labels[place].shape, bool)
        inside[within(exact, place)] = changed
        return self._do(
            action,
            [(place, lambda labels: np.where(inside, becomes, labels))],
            [lesion],
            [] if gone else [_identity_of(lesion)],
        )

    def _within(self, mask: NDArray[np.bool_], box: Box | None, label: int) -> tuple[Box, NDArray[np.bool_] | None]:
        """Cut a mask to the voxels of one label, and its box to what is left; None if nothing is."""
        place = self._place(mask, box)
        chosen = mask & (self.labels[place] == label)
        inner = box_of(chosen)
        return (place, None) if inner is None else (placed(inner, place), chosen[inner])

    def _place(self, mask: NDArray[np.bool_], box: Box | None) -> Box:
        place = box or whole(self.labels.shape)
        if mask.shape != self.labels[place].shape:
            message = f"the mask has {mask.shape} voxels (k, j, i), its box {self.labels[place].shape}."
            raise MethodError(message)
        return place


def _identity_of(lesion: Lesion) -> dict[str, Any]:
    return {field: getattr(lesion, field) for field in IDENTITY}
