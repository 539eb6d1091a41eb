"""The PET of a case in SUV, from whatever the reader chose."""

from __future__ import annotations

from datetime import date, datetime

import slicer
from slicer.i18n import tr as _

from ..scene.dicom_nodes import (
    VoxelUnits,
    conversion_of,
    has_dicom_files,
    suv_image_of,
    suv_node_beside,
    units_of,
    volumes_of_the_same_files,
)
from ..scene.segmentation import remove_node
from .dicom_database import fileForInstance
from .errors import PanelError
from .questions import isConfirmed

SAID_TO_BE_SUV = "NENSegmentation.SaidToBeSUV"
"""The attribute of a PET of which the reader said that it is in SUVbw (g/mL)."""

INJECTION_DATE = "NENSegmentation.InjectionDate"
"""The attribute of a PET with the day of the injection as the reader typed it."""


def petInSuv(pet: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLScalarVolumeNode:
    """Return the PET of a case in SUV.

    Parameters
    ----------
    pet : vtkMRMLScalarVolumeNode
        As it was chosen.

    Returns
    -------
    vtkMRMLScalarVolumeNode
        ``pet`` itself if it is in SUV, or if the reader says so when asked, once for each volume. Otherwise one beside
        it that is made of its DICOM files; one that was made before in the same way is taken again.

    Raises
    ------
    NENSegmentationError
        If there is no PET in SUV to be had; the sentence says why and what to do.
    """
    units = units_of(pet)
    if has_dicom_files(pet, fileForInstance) and (units is not VoxelUnits.SUV or conversion_of(pet) is not None):
        return _converted(pet, injectionDate(pet))
    if units is VoxelUnits.SUV or pet.GetAttribute(SAID_TO_BE_SUV) is not None:
        return pet
    if units is VoxelUnits.UNKNOWN and isConfirmed(_question(pet), _("Open case")):
        pet.SetAttribute(SAID_TO_BE_SUV, "yes")
        return pet
    message = _(
        "{name} is not in SUVbw (g/mL), and its DICOM files are not in Slicer's DICOM database. "
        "Load the PET with Slicer's DICOM module, or choose one that is in SUV."
    )
    raise PanelError(message.format(name=pet.GetName()))


def noteInjectionDate(pet: slicer.vtkMRMLScalarVolumeNode, typed: str) -> None:
    """Keep what the reader typed as the day of the injection with every volume that came from the files of a PET."""
    for volume in volumes_of_the_same_files(pet):
        volume.SetAttribute(INJECTION_DATE, typed.strip())


def injectionDate(pet: slicer.vtkMRMLScalarVolumeNode) -> date | None:
    """Return the day of the injection that the reader typed for a PET, or None.

    Raises
    ------
    PanelError
        If it is no date.
    """
    typed = pet.GetAttribute(INJECTION_DATE)
    if not typed:
        return None
    try:
        return datetime.strptime(typed, "%Y-%m-%d").date()
    except ValueError as error:
        message = _('The injection date "{typed}" is no date. Write it as year-month-day, for example 2024-03-21.')
        raise PanelError(message.format(typed=typed)) from error


def isToBeConverted(pet: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Tell whether a PET was converted with another injection date than the one that is typed now."""
    conversion = conversion_of(pet)
    try:
        return conversion is not None and conversion["given_injection_date"] != _written(injectionDate(pet))
    except PanelError:
        return True


def removeSuperseded(pet: slicer.vtkMRMLScalarVolumeNode) -> None:
    """Remove what was made of the same DICOM files as a PET in SUV, with another injection date."""
    for other in volumes_of_the_same_files(pet):
        if other is not pet and conversion_of(pet) is not None and conversion_of(other) is not None:
            remove_node(pet.GetScene(), other)


def _converted(pet: slicer.vtkMRMLScalarVolumeNode, given: date | None) -> slicer.vtkMRMLScalarVolumeNode:
    for made in volumes_of_the_same_files(pet):
        conversion = conversion_of(made)
        if conversion is not None and conversion["given_injection_date"] == _written(given):
            return made
    image, howMade, _series = suv_image_of(pet, fileForInstance, given)
    beside = suv_node_beside(pet, image, howMade, given)
    noteInjectionDate(beside, pet.GetAttribute(INJECTION_DATE) or "")
    return beside


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _question(pet: slicer.vtkMRMLScalarVolumeNode) -> str:
    words = _("{name} does not say in which units it is. Is this PET already in SUV (SUVbw, g/mL)?")
    return words.format(name=pet.GetName())
