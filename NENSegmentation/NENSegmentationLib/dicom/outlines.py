"""One region of an RT Structure Set: its contours, and the voxels of the PET that they hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from ..core.lesion import Origin
from .attributes import named, text, texts
from .errors import DicomError
from .filling import filled_pixels
from .reference import SAME_PLANE_MM, Slices
from .regions import Colour, Region, one_line, origin_named

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
# Part of the distance between slices by which the points of a contour may lie off their plane.
_OFF_PLANE = 0.1
# Slices of a planning CT are no thicker.
_THICK_MM = 5.0
# Ten metres: no point of a patient is farther from the origin of a scanner.
_FARTHEST_MM = 1e4


@dataclass(frozen=True)
class Placed:
    """A region on the PET; whether it reached outside, and whether planes of contours moved to slices."""

    region: Region
    outside: bool
    moved: bool


@dataclass(frozen=True)
class Outline:
    """A region as it is drawn.

    Attributes
    ----------
    where : str
        What to call it in a message.
    name : str
        As its maker called it.
    colour : tuple of float or None
        Red, green, blue from 0 to 1 (sRGB).
    lesion_id : int or None
        The id of the lesion that it was, if this program wrote it.
    origin : Origin
        What found it.
    contours : list of ndarray, each of shape (n, 3)
        Closed contours, LPS mm.
    images : set of str
        The instances that they were drawn on, empty for one that is not named.
    """

    where: str
    name: str
    colour: Colour | None
    lesion_id: int | None
    origin: Origin
    contours: list[NDArray[np.float64]]
    images: set[str]

    @classmethod
    def read(cls, path: Path, roi: Dataset, item: Dataset) -> Outline:
        """Read a region.

        Parameters
        ----------
        path : Path
            The file, for messages.
        roi : Dataset
            Its item of StructureSetROISequence.
        item : Dataset
            Its item of ROIContourSequence; empty if there is none.

        Returns
        -------
        Outline

        Raises
        ------
        DicomError
            If the points of a contour are no points of a patient.
        """
        number = text(roi, "ROINumber")
        name = one_line(text(roi, "ROIName")) or f"Region {number}"
        where = f"{path.name}: region {name}"
        closed = [c for c in item.get("ContourSequence") or [] if text(c, "ContourGeometricType") in _CLOSED]
        colour = tuple(float(part) / 255 for part in texts(item, "ROIDisplayColor"))
        origin = origin_named(text(roi, "ROIGenerationDescription"))
        return cls(
            where,
            name,
            (colour[0], colour[1], colour[2]) if len(colour) == 3 and 0 <= min(colour) <= max(colour) <= 1 else None,
            None if origin is None else int(number),
            origin or Origin.SEED,
            [_points(where, contour) for contour in closed],
            {_image(contour) for contour in closed},
        )

    def on(self, slices: Slices) -> Placed:
        """Place the region on a PET.

        Parameters
        ----------
        slices : Slices
            Of the PET.

        Returns
        -------
        Placed

        Raises
        ------
        DicomError
            If a contour does not lie in a plane of the slices.
        """
        planes = self._planes(slices)
        at = np.array(sorted(planes))
        if not at.size:
            return Placed(self._region([]), outside=False, moved=False)
        nearest = np.abs(slices.places[:, None] - at).argmin(axis=1)
        distance = np.abs(slices.places - at[nearest])
        thickness = slices.step if self.images <= slices.instances else _thickness(at, slices.step)
        near = np.flatnonzero(distance <= thickness / 2 + SAME_PLANE_MM)
        rows, columns = slices.shape
        filled = []
        outside = bool(np.any(at[[0, -1]] < slices.lowest) or np.any(at[[0, -1]] > slices.highest))
        for k in near.tolist():
            polygons = [slices.pixels(k, contour) for contour in planes[at[nearest[k]]]]
            filled.append(filled_pixels(polygons, slices.shape) + k * rows * columns)
            corners = np.concatenate(polygons)
            outside = outside or bool(np.any((corners < -1) | (corners > slices.shape)))
        moved = bool(near.size) and float(distance[near].max()) > SAME_PLANE_MM
        return Placed(self._region(filled), outside, moved)

    def _planes(self, slices: Slices) -> dict[float, list[NDArray[np.float64]]]:
        """Return the contours by the place of their plane along the normal of the slices."""
        planes: dict[float, list[NDArray[np.float64]]] = {}
        allowed = _OFF_PLANE * slices.step
        placed = [(contour, contour @ slices.normal) for contour in self.contours]
        last = -np.inf
        for contour, along in sorted(placed, key=lambda pair: float(pair[1].mean())):
            if np.ptp(along) > allowed:
                message = (
                    f"{self.where}: a contour does not lie in a plane of the PET's slices. "
                    "Give an RTSTRUCT that was drawn on the slices of the PET or of its CT."
                )
                raise DicomError(message)
            if along.mean() - last > SAME_PLANE_MM:
                last = float(along.mean())
            planes.setdefault(last, []).append(contour)
        return planes

    def _region(self, filled: list[NDArray[np.intp]]) -> Region:
        flat = np.concatenate([np.empty(0, np.intp), *filled])
        return Region(self.name, flat, self.colour, self.lesion_id, self.origin)


def _thickness(at: NDArray[np.float64], step: float) -> float:
    """Return how thick the planes of contours are, which no file says: as far as neighbouring ones are apart.

    Planes farther apart than images are, hold separate lesions: each is then as thick as a slice of the PET.
    """
    steps = np.diff(at)
    usual = float(np.median(steps[steps < 1.5 * steps.min()])) if steps.size else step
    return usual if usual <= max(2 * step, _THICK_MM) else step


def _image(contour: Dataset) -> str:
    return text((contour.get("ContourImageSequence") or [Dataset()])[0], "ReferencedSOPInstanceUID")


def _points(where: str, contour: Dataset) -> NDArray[np.float64]:
    """Return the points of a contour without the detour of a Python number for each coordinate."""
    attribute = named("ContourData")
    element = contour.get_item("ContourData") if "ContourData" in contour else None
    value = None if element is None else element.value
    stored = (value or b"").split(b"\\") if isinstance(element, RawDataElement) else list(value or [])
    try:
        numbers = np.array(stored if value else []).astype(float)
    except ValueError:
        numbers = np.array([np.nan])
    if numbers.size == 0 or numbers.size % 3 or not np.all(np.abs(numbers) < _FARTHEST_MM):
        message = f"{where}: {attribute} of a contour holds no points of a patient. Export the RTSTRUCT again."
        raise DicomError(message)
    return numbers.reshape(-1, 3)
