"""The segments of a DICOM Segmentation, of this program or of any other, as lesions on the PET."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from highdicom.color import CIELabColor
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels import iter_pixels
from pydicom.tag import Tag
from pydicom.uid import UID, SegmentationStorage

from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.volume import shape
from .attributes import named, text, texts
from .errors import DicomError
from .frame_stack import Place, frame_headers, places_on, stacked_frames
from .onto_pet import onto_pet
from .reference import Slices, damaged, read_whole, reading, require_frame_of_reference
from .regions import Colour, Region, lesions_of, one_line, origin_named, remark
from .series import Series

LABEL_MAP_STORAGE = UID("1.2.840.10008.5.1.4.1.1.66.7")
"""Label Map Segmentation Storage, which pydicom 3.0 has no name for."""

_PIXELS = Tag("PixelData")
_TRACKED = "Lesion "
_READ = ("BINARY", "LABELMAP")


def lesion_map_from_seg(path: Path, pet: sitk.Image, series: Series) -> tuple[LesionMap, tuple[str, ...]]:
    """Read the segments of a DICOM Segmentation as lesions.

    Frames that lie on the slices of the PET, whole or cropped, are taken over voxel by voxel. Others are resampled by
    nearest neighbour, and a warning says so.

    Parameters
    ----------
    path : Path
        The Segmentation, of the type BINARY or LABELMAP.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    series : Series
        The series of ``pet``.

    Returns
    -------
    LesionMap
        As `lesions_of`; the lesions of a file of this program keep their ids.
    tuple of str
        What was left out or changed.

    Raises
    ------
    DicomError
        If the file is truncated, damaged or no such Segmentation, lies in another frame of reference, or has no voxel
        on the PET.
    """
    dataset = read_whole(path, _PIXELS)
    slices = Slices.of(pet, series)
    with reading(path):
        _require_readable(path, dataset)
        require_frame_of_reference(path, {text(dataset, "FrameOfReferenceUID")}, series)
        regions, warnings = _regions(path, dataset, pet, slices)
    if not any(region.voxels.size for region in regions):
        message = f"{path.name}: no segment has a voxel on the PET, so there is no lesion in it."
        raise DicomError(message)
    lesion_map, overlaps = lesions_of(pet, regions)
    return lesion_map, (*warnings, *overlaps)


def _require_readable(path: Path, dataset: Dataset) -> None:
    if text(dataset, "SOPClassUID") not in (SegmentationStorage, LABEL_MAP_STORAGE):
        message = f"{path.name}: this is no DICOM Segmentation, but {text(dataset, 'Modality') or 'something else'}."
        raise DicomError(message)
    kind = text(dataset, "SegmentationType")
    if kind not in _READ:
        message = f"{path.name}: {named('SegmentationType')} is {kind or 'missing'}. Export it as BINARY or LABELMAP."
        raise DicomError(message)


def _regions(path: Path, dataset: Dataset, pet: sitk.Image, slices: Slices) -> tuple[list[Region], tuple[str, ...]]:
    numbered = {int(text(item, "SegmentNumber")): item for item in dataset.get("SegmentSequence") or []}
    # A label map may describe its background, which is number 0.
    segments = {number: item for number, item in numbered.items() if number > 0}
    frames = frame_headers(dataset)
    if not frames or not segments:
        raise damaged(path)
    places = places_on(slices, frames)
    warnings: tuple[str, ...] = ()
    if places is not None:
        found, cut = _collected(path, dataset, places, shape(pet), segments)
    else:
        stack = stacked_frames(frames, path.name, slices.step)
        there, _ = _collected(path, dataset, stack.places, stack.shape, segments)
        placed = onto_pet(list(there.values()), stack.grid, pet)
        found = dict(zip(there, placed.voxels, strict=True))
        cut = [number for number, is_cut in zip(there, placed.cut, strict=True) if is_cut]
        warnings = (f"{path.name} lies on another grid than the PET: it was resampled by nearest neighbour.",)
    names = {number: one_line(text(item, "SegmentLabel")) or f"Segment {number}" for number, item in segments.items()}
    empty = [names[number] for number in segments if not found[number].size]
    return [_region(names[number], item, found[number]) for number, item in segments.items()], (
        *warnings,
        *remark("Left out, because they have no voxel on the PET", empty),
        *remark("Cut off where they reach outside the PET", [names[number] for number in cut]),
    )


def _collected(
    path: Path, dataset: Dataset, places: Sequence[Place], grid: tuple[int, int, int], segments: Mapping[int, Dataset]
) -> tuple[dict[int, NDArray[np.intp]], list[int]]:
    """Return the voxels of each segment as flat indices of a grid, and the segments that reach outside of it."""
    found: dict[int, list[NDArray[np.intp]]] = {number: [np.empty(0, np.intp)] for number in segments}
    cut = set()
    for (k, down, right), number, frame in zip(places, _frame_segments(dataset), _masks(dataset), strict=True):
        row, column = np.nonzero(frame)
        stored = frame[row, column] if number is None else np.full(row.size, number)
        row, column = row + down, column + right
        inside = (row >= 0) & (row < grid[1]) & (column >= 0) & (column < grid[2])
        for value in np.unique(stored).tolist():
            if value not in found:
                raise damaged(path)
            chosen = stored == value
            if not inside[chosen].all():
                cut.add(value)
            chosen &= inside
            found[value].append((k * grid[1] + row[chosen]) * grid[2] + column[chosen])
    return {number: np.unique(np.concatenate(flats)) for number, flats in found.items()}, sorted(cut)


def _masks(dataset: Dataset) -> Iterator[NDArray[np.integer]]:
    """Give the pixels of one frame after the other, so that they are never all unpacked at once."""
    if dataset.BitsAllocated != 1 or dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        yield from iter_pixels(dataset)
        return
    # Frames of single bits follow each other within a byte, which pydicom (3.0) reads as a whole only.
    packed, size = np.frombuffer(dataset.PixelData, np.uint8), dataset.Rows * dataset.Columns
    for first in range(0, int(dataset.NumberOfFrames) * size, size):
        bits = np.unpackbits(packed[first // 8 : (first + size + 7) // 8], bitorder="little")
        yield bits[first % 8 :][:size].reshape(dataset.Rows, dataset.Columns)


def _frame_segments(dataset: Dataset) -> list[int | None]:
    """Return the segment of each frame; None for frames that hold numbers of segments."""
    frames = dataset.PerFrameFunctionalGroupsSequence
    if dataset.SegmentationType == "LABELMAP":
        return [None] * len(frames)
    shared = dataset.get("SharedFunctionalGroupsSequence") or [Dataset()]
    return [
        int(
            (frame.get("SegmentIdentificationSequence") or shared[0].SegmentIdentificationSequence)[
                0
            ].ReferencedSegmentNumber
        )
        for frame in frames
    ]


def _region(name: str, item: Dataset, flat: NDArray[np.intp]) -> Region:
    origin, tracked = origin_named(text(item, "SegmentAlgorithmName")), text(item, "TrackingID")
    own = origin is not None and tracked.startswith(_TRACKED) and tracked.removeprefix(_TRACKED).isdecimal()
    lesion_id = int(tracked.removeprefix(_TRACKED)) if own else None
    return Region(name, flat, _colour(item), lesion_id, origin or Origin.SEED)


def _colour(item: Dataset) -> Colour | None:
    stored = [int(value) for value in texts(item, "RecommendedDisplayCIELabValue")]
    if len(stored) != 3 or not all(0 <= value <= 65535 for value in stored):
        return None
    red, green, blue = CIELabColor.from_dicom_value(stored).to_rgb(clip=True)
    return red / 255, green / 255, blue / 255
