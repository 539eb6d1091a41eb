"""What every DICOM object that is made of a PET series and its lesions shares."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.coding import Code

from ..core.lesion import Lesion, Origin
from ..core.lesions import LesionMap
from ..core.volume import LPS_FROM_RAS, index_to_ras, shape
from .attributes import named
from .errors import DicomError
from .series import Series

PRODUCT = "NENSegmentation"
"""Manufacturer, model and label of what is written; 16 characters at most (StructureSetLabel)."""

MORPHOLOGICALLY_ALTERED_STRUCTURE = Code("49755003", "SCT", "Morphologically Altered Structure")
NEOPLASM = Code("108369006", "SCT", "Neoplasm")

ALGORITHM_TYPE = {
    Origin.THRESHOLD: "SEMIAUTOMATIC",
    Origin.SEED: "SEMIAUTOMATIC",
    Origin.ENSEMBLE: "AUTOMATIC",
    Origin.GIVEN: "MANUAL",
}
"""How a lesion came about, in the terms that DICOM has for regions and segments alike."""

UTF_8 = "ISO_IR 192"

# Attributes that have to be there but may be empty where the PET has no value (type 2).
_PATIENT_AND_STUDY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
)
_IF_PRESENT = (
    "StudyDescription",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
)
_REFERENCED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPClassUID", "SOPInstanceUID", "FrameOfReferenceUID")

_LO_CHARACTERS = 64
# The PET was read from these headers, so what is apart is rounding; half a voxel would already be another series.
_POSITION_TOLERANCE_MM = 0.05


def checked_headers(lesion_map: LesionMap, series: Series) -> tuple[Dataset, ...]:
    """Return the headers of the PET slices after making sure that the lesions lie on them and can refer to them.

    Parameters
    ----------
    lesion_map : LesionMap
        The lesions.
    series : Series
        The PET that they were found in.

    Returns
    -------
    tuple of Dataset
        ``series.headers``, one for each k.

    Raises
    ------
    DicomError
        If there is no lesion, a slice lacks an attribute to refer to it by, or the lesions lie on another grid.
    """
    if not lesion_map.lesions:
        message = "There is no lesion, and DICOM has no object for none: write no RTSTRUCT or SEG of an empty result."
        raise DicomError(message)
    missing = missing_reference(series)
    if missing is not None:
        message = f"{missing} is missing, so nothing can refer to this slice. Export the series again."
        raise DicomError(message)
    if not _on_grid(lesion_map, series.headers):
        message = (
            f"The lesions lie on another grid than the PET series {series.uid}. "
            "Give the series that they were segmented on."
        )
        raise DicomError(message)
    return series.headers


def missing_reference(series: Series) -> str | None:
    """Return the slice and the attribute for want of which nothing can refer to it, or None.

    The slice by its number: this is written into results, and the names of files may name the patient.
    """
    for number, header in enumerate(series.headers, start=1):
        for keyword in _REFERENCED:
            if not header.get(keyword):
                return f"Slice {number} of {len(series.headers)} of the PET series: {named(keyword)}"
    return None


def slice_to_patient(header: Dataset) -> NDArray[np.float64]:
    """Return the matrix that takes a point on a slice to the patient.

    Parameters
    ----------
    header : Dataset
        Of the slice: ImagePositionPatient, ImageOrientationPatient and PixelSpacing are used.

    Returns
    -------
    ndarray, shape (3, 3)
        ``lps = matrix @ (j, i, 1)`` in mm, where (0, 0) is the centre of the first pixel: equation C.7.6.2.1-1 of
        DICOM PS3.3.
    """
    position = np.array(header.ImagePositionPatient, float)
    along_row, along_column = np.array(header.ImageOrientationPatient, float).reshape(2, 3)
    between_rows, between_columns = (float(value) for value in header.PixelSpacing)
    return np.column_stack([between_rows * along_column, between_columns * along_row, position])


def patient_and_study(header: Dataset) -> Dataset:
    """Return a data set with the patient and the study of a PET slice, its texts to be written in UTF-8.

    What the slice lacks and DICOM wants to be there is left empty, which means unknown.
    """
    copied = Dataset()
    copied.SpecificCharacterSet = UTF_8
    copied.StudyInstanceUID = header.StudyInstanceUID
    for keyword in _PATIENT_AND_STUDY:
        setattr(copied, keyword, header.get(keyword))
    for keyword in _IF_PRESENT:
        if keyword in header:
            setattr(copied, keyword, header.get(keyword))
    return copied


def unique_names(lesions: Iterable[Lesion]) -> dict[int, str]:
    """Return a name for each lesion that no other has and that fits in a DICOM text of 64 characters.

    Parameters
    ----------
    lesions : iterable of Lesion
        Whose names may repeat, be empty or be too long.

    Returns
    -------
    dict
        Id -> name. A repeated name gets a number: ``liver``, ``liver (2)``. Backslashes, which separate values in
        DICOM, and control characters become spaces; no name becomes ``Lesion`` and the id.
    """
    names: dict[int, str] = {}
    taken: set[str] = set()
    for lesion in lesions:
        printable = "".join(c if c.isprintable() and c != "\\" else " " for c in lesion.name).strip()
        name = base = printable[:_LO_CHARACTERS].rstrip() or f"Lesion {lesion.id}"
        repeat = 1
        while name in taken:
            repeat += 1
            suffix = f" ({repeat})"
            name = base[: _LO_CHARACTERS - len(suffix)] + suffix
        taken.add(name)
        names[lesion.id] = name
    return names


def _on_grid(lesion_map: LesionMap, headers: tuple[Dataset, ...]) -> bool:
    if shape(lesion_map.pet) != (len(headers), headers[0].Rows, headers[0].Columns):
        return False
    _, rows, columns = shape(lesion_map.pet)
    corners = np.array([(j, i) for j in (0, rows - 1) for i in (0, columns - 1)])
    expected = np.insert(corners, 2, 1, axis=1) @ slice_to_patient(headers[0]).T
    found = LPS_FROM_RAS * index_to_ras(lesion_map.pet, np.insert(corners, 0, 0, axis=1))
    return bool(np.abs(found - expected).max() <= _POSITION_TOLERANCE_MM)
