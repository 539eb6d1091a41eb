"""Where the frames of a multi-frame object lie: on the slices of a PET, or on a grid of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from pydicom import Dataset

from .attributes import named, required_number, required_numbers
from .derived import slice_to_patient
from .errors import DicomError
from .reference import SAME_PLANE_MM, Slices

# Part of the distance between frames by which one may lie off its place.
_OFF_PLACE = 0.1
# A whole body on a fine CT has a quarter of it; more would fill the memory.
_MOST_VOXELS = 1 << 29

Place = tuple[int, int, int]
"""Plane k, and what to add to (j, i) of a frame."""


@dataclass(frozen=True)
class FrameStack:
    """The grid that frames make up by themselves.

    Attributes
    ----------
    shape : tuple of int
        Number of voxels along (k, j, i).
    origin, spacing, direction : tuple of float
        In SimpleITK's order.
    places : list of tuple
        Where each frame lies on the grid.
    """

    shape: tuple[int, int, int]
    origin: tuple[float, ...]
    spacing: tuple[float, ...]
    direction: tuple[float, ...]
    places: list[Place]

    @property
    def grid(self) -> sitk.Image:
        """An empty image on the grid."""
        k, j, i = self.shape
        image = sitk.Image((i, j, k), sitk.sitkUInt8)
        image.SetOrigin(self.origin)
        image.SetSpacing(self.spacing)
        image.SetDirection(self.direction)
        return image


def frame_headers(dataset: Dataset) -> list[Dataset]:
    """Return for each frame what a single slice says of itself: position, orientation, spacing and size.

    Parameters
    ----------
    dataset : Dataset
        With functional groups, shared ones and one per frame.

    Returns
    -------
    list of Dataset
        With the ``filename`` of the object, for messages.

    Raises
    ------
    DicomError
        If a frame lacks one of them, or it is not readable.
    """
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    frames = []
    for own in dataset.get("PerFrameFunctionalGroupsSequence") or []:
        header = Dataset()
        header.filename = dataset.filename
        header.Rows, header.Columns = int(required_number(dataset, "Rows")), int(required_number(dataset, "Columns"))
        for sequence, keyword, count in (
            ("PlanePositionSequence", "ImagePositionPatient", 3),
            ("PlaneOrientationSequence", "ImageOrientationPatient", 6),
            ("PixelMeasuresSequence", "PixelSpacing", 2),
        ):
            group = (own.get(sequence) or shared.get(sequence) or [Dataset()])[0]
            group.filename = dataset.filename
            setattr(header, keyword, list(required_numbers(group, keyword, count)))
        frames.append(header)
    return frames


def places_on(slices: Slices, frames: Sequence[Dataset]) -> list[Place] | None:
    """Return where frames lie on the slices of a PET, as its headers place them; None if one lies elsewhere."""
    found: list[Place] = []
    for frame in frames:
        corners = np.array([(0, 0, 1), (frame.Rows - 1, 0, 1), (0, frame.Columns - 1, 1)])
        lps = corners @ slice_to_patient(frame).T
        along = lps @ slices.normal
        k = int(np.abs(slices.places - along[0]).argmin())
        apart = slices.pixels(k, lps) - corners[:, :2]
        offset = np.rint(apart[0])
        off_grid = np.abs((apart - offset) * slices.pixel_spacing).max()
        if max(off_grid, np.abs(along - slices.places[k]).max()) > SAME_PLANE_MM:
            return None
        found.append((k, int(offset[0]), int(offset[1])))
    return found


def stacked_frames(frames: Sequence[Dataset], where: str, thickness: float) -> FrameStack:
    """Return the grid that frames make up.

    Parameters
    ----------
    frames : sequence of Dataset
        From `frame_headers`, at least one; several may lie on one plane, and planes may be missing.
    where : str
        What to call the object in messages.
    thickness : float
        Distance between planes in mm where all frames lie on one.

    Returns
    -------
    FrameStack

    Raises
    ------
    DicomError
        If the frames differ in orientation or spacing, or do not stack upright at even distances.
    """
    matrices = np.array([slice_to_patient(frame) for frame in frames])
    columns, positions = matrices[:, :, :2], matrices[:, :, 2]
    first = columns[0]
    directions = first / np.linalg.norm(first, axis=0)
    normal = np.cross(directions[:, 1], directions[:, 0])
    away = positions - positions[0]
    along = away @ normal
    steps = np.diff(np.unique(np.round(along, 2)))
    step = float(steps[steps > SAME_PLANE_MM].min()) if np.any(steps > SAME_PLANE_MM) else thickness
    k = np.rint((along - along.min()) / step)
    askew = max(
        np.abs(columns - first).max() * max(frames[0].Rows, frames[0].Columns),
        np.abs(along - along.min() - k * step).max() - _OFF_PLACE * step,
        np.abs(away @ directions).max() - SAME_PLANE_MM,
    )
    if askew > SAME_PLANE_MM or (k.max() + 1) * frames[0].Rows * frames[0].Columns > _MOST_VOXELS:
        message = (
            f"{where}: its frames do not stack to a volume ({named('ImagePositionPatient')}). "
            "Export the segmentation on the slices of the PET or of its CT."
        )
        raise DicomError(message)
    between_rows, between_columns = np.linalg.norm(first, axis=0).tolist()
    return FrameStack(
        shape=(int(k.max()) + 1, frames[0].Rows, frames[0].Columns),
        origin=tuple((positions[0] + along.min() * normal).tolist()),
        spacing=(between_columns, between_rows, step),
        direction=tuple(np.column_stack([directions[:, 1], directions[:, 0], normal]).ravel().tolist()),
        places=[(int(plane), 0, 0) for plane in k],
    )
