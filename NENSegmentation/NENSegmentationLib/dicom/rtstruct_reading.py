"""The regions of an RT Structure Set, of this program or of any other, as lesions on the PET."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import SimpleITK as sitk
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTStructureSetStorage

from ..core.lesions import LesionMap
from .attributes import text
from .errors import DicomError
from .outlines import Outline, Placed
from .reference import Slices, read_whole, reading, require_frame_of_reference
from .regions import lesions_of, remark
from .series import Series

# Comes after the contours, and every structure set has to have it.
_OBSERVATIONS = Tag("RTROIObservationsSequence")


def lesion_map_from_rtstruct(path: Path, pet: sitk.Image, series: Series) -> tuple[LesionMap, tuple[str, ...]]:
    """Read the regions of an RT Structure Set as lesions.

    A voxel belongs to a region if its centre lies inside the contours of its slice by the even-odd rule, which gives
    back exactly the voxels of a file of this program. A slice of the PET between two planes of contours, as those
    drawn on a CT, takes the contours of the nearer plane.

    Parameters
    ----------
    path : Path
        The RTSTRUCT.
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
        If the file is truncated, damaged or no RTSTRUCT, lies in another frame of reference, or has no closed contour
        on a slice of the PET.
    """
    dataset = read_whole(path, _OBSERVATIONS)
    slices = Slices.of(pet, series)
    with reading(path):
        outlines = _outlines(path, dataset, series)
    placed = [outline.on(slices) for outline in outlines]
    if not any(one.region.voxels.size for one in placed):
        message = f"{path.name}: no region has a closed contour around a voxel of the PET, so there is no lesion in it."
        raise DicomError(message)
    lesion_map, overlaps = lesions_of(pet, [one.region for one in placed])
    return lesion_map, (*_remarks(outlines, placed), *overlaps)


def _outlines(path: Path, dataset: Dataset, series: Series) -> list[Outline]:
    if text(dataset, "SOPClassUID") != RTStructureSetStorage:
        message = f"{path.name}: this is no RT Structure Set, but {text(dataset, 'Modality') or 'something else'}."
        raise DicomError(message)
    described = {text(roi, "ROINumber"): roi for roi in dataset.get("StructureSetROISequence") or []}
    contours = {text(item, "ReferencedROINumber"): item for item in dataset.get("ROIContourSequence") or []}
    require_frame_of_reference(path, _frames_of_reference(dataset, described), series)
    _require_described(path, contours, described)
    return [Outline.read(path, roi, contours.get(number, Dataset())) for number, roi in described.items()]


def _frames_of_reference(dataset: Dataset, described: Mapping[str, Dataset]) -> set[str]:
    """Return the frames of reference of the regions; those of the whole set where a region names none."""
    of_regions = {text(roi, "ReferencedFrameOfReferenceUID") for roi in described.values()}
    if of_regions and "" not in of_regions:
        return of_regions
    whole = {text(item, "FrameOfReferenceUID") for item in dataset.get("ReferencedFrameOfReferenceSequence") or []}
    return (of_regions - {""}) | (whole or {text(dataset, "FrameOfReferenceUID")})


def _require_described(path: Path, contours: Mapping[str, Dataset], described: Mapping[str, Dataset]) -> None:
    for number in contours:
        if number not in described:
            message = (
                f"{path.name}: there are contours of a region {number or 'without number'} that is not described. "
                "Export the RTSTRUCT again."
            )
            raise DicomError(message)


def _remarks(outlines: Sequence[Outline], placed: Sequence[Placed]) -> tuple[str, ...]:
    regions = [one.region for one in placed]
    undrawn = [outline.name for outline in outlines if not outline.contours]
    elsewhere = [r.name for o, r in zip(outlines, regions, strict=True) if o.contours and not r.voxels.size]
    kept = [one for one in placed if one.region.voxels.size]
    return (
        *remark("Left out, because they have no closed contour", undrawn),
        *remark("Left out, because no voxel of the PET lies inside their contours", elsewhere),
        *remark("Cut off where they reach outside the PET", [one.region.name for one in kept if one.outside]),
        *remark(
            "Drawn between the slices of the PET, which took the nearest plane",
            [one.region.name for one in kept if one.moved],
        ),
    )
