"""In words: in which units a PET is, how it became SUV, and what to know of that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..scene.dicom_nodes import VoxelUnits, conversion_of, has_dicom_files, units_of
from ..scene.errors import SceneError
from .dicom_database import fileForInstance
from .pet_in_suv import SAID_TO_BE_SUV
from .sample_patient import isDigital

_STORED = {"BQML": "Bq/mL", "GML": "g/mL", "CNTS": "counts"}


def suvState(pet: slicer.vtkMRMLScalarVolumeNode | None) -> str:
    """Return in words in which units a PET is, without a look at its voxels."""
    if pet is None:
        return _("Choose the PET volume.")
    conversion = conversion_of(pet)
    if conversion is None:
        return "\n".join((_unitsWords(pet), *suvWarnings(pet)))
    return "\n".join((*_conversionWords(pet.GetName(), conversion), *suvWarnings(pet)))


def suvDetails(pet: slicer.vtkMRMLScalarVolumeNode | None) -> str:
    """Return the conversion of a PET in full, for a physicist to check; empty where there is none."""
    conversion = conversion_of(pet) if pet is not None else None
    if conversion is None:
        return ""
    used = [f"{one['name']} {one['tag']}: {one['value']}" for one in conversion["attributes"]]
    return "\n".join((conversion["formula"], conversion["suv"], *used))


def suvWarnings(pet: slicer.vtkMRMLScalarVolumeNode) -> tuple[str, ...]:
    """Return what a reader has to know wherever the SUV of a PET is shown."""
    conversion = conversion_of(pet)
    warnings = () if conversion is None else tuple(conversion["warnings"])
    if pet.GetAttribute(SAID_TO_BE_SUV) is not None:
        warnings += (_("The PET does not say in which units it is; its reader said that it is in SUVbw (g/mL)."),)
    if isDigital(pet):
        warnings += (_("This is a digital patient: the images were computed and show no person."),)
    return warnings


def _unitsWords(pet: slicer.vtkMRMLScalarVolumeNode) -> str:
    try:
        units = units_of(pet)
    except SceneError as error:
        return str(error)
    if units is VoxelUnits.SUV:
        words = _("{name} is in SUVbw (g/mL).")
    elif has_dicom_files(pet, fileForInstance):
        words = _("{name} came from DICOM: it is converted to SUVbw (g/mL) when the case is opened.")
    elif pet.GetAttribute(SAID_TO_BE_SUV) is not None:
        words = _("{name} is taken to be in SUVbw (g/mL).")
    elif units is VoxelUnits.ACTIVITY:
        words = _("{name} is in Bq/mL, and its DICOM files are not known, so it cannot be converted to SUV.")
    else:
        words = _("{name} does not say in which units it is. You are asked when the case is opened.")
    return words.format(name=pet.GetName())


def _conversionWords(name: str, conversion: dict[str, Any]) -> list[str]:
    words = _("{name} is in SUVbw (g/mL), made of its DICOM files: {factor:.6g} \u00d7 {stored}.")
    stored = _STORED.get(conversion["units"], conversion["units"])
    lines = [words.format(name=name, factor=conversion["suv_factor"], stored=stored)]
    if conversion["weight_g"] is not None and conversion["injected_dose_bq"] is not None:
        words = _("{weight:g} kg, {dose:.4g} MBq {nuclide}.")
        dose, weight = conversion["injected_dose_bq"] / 1e6, conversion["weight_g"] / 1000
        lines.append(words.format(weight=weight, dose=dose, nuclide=conversion["nuclide"]).replace(" .", "."))
    if conversion["injection"] is not None:
        words = _("Injected {time}; decay over {interval} (h:min:s) to the scan.")
        time = conversion["injection"]["time"].replace("T", " ").partition(".")[0]
        interval = timedelta(seconds=round(conversion["dt_s"]))
        lines.append(words.format(time=time, interval=interval))
    return lines
