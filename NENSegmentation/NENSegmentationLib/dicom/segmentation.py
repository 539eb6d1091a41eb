"""The lesions as a DICOM Segmentation, with coded terms, for archives and every viewer that draws masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation, SegmentationTypeValues, SegmentDescription
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid
from pydicom.valuerep import DSfloat

from .. import __version__
from ..core.lesion import Lesion, Origin
from ..core.lesions import LesionMap
from ..core.output import new_file
from ..core.tables import RESEARCH_USE
from .derived import (
    ALGORITHM_TYPE,
    MORPHOLOGICALLY_ALTERED_STRUCTURE,
    NEOPLASM,
    PRODUCT,
    UTF_8,
    checked_headers,
    patient_and_study,
    unique_names,
)
from .series import Series

# The families of algorithms that DICOM has codes for (CID 7162) hold no threshold; it is found on the histogram's axis.
_FAMILY = {
    Origin.THRESHOLD: codes.cid7162.HistogramAnalysis,
    Origin.SEED: codes.cid7162.NeighborhoodAnalysis,
    Origin.ENSEMBLE: codes.cid7162.ArtificialIntelligence,
}

# Must not be empty, and software has none.
_NO_SERIAL_NUMBER = "none"

_GEOMETRY = (
    "Modality",
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "Rows",
    "Columns",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
)


def write_segmentation(path: Path, lesion_map: LesionMap, series: Series) -> None:
    """Write the lesions as a DICOM Segmentation.

    Parameters
    ----------
    path : Path
        The file to make; it must not exist.
    lesion_map, series
        As in `segmentation`.

    Raises
    ------
    DicomError
        As `segmentation`; above all if there is no lesion.
    OutputError
        If ``path`` exists or cannot be written.
    """
    dataset = segmentation(lesion_map, series)
    with new_file(path) as partial:
        dataset.save_as(partial, enforce_file_format=True)


def segmentation(lesion_map: LesionMap, series: Series) -> Segmentation:
    """Describe the lesions as a DICOM Segmentation with one segment a lesion.

    Parameters
    ----------
    lesion_map : LesionMap
        At least one lesion. Segments are numbered from 1 in the order of the ids, as DICOM wants them; the id is in the
        tracking identifier.
    series : Series
        The PET that the lesions lie on, a header for each k; pixels are not needed.

    Returns
    -------
    Segmentation
        Of the type BINARY, which every reader knows; dciodvfy, for one, does not know LABELMAP yet. It has only those
        frames that hold a voxel of their lesion.

    Raises
    ------
    DicomError
        If there is no lesion (a Segmentation without a segment is not valid, so write none), the series lacks an
        attribute to refer to it by, or the lesions lie on another grid than the series.
    """
    headers = checked_headers(lesion_map, series)
    lesions = list(lesion_map.lesions.values())
    names = unique_names(lesions)
    between_slices = DSfloat(lesion_map.pet.GetSpacing()[2], auto_format=True)
    dataset = Segmentation(
        source_images=[_source(header, between_slices) for header in headers],
        pixel_array=_segment_numbers(lesion_map),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(number, lesion, names[lesion.id]) for number, lesion in enumerate(lesions, 1)],
        series_instance_uid=generate_uid(),
        series_number=1,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=PRODUCT,
        manufacturer_model_name=PRODUCT,
        software_versions=__version__,
        device_serial_number=_NO_SERIAL_NUMBER,
        content_label=PRODUCT.upper(),
        content_description=f"Lesions on PET: {RESEARCH_USE}",
        series_description=f"{PRODUCT} lesions: {RESEARCH_USE}",
        specific_character_set=UTF_8,
    )
    # Not by way of highdicom: it prints a warning with the patient's name where that has one component only.
    dataset.update(patient_and_study(headers[0]))
    dataset.ContentCreatorName = None
    return dataset


def _source(header: Dataset, between_slices: DSfloat) -> Dataset:
    """Return what highdicom wants to know of a PET slice."""
    source = patient_and_study(header)
    source.PatientName = source.ReferringPhysicianName = None
    for keyword in _GEOMETRY:
        setattr(source, keyword, header.get(keyword))
    # A voxel of the label map reaches as far as the next slice, whatever the thickness that the scanner names.
    source.SliceThickness = source.SpacingBetweenSlices = between_slices
    return source


def _segment_numbers(lesion_map: LesionMap) -> NDArray[np.unsignedinteger]:
    numbers = np.zeros(lesion_map.labels.shape, np.min_scalar_type(len(lesion_map.lesions)))
    inside = np.flatnonzero(lesion_map.labels)
    numbers.reshape(-1)[inside] = 1 + np.searchsorted(list(lesion_map.lesions), lesion_map.labels.reshape(-1)[inside])
    return numbers


def _segment(number: int, lesion: Lesion, name: str) -> SegmentDescription:
    algorithm = None
    if lesion.origin in _FAMILY:
        algorithm = AlgorithmIdentificationSequence(
            name=f"{PRODUCT} {lesion.origin.value}", family=_FAMILY[lesion.origin], version=__version__, source=PRODUCT
        )
    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=MORPHOLOGICALLY_ALTERED_STRUCTURE,
        segmented_property_type=NEOPLASM,
        algorithm_type=ALGORITHM_TYPE[lesion.origin],
        algorithm_identification=algorithm,
        tracking_uid=generate_uid(),
        tracking_id=f"Lesion {lesion.id}",
        display_color=CIELabColor.from_rgb(*(255 * value for value in lesion.colour)),
    )
