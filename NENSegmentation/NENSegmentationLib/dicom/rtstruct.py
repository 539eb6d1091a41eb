"""The lesions as a DICOM RT Structure Set, for planning systems and every viewer that draws contours.

Contours follow the edges of voxels, with keyholes to holes, so that a reader that fills them gets the same voxels back
(Docs/decisions/0001-rtstruct.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import DataElement, Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from .. import __version__
from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.output import new_file
from ..core.tables import RESEARCH_USE
from .contours import pixel_edge_polygons
from .derived import (
    ALGORITHM_TYPE,
    NEOPLASM,
    PRODUCT,
    checked_headers,
    patient_and_study,
    slice_to_patient,
    unique_names,
)
from .series import Series

# The study as a class of objects is retired, but the attribute that names it is not, and this is what it holds.
_DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"

# A nanometre, and with it every coordinate within 99 km fits in the 16 characters of a decimal string.
_DECIMALS = 6


def write_rtstruct(path: Path, lesion_map: LesionMap, series: Series) -> None:
    """Write the lesions as an RT Structure Set.

    Parameters
    ----------
    path : Path
        The file to make; it must not exist.
    lesion_map, series
        As in `rtstruct`.

    Raises
    ------
    DicomError
        As `rtstruct`; above all if there is no lesion.
    OutputError
        If ``path`` exists or cannot be written.
    """
    dataset = rtstruct(lesion_map, series)
    with new_file(path) as partial:
        dataset.save_as(partial, enforce_file_format=True)


def rtstruct(lesion_map: LesionMap, series: Series) -> Dataset:
    """Describe the lesions as an RT Structure Set with one region of interest a lesion.

    Parameters
    ----------
    lesion_map : LesionMap
        At least one lesion. The id becomes the ROI number, the name, made unique, the ROI name.
    series : Series
        The PET that the lesions lie on, a header for each k. Each contour lies on its own slice as that slice's header
        places it, whatever the distance to the next, and names that slice.

    Returns
    -------
    Dataset
        With file meta information, ready to be saved. In implicit VR, because explicit VR allows no more than 65534
        characters for the points of a contour.

    Raises
    ------
    DicomError
        If there is no lesion (a structure set without a region is not valid, so write none), the series lacks an
        attribute to refer to it by, or the lesions lie on another grid than the series.
    """
    headers = checked_headers(lesion_map, series)
    lesions = list(lesion_map.lesions.values())
    dataset = patient_and_study(headers[0])
    _identify(dataset, headers[0])
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(headers)]
    names = unique_names(lesions)
    dataset.StructureSetROISequence = [
        _region(lesion, names[lesion.id], headers[0].FrameOfReferenceUID) for lesion in lesions
    ]
    slices = [(header, slice_to_patient(header)) for header in headers]
    dataset.ROIContourSequence = [_outline(lesion, lesion_map.labels, slices) for lesion in lesions]
    dataset.RTROIObservationsSequence = [_observation(lesion) for lesion in lesions]
    return dataset


def _identify(dataset: Dataset, header: Dataset) -> None:
    now = datetime.now()
    date, time = f"{now:%Y%m%d}", f"{now:%H%M%S}"
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    dataset.InstanceNumber = 1

    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = generate_uid()
    dataset.SeriesNumber = None
    dataset.SeriesDate, dataset.SeriesTime = date, time
    dataset.SeriesDescription = f"{PRODUCT} lesions: {RESEARCH_USE}"
    dataset.OperatorsName = None
    dataset.FrameOfReferenceUID = header.FrameOfReferenceUID
    dataset.PositionReferenceIndicator = header.get("PositionReferenceIndicator")
    dataset.Manufacturer = dataset.ManufacturerModelName = PRODUCT
    dataset.SoftwareVersions = __version__

    dataset.StructureSetLabel = PRODUCT
    dataset.StructureSetDescription = f"Lesions on PET: {RESEARCH_USE}"
    dataset.StructureSetDate, dataset.StructureSetTime = date, time
    dataset.ApprovalStatus = "UNAPPROVED"


def _frame_of_reference(headers: Sequence[Dataset]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = headers[0].SeriesInstanceUID
    series.ContourImageSequence = [_reference(header) for header in headers]
    study = Dataset()
    study.ReferencedSOPClassUID = _DETACHED_STUDY
    study.ReferencedSOPInstanceUID = headers[0].StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    frame = Dataset()
    frame.FrameOfReferenceUID = headers[0].FrameOfReferenceUID
    frame.RTReferencedStudySequence = [study]
    return frame


def _reference(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = header.SOPClassUID
    item.ReferencedSOPInstanceUID = header.SOPInstanceUID
    return item


def _region(lesion: Lesion, name: str, frame_of_reference_uid: str) -> Dataset:
    item = Dataset()
    item.ROINumber = lesion.id
    item.ReferencedFrameOfReferenceUID = frame_of_reference_uid
    item.ROIName = name
    item.ROIGenerationAlgorithm = ALGORITHM_TYPE[lesion.origin]
    item.ROIGenerationDescription = f"{PRODUCT} {lesion.origin.value}"
    return item


def _outline(
    lesion: Lesion, labels: NDArray[np.int32], slices: Sequence[tuple[Dataset, NDArray[np.float64]]]
) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = [round(255 * value) for value in lesion.colour]
    item.ReferencedROINumber = lesion.id
    first_k, *first_pixel = (side.start for side in lesion.box)
    item.ContourSequence = [
        _contour(*slices[k], polygon + first_pixel)
        for k, mask in enumerate(labels[lesion.box] == lesion.id, first_k)
        for polygon in pixel_edge_polygons(mask)
    ]
    return item


def _contour(header: Dataset, to_patient: NDArray[np.float64], polygon: NDArray[np.float64]) -> Dataset:
    # Adding zero turns -0.0 into 0.0.
    points = np.round(polygon @ to_patient[:, :2].T + to_patient[:, 2], _DECIMALS) + 0.0
    item = Dataset()
    item.ContourImageSequence = [_reference(header)]
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(points)
    # A large tumour has a million coordinates: checking and wrapping each one, as pydicom does, takes ten times longer.
    item.add(DataElement("ContourData", "DS", points.ravel().tolist(), already_converted=True))
    return item


def _observation(lesion: Lesion) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = NEOPLASM[:3]
    item = Dataset()
    item.ObservationNumber = lesion.id
    item.ReferencedROINumber = lesion.id
    item.RTROIIdentificationCodeSequence = [code]
    # Gross tumour volume is the defined term for tumour that an image shows. It prescribes nothing.
    item.RTROIInterpretedType = "GTV"
    item.ROIInterpreter = None
    return item
