"""One change of a lesion that was made elsewhere: how it is done here, written down, and done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.boxes import Box
from ..core.history import Edit
from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..study.arrays import pack, unpack
from ..study.events import Event

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Change:
    """What a lesion is to be.

    Attributes
    ----------
    lesion_id : int or None
        Id of the lesion; None for a new one.
    name : str
        What it is called.
    colour : tuple of float
        Red, green, blue from 0 to 1.
    drawn : tuple of (box, mask) or None
        Its voxels: a mask of shape (k, j, i) of the box; None if they are as they were.
    is_deleted : bool
        Whether it is gone.
    segment_id : str
        Of the segment from which a new lesion was read; the journal does without it.
    """

    lesion_id: int | None
    name: str = ""
    colour: Colour = (0.0, 0.0, 0.0)
    drawn: tuple[Box, NDArray[np.bool_]] | None = None
    is_deleted: bool = False
    segment_id: str = ""

    def do(self, lesion_map: LesionMap) -> Edit:
        """Do it to the lesions.

        Raises
        ------
        MethodError
            If the lesion is not there, or is to be what a lesion cannot be.
        """
        if self.is_deleted:
            return lesion_map.delete(self._known())
        if self.drawn is None:
            return lesion_map.amend(self._known(), name=self.name, colour=self.colour)
        box, mask = self.drawn
        if self.lesion_id is None or self.lesion_id not in lesion_map.lesions:
            return lesion_map.add(mask, box, origin=Origin.GIVEN, name=self.name, colour=self.colour)
        return lesion_map.redraw(self.lesion_id, mask, box, name=self.name, colour=self.colour)

    def payload(self) -> dict[str, Any]:
        """Return what the journal holds of it besides its voxels; ``...`` stands for the id that a new lesion gets."""
        return {
            "lesion": ... if self.lesion_id is None else self.lesion_id,
            "new": self.lesion_id is None,
            "deleted": self.is_deleted,
            "name": self.name,
            "colour": self.colour,
        }

    def blob(self) -> bytes | None:
        """Return its voxels as the journal holds them."""
        return None if self.drawn is None else pack(*self.drawn)

    @classmethod
    def from_event(cls, event: Event) -> Change:
        """Return the change that an event of the kind EDITED_ELSEWHERE holds."""
        payload = event.payload
        drawn = None if event.blob is None else unpack(event.blob)
        lesion_id = None if payload["new"] else payload["lesion"]
        return cls(lesion_id, payload["name"], tuple(payload["colour"]), drawn, payload["deleted"])

    def _known(self) -> int:
        return -1 if self.lesion_id is None else self.lesion_id
