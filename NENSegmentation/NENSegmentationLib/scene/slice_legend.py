"""What is written at the rim of a view: which side of the patient is where, and which slice or angle is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import ArrayLike, NDArray

from ..core.volume import ras_to_index, shape
from .mip import RotatingMip
from .reading_place import SIDES, side_mm
from .volumes import as_array

# A direction has the letter of each axis along which this part of it or more goes: a third, about 20 degrees.
_LETTER_FROM = 1 / 3

# A view that is tilted by less than this (as the sine of the angle) is one of the planes of the axes.
_STRAIGHT = 0.01


@dataclass(frozen=True)
class SliceLegend:
    """The words at the rim of a view.

    Attributes
    ----------
    left, right, top, bottom : str
        The side of the patient in that direction: R, L, A, P, S, I, or two or three of them where the view is tilted.
    place : str
        Which slice it is (mm, and number in the PET), or from which angle the projection is seen.
    """

    left: str
    right: str
    top: str
    bottom: str
    place: str


def slice_legend(slice_node: slicer.vtkMRMLSliceNode, pet: sitk.Image) -> SliceLegend:
    """Return what is written around a slice of the patient.

    Parameters
    ----------
    slice_node : vtkMRMLSliceNode
        Of the view.
    pet : SimpleITK.Image
        Its slices are counted, from 1, in the order of its voxels.
    """
    to_ras = as_array(slice_node.GetSliceToRAS())
    right, up, out = to_ras[:3, 0], to_ras[:3, 1], to_ras[:3, 2]
    return _legend(right, up, " ".join((_position(out, to_ras[:3, 3]), _number(pet, out, to_ras[:3, 3]))).strip())


def mip_legend(slice_node: slicer.vtkMRMLSliceNode, mip: RotatingMip) -> SliceLegend:
    """Return what is written around the projection in a view, which turns around the axis of the body."""
    degrees = mip.angle(slice_node)
    turned = np.deg2rad(degrees)
    return _legend((-np.cos(turned), -np.sin(turned), 0.0), (0.0, 0.0, 1.0), _angle(round(degrees)))


def _legend(right: ArrayLike, up: ArrayLike, place: str) -> SliceLegend:
    right, up = np.asarray(right, float), np.asarray(up, float)
    return SliceLegend(_letters(-right), _letters(right), _letters(up), _letters(-up), place)


def _letters(direction: NDArray[np.float64]) -> str:
    """Return the sides of the patient to which a direction (unit vector in RAS) goes, the nearest first."""
    axes = np.argsort(-np.abs(direction), kind="stable")
    return "".join(SIDES[axis][int(direction[axis] < 0)] for axis in axes if abs(direction[axis]) >= _LETTER_FROM)


def _position(out: NDArray[np.float64], centre: NDArray[np.float64]) -> str:
    """Return where a plane lies along the axis that it is perpendicular to; of an oblique one, from the origin."""
    axis = int(np.argmax(np.abs(out)))
    if np.delete(np.abs(out), axis).max() > _STRAIGHT:
        return f"{float(out @ centre):.1f} mm oblique"
    return f"{side_mm(axis, float(centre[axis]))} mm"


def _number(pet: sitk.Image, out: NDArray[np.float64], centre: NDArray[np.float64]) -> str:
    """Return which slice of the PET a plane is, and of how many; empty if it is none, or beside the PET."""
    start, end = ras_to_index(pet, [centre, centre + out])
    step = np.abs(end - start)
    axis = int(np.argmax(step))
    number, count = round(float(start[axis])) + 1, shape(pet)[axis]
    is_along = np.delete(step, axis).max() < _STRAIGHT * step[axis]
    return f"{number}/{count}" if is_along and 1 <= number <= count else ""


def _angle(degrees: int) -> str:
    """Return an angle of the projection in words: from the front, from behind, or from a side of the patient."""
    named = {0: "front", 90: "left side", 180: "back", -90: "right side"}
    return named.get(degrees) or f"{abs(degrees)}\u00b0 {'left' if degrees > 0 else 'right'}"
