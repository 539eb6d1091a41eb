"""Whether the chosen volumes can be a case, in the panel's words."""

from __future__ import annotations

import SimpleITK as sitk
import slicer
from slicer.i18n import tr as _

from ..core.image_files import checked_suv
from ..scene.volumes import Units, image_from_node
from .errors import PanelError


def suvState(pet: slicer.vtkMRMLScalarVolumeNode | None) -> str:
    """Return in words whether a volume is in SUV; read from its units, without a look at its voxels."""
    if pet is None:
        return _("Choose the PET volume (in SUV).")
    units = pet.GetVoxelValueUnits()
    if units is None:
        return _("{name} does not say in which units it is; SUVbw (g/mL) was assumed.").format(name=pet.GetName())
    if not _isSuv(units):
        return _("{name} is in {units}, not in SUVbw (g/mL). Choose the PET in SUV.").format(
            name=pet.GetName(), units=units.GetCodeMeaning()
        )
    return _("{name} is in SUVbw (g/mL).").format(name=pet.GetName())


def checkedCase(
    pet: slicer.vtkMRMLScalarVolumeNode, ct: slicer.vtkMRMLScalarVolumeNode | None
) -> tuple[sitk.Image, tuple[str, ...]]:
    """Return the PET of a case, and what its reader should know.

    Parameters
    ----------
    pet : vtkMRMLScalarVolumeNode
        SUVbw (g/mL).
    ct : vtkMRMLScalarVolumeNode or None
        Of the same examination.

    Returns
    -------
    tuple of (SimpleITK.Image, tuple of str)
        The PET, and a warning where its units are not known.

    Raises
    ------
    NENSegmentationError
        If the PET is not in SUV or its voxels cannot be uptake, or the CT lies elsewhere.
    """
    units = pet.GetVoxelValueUnits()
    if units is not None and not _isSuv(units):
        raise PanelError(suvState(pet))
    image = checked_suv(image_from_node(pet), pet.GetName())
    if image.GetPixelID() != sitk.sitkFloat32:
        kind = image.GetPixelIDTypeAsString()
        message = f"{pet.GetName()} has voxels of {kind}. Cast them to float (Slicer's module Cast Scalar Volume)."
        raise PanelError(message)
    if ct is not None and not _overlap(pet, ct):
        message = f"{ct.GetName()} does not lie where {pet.GetName()} does. Choose the CT of the same examination."
        raise PanelError(message)
    return image, (suvState(pet),) if units is None else ()


def _isSuv(units: slicer.vtkCodedEntry) -> bool:
    code, _scheme, _meaning = Units.SUV.value.units
    return units.GetCodeValue() == code


def _overlap(one: slicer.vtkMRMLScalarVolumeNode, other: slicer.vtkMRMLScalarVolumeNode) -> bool:
    bounds, others = [0.0] * 6, [0.0] * 6
    one.GetRASBounds(bounds)
    other.GetRASBounds(others)
    return all(bounds[low] < others[low + 1] and others[low] < bounds[low + 1] for low in (0, 2, 4))
