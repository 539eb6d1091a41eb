"""Whether a CT belongs to a PET, where Slicer's DICOM module loaded both."""

from __future__ import annotations

from pathlib import Path

import slicer
from pydicom import Dataset

from ..dicom.attributes import named, text
from ..dicom.series import read_header
from .dicom_nodes import FileForInstance, first_file
from .errors import SceneError

_DO = "Choose the CT of the same examination."


def ct_warnings(
    ct: slicer.vtkMRMLScalarVolumeNode, pet: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance
) -> tuple[str, ...]:
    """Return what a reader has to know about a CT that is shown with a PET.

    Parameters
    ----------
    ct, pet : vtkMRMLScalarVolumeNode
        Whoever loaded them; what did not come from DICOM files cannot be compared.
    file_for_instance : callable
        Path of an instance by its SOPInstanceUID, empty if it is not known: ``slicer.dicomDatabase.fileForInstance``.

    Returns
    -------
    tuple of str
        That both are of one study but not of one frame of reference, so that they may not be aligned.

    Raises
    ------
    SceneError
        If the CT is of another patient, or of another study and frame of reference.
    DicomError
        If a file is truncated or damaged.
    """
    headers = [_header(node, file_for_instance) for node in (ct, pet)]
    if None in headers:
        return ()
    if _differ("PatientID", headers):
        message = f"{ct.GetName()} is of another patient than {pet.GetName()} ({named('PatientID')} differs). {_DO}"
        raise SceneError(message)
    if not _differ("FrameOfReferenceUID", headers):
        return ()
    if _differ("StudyInstanceUID", headers):
        message = (
            f"{ct.GetName()} is of another examination than {pet.GetName()}: "
            f"{named('FrameOfReferenceUID')} and {named('StudyInstanceUID')} differ. {_DO}"
        )
        raise SceneError(message)
    return (
        f"The CT and the PET have different frames of reference ({named('FrameOfReferenceUID')}), so they may not be "
        "aligned. Check them on each other.",
    )


def _header(node: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance) -> Dataset | None:
    path = first_file(node, file_for_instance)
    return read_header(Path(path)) if path and Path(path).is_file() else None


def _differ(keyword: str, headers: list[Dataset]) -> bool:
    """Tell whether an attribute that both headers have differs."""
    return len({text(header, keyword) for header in headers} - {""}) > 1
