"""The DICOM database of the application, which knows the file of an instance."""

from __future__ import annotations

import slicer

from ..dicom.series import Series
from ..scene.dicom_nodes import INSTANCE_UIDS, series_of


def fileForInstance(uid: str) -> str:
    """Return the path of an instance by its SOPInstanceUID, empty if it is not known."""
    # There is no database before Slicer's DICOM module has set one up, and none where that module is switched off.
    database = getattr(slicer, "dicomDatabase", None)
    return database.fileForInstance(uid) if database is not None and database.isOpen else ""


def petSeries(pet: slicer.vtkMRMLScalarVolumeNode) -> Series | None:
    """Return the series that a PET came from, or None where it did not come as DICOM.

    Parameters
    ----------
    pet : vtkMRMLScalarVolumeNode
        As Slicer's DICOM module loaded it, or made of its files.

    Returns
    -------
    Series or None

    Raises
    ------
    NENSegmentationError
        If it came as DICOM, but the database does not know all of its files, or they are gone or damaged.
    """
    return series_of(pet, fileForInstance) if pet.GetAttribute(INSTANCE_UIDS) else None
