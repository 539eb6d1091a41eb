"""Where the slices of a series lie, and whether they stack to a volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from .attributes import file_name, named, required_number, required_numbers, text
from .errors import DicomError

WARN_STEP = 0.05
"""A step between slices that deviates from the median by more than this part is a warning."""

LARGEST_STEP = 1.5
"""A step above this times the median is a gap."""

SAME_POSITION_MM = 0.01
"""Slices nearer than this lie at one position; scanners round positions to thousandths."""

_ORIENTATION_TOLERANCE = 1e-3
_SPACING_TOLERANCE_MM = 1e-3


@dataclass(frozen=True)
class Grid:
    """The voxel grid of a stack of slices.

    Attributes
    ----------
    shape : tuple of int
        Number of voxels along (k, j, i).
    origin : tuple of float
        Centre of the first voxel, LPS mm as in DICOM.
    spacing : tuple of float
        Distance of voxel centres along (i, j, k) in mm, in SimpleITK's order.
    direction : tuple of float
        Direction cosines, row by row; the columns are the directions of i, j and k.
    warnings : tuple of str
        What is doubtful.
    """

    shape: tuple[int, int, int]
    origin: tuple[float, float, float]
    spacing: tuple[float, float, float]
    direction: tuple[float, ...]
    warnings: tuple[str, ...]


def in_order(headers: Sequence[Dataset]) -> tuple[Dataset, ...]:
    """Return slices in the order of their positions along the normal of the first.

    Slices of which one lacks its place are returned as they come; `stacked` says which.
    """
    try:
        at = places(headers)
    except DicomError:
        return tuple(headers)
    return tuple(headers[n] for n in np.argsort(at, kind="stable"))


def position(header: Dataset) -> NDArray[np.float64]:
    """Return ImagePositionPatient (0020,0032), LPS mm.

    Raises
    ------
    DicomError
        If it is missing or unreadable.
    """
    return np.array(required_numbers(header, "ImagePositionPatient", 3))


def slice_normal(header: Dataset) -> NDArray[np.float64]:
    """Return the unit normal of a slice, LPS.

    Raises
    ------
    DicomError
        If ImageOrientationPatient (0020,0037) is missing, unreadable, or no pair of directions at right angles.
    """
    return _axes(header)[2]


def places(headers: Sequence[Dataset]) -> NDArray[np.float64]:
    """Return the positions of slices along their common normal.

    Parameters
    ----------
    headers : sequence of Dataset
        Slices of one orientation.

    Returns
    -------
    ndarray, shape (k,)
        In mm.

    Raises
    ------
    DicomError
        If a slice lacks its place or orientation.
    """
    normal = slice_normal(headers[0])
    return np.array([float(np.dot(position(header), normal)) for header in headers])


def stacked(headers: Sequence[Dataset], where: str) -> Grid:
    """Return the grid of slices after making sure that they stack to a volume.

    The slices of a regular grid are one distance apart; real ones vary a little. The grid takes the mean distance, so
    that its first and its last slice are where they are in the patient and no error adds up along the body; each slice
    keeps its own voxels, and its displacement is at most a few hundredths of a millimetre on real scanners.

    Parameters
    ----------
    headers : sequence of Dataset
        One frame of one series, in the order of their positions.
    where : str
        What to call the series in messages.

    Returns
    -------
    Grid

    Raises
    ------
    DicomError
        If there is only one slice, slices differ in shape, spacing, orientation or frame of reference, two lie at one
        position, one is missing between others (a step above 1.5 times the median), or the stack is sheared.
    """
    if len(headers) < 2:
        message = f"{where}: there is only one slice ({file_name(headers[0])}). Give the whole series."
        raise DicomError(message)
    _require_alike(headers, where)
    at = places(headers)
    steps = np.diff(at)
    _require_distinct(headers, steps, where)
    warnings = _checked_steps(headers, at, steps, where)
    _require_upright(headers, where)
    along_i, along_j, normal = _axes(headers[0])
    between_rows, between_columns = required_numbers(headers[0], "PixelSpacing", 2)
    x, y, z = position(headers[0]).tolist()
    return Grid(
        shape=(len(headers), *_shape(headers[0])),
        origin=(x, y, z),
        spacing=(between_columns, between_rows, float(steps.mean())),
        direction=tuple(np.column_stack([along_i, along_j, normal]).ravel().tolist()),
        warnings=warnings,
    )


def _axes(header: Dataset) -> NDArray[np.float64]:
    """Return the directions of i, j and k as rows, exactly at right angles; k is the normal of the slice."""
    stored = np.array(required_numbers(header, "ImageOrientationPatient", 6)).reshape(2, 3)
    lengths = np.linalg.norm(stored, axis=1)
    if np.abs(lengths - 1).max() > _ORIENTATION_TOLERANCE or abs(stored[0] @ stored[1]) > _ORIENTATION_TOLERANCE:
        attribute = named("ImageOrientationPatient")
        message = f"{file_name(header)}: {attribute} is no pair of directions at right angles. Export the series again."
        raise DicomError(message)
    along_i = stored[0] / lengths[0]
    normal = np.cross(along_i, stored[1])
    normal /= np.linalg.norm(normal)
    return np.stack([along_i, np.cross(normal, along_i), normal])


def _shape(header: Dataset) -> tuple[int, int]:
    return int(required_number(header, "Rows")), int(required_number(header, "Columns"))


def _require_alike(headers: Sequence[Dataset], where: str) -> None:
    first = headers[0]
    orientation = np.array(required_numbers(first, "ImageOrientationPatient", 6))
    spacing = np.array(required_numbers(first, "PixelSpacing", 2))
    if spacing.min() <= 0:
        message = f"{file_name(first)}: {named('PixelSpacing')} is not above zero. Export the series again."
        raise DicomError(message)
    shape, frame, patient = _shape(first), text(first, "FrameOfReferenceUID"), text(first, "PatientID")
    for header in headers[1:]:
        turned = np.abs(required_numbers(header, "ImageOrientationPatient", 6) - orientation).max()
        scaled = np.abs(required_numbers(header, "PixelSpacing", 2) - spacing).max()
        checks = {
            "ImageOrientationPatient": turned <= _ORIENTATION_TOLERANCE,
            "PixelSpacing": scaled <= _SPACING_TOLERANCE_MM,
            "Rows": _shape(header)[0] == shape[0],
            "Columns": _shape(header)[1] == shape[1],
            "FrameOfReferenceUID": text(header, "FrameOfReferenceUID") == frame,
            "PatientID": text(header, "PatientID") == patient,
        }
        different = [named(keyword) for keyword, alike in checks.items() if not alike]
        if different:
            message = (
                f"{where}: slices are mixed; {file_name(first)} and {file_name(header)} differ in "
                f"{' and '.join(different)}. Give a folder with one unmixed series."
            )
            raise DicomError(message)


def _require_distinct(headers: Sequence[Dataset], steps: NDArray[np.float64], where: str) -> None:
    same = np.flatnonzero(steps < SAME_POSITION_MM)
    if same.size:
        k = int(same[0])
        message = (
            f"{where}: {file_name(headers[k])} and {file_name(headers[k + 1])} are duplicates at one position "
            f"({same.size} such pairs). Give a folder with one image per position."
        )
        raise DicomError(message)


def _checked_steps(
    headers: Sequence[Dataset], at: NDArray[np.float64], steps: NDArray[np.float64], where: str
) -> tuple[str, ...]:
    median = float(np.median(steps))
    if steps.max() > LARGEST_STEP * median:
        k = int(steps.argmax())
        message = (
            f"{where}: slices are missing between {file_name(headers[k])} and {file_name(headers[k + 1])}, which are "
            f"{steps[k]:.2f} mm apart where {median:.2f} mm is usual. Copy the whole series again."
        )
        raise DicomError(message)
    if np.abs(steps / median - 1).max() <= WARN_STEP:
        return ()
    regular = at[0] + np.arange(len(at)) * steps.mean()
    warning = (
        f"{where}: the slices are {steps.min():.2f} to {steps.max():.2f} mm apart. They were placed {steps.mean():.2f} "
        f"mm apart, which moves none by more than {np.abs(at - regular).max():.2f} mm."
    )
    return (warning,)


def _require_upright(headers: Sequence[Dataset], where: str) -> None:
    """Refuse slices that are shifted within their planes, as by a tilted gantry."""
    along_i, along_j, _ = _axes(headers[0])
    away = np.stack([position(header) for header in headers]) - position(headers[0])
    shift = np.abs(away @ np.stack([along_i, along_j]).T).max()
    allowed = min(required_numbers(headers[0], "PixelSpacing", 2)) / 2
    if shift > allowed:
        message = (
            f"{where}: the slices are shifted against each other by {shift:.1f} mm (a tilted gantry), so they are no "
            "upright stack. Give a series that was acquired or resampled without tilt."
        )
        raise DicomError(message)
