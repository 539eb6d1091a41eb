"""What can be done to lesions, each of it an edit that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .boxes import Box
from .errors import MethodError
from .history import Edit
from .lesion import Lesion, Origin, identity
from .mending import Colour, MendableLesions


class EditableLesions(MendableLesions):
    """Lesions whose labels and records agree through every edit; see `LesionHistory` for what is given."""

    def delete(self, *lesion_ids: int) -> Edit:
        """Remove lesions.

        Parameters
        ----------
        *lesion_ids : int
            One id or more: what is removed together comes back together.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If no id is given, or there is no such lesion.
        """
        chosen = self._chosen(lesion_ids)
        return self._do("delete", [(lesion.box, _relabelling(lesion.id, 0)) for lesion in chosen], chosen, [])

    def add(
        self,
        mask: NDArray[np.bool_],
        box: Box | None = None,
        *,
        origin: Origin = Origin.SEED,
        name: str | None = None,
        colour: Colour | None = None,
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
        colour : tuple of float, optional
            Red, green, blue from 0 to 1; that of its id if not given.

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
        new["colour"] = colour or new["colour"]
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
        merged = self._chosen(lesion_ids)
        if len(merged) < 2:
            message = "one lesion alone cannot be merged. Choose two or more."
            raise MethodError(message)
        new_id = self._next_id
        changes = [(lesion.box, _relabelling(lesion.id, new_id)) for lesion in merged]
        largest = max(merged, key=lambda lesion: lesion.voxels)
        return self._do("merge", changes, merged, [identity(new_id, largest.origin)])

    def amend(
        self,
        *lesion_ids: int,
        name: str | None = None,
        accepted: bool | None = None,
        colour: Colour | None = None,
    ) -> Edit:
        """Change what is said of lesions, and none of their voxels.

        Parameters
        ----------
        *lesion_ids : int
            One id or more.
        name : str, optional
            Its new name.
        accepted : bool, optional
            Whether a reader has accepted it.
        colour : tuple of float, optional
            Red, green, blue from 0 to 1.

        Returns
        -------
        Edit

        Raises
        ------
        MethodError
            If no id is given, there is no such lesion, or the name is empty.
        """
        chosen = self._chosen(lesion_ids)
        amended = [self._amended(lesion, name, colour) for lesion in chosen]
        amended = amended if accepted is None else [replace(lesion, accepted=accepted) for lesion in amended]
        return self._done_now(Edit("amend", (), tuple(chosen), tuple(amended)))

    def _chosen(self, lesion_ids: Iterable[int]) -> list[Lesion]:
        chosen = [self._lesion(lesion_id) for lesion_id in dict.fromkeys(lesion_ids)]
        if not chosen:
            message = "no lesion is chosen. Choose one in the list."
            raise MethodError(message)
        return chosen


def _relabelling(old: int, new: int) -> Callable[[NDArray[np.int32]], NDArray[np.int32]]:
    return lambda labels: np.where(labels == old, new, labels)
