"""Lesions that are given as a DICOM object, whichever it is."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk
from pydicom.uid import RTStructureSetStorage

from ..core.lesions import LesionMap
from .attributes import text
from .errors import DicomError
from .reference import reading
from .rtstruct_reading import lesion_map_from_rtstruct
from .segmentation_reading import lesion_map_from_seg
from .series import Series, read_header


def lesion_map_from_dicom(path: Path, pet: sitk.Image, series: Series | None) -> tuple[LesionMap, tuple[str, ...]]:
    """Read an RT Structure Set or a DICOM Segmentation as lesions.

    Parameters
    ----------
    path : Path
        The file.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    series : Series or None
        The series of ``pet``; None where it was no DICOM.

    Returns
    -------
    LesionMap
    tuple of str
        What was left out or changed.

    Raises
    ------
    DicomError
        As `lesion_map_from_rtstruct` and `lesion_map_from_seg`, and if the PET was no DICOM.
    """
    if series is None:
        message = (
            f"{path.name}: whether it belongs to the PET cannot be told, because the PET is no DICOM. "
            "Read the PET from its DICOM series."
        )
        raise DicomError(message)
    with reading(path):
        header = read_header(path) if path.is_file() else None
        is_rtstruct = header is not None and text(header, "SOPClassUID") == RTStructureSetStorage
    if is_rtstruct:
        return lesion_map_from_rtstruct(path, pet, series)
    return lesion_map_from_seg(path, pet, series)
