"""What is said of a place in the patient: where it is, how much uptake and density there is, and which lesion."""

from __future__ import annotations

from dataclasses import dataclass

import slicer
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..core.lesion import Lesion
from .interaction import Ras, words_of
from .session import CorrectionSession

SIDES = (("R", "L"), ("A", "P"), ("S", "I"))
"""Letters of the sides of the patient, above 0 and below it, along each axis of RAS: right and left, anterior and
posterior, superior and inferior."""


@dataclass(frozen=True)
class ReadingPlace:
    """A point of the patient, and what the images show in the voxel there.

    Attributes
    ----------
    ras : tuple of float
        RAS mm.
    suv : float or None
        SUVbw (g/mL); None outside the PET.
    hounsfield : float or None
        Hounsfield units; None without a CT, or outside it.
    lesion : Lesion or None
        The lesion to which the voxel belongs.
    """

    ras: Ras
    suv: float | None
    hounsfield: float | None
    lesion: Lesion | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The words for it: the lesion if there is one, uptake and density, position; none beside all images."""
        if self.suv is None and self.hounsfield is None:
            return ()
        named = () if self.lesion is None else (words_of(self.lesion),)
        suv = "outside the PET" if self.suv is None else f"SUV {self.suv:.2f}"
        measured = suv if self.hounsfield is None else f"{suv}, {self.hounsfield:.0f} HU"
        return (*named, measured, f"{'  '.join(map(side_mm, range(3), self.ras))} mm")


def reading_place(session: CorrectionSession, ras: Ras) -> ReadingPlace:
    """Return what there is at a point (RAS mm) of the case of a session."""
    lesion_map = session.lesion_map
    return ReadingPlace(
        ras,
        value_at(session.pet_node, ras),
        None if session.ct_node is None else value_at(session.ct_node, ras),
        None if lesion_map is None else lesion_map.at(ras),
    )


def value_at(node: slicer.vtkMRMLScalarVolumeNode, ras: Ras) -> float | None:
    """Return the value of the voxel of a volume at a point (RAS mm), or None outside it.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        Without a parent transform.
    ras : tuple of float
        The point.
    """
    data, ras_to_ijk = node.GetImageData(), vtkMatrix4x4()
    node.GetRASToIJKMatrix(ras_to_ijk)
    ijk = [round(at) for at in ras_to_ijk.MultiplyPoint((*ras, 1.0))[:3]]
    if not all(0 <= at < end for at, end in zip(ijk, data.GetDimensions(), strict=True)):
        return None
    return data.GetScalarComponentAsDouble(*ijk, 0)


def side_mm(axis: int, mm: float) -> str:
    """Return a coordinate of RAS with the letter of its side in place of its sign, without the unit.

    Examples
    --------
    >>> side_mm(0, -12.04)
    'L 12.0'
    """
    return f"{SIDES[axis][mm < 0]} {abs(mm):.1f}"
