"""Whether the chosen volumes can be a case, in the panel's words."""

from __future__ import annotations

import SimpleITK as sitk
import slicer

from ..core.image_files import checked_suv, doubtful_suv
from ..scene.ct_nodes import ct_warnings
from ..scene.dicom_nodes import conversion_of
from ..scene.volumes import suv_from_node
from .dicom_database import fileForInstance
from .errors import PanelError
from .suv_state import suvWarnings


def checkedCase(
    pet: slicer.vtkMRMLScalarVolumeNode, ct: slicer.vtkMRMLScalarVolumeNode | None
) -> tuple[sitk.Image, tuple[str, ...]]:
    """Return the PET of a case, and what its reader should know.

    Parameters
    ----------
    pet : vtkMRMLScalarVolumeNode
        SUVbw (g/mL), by `petInSuv`.
    ct : vtkMRMLScalarVolumeNode or None
        Of the same examination.

    Returns
    -------
    tuple of (SimpleITK.Image, tuple of str)
        The PET (float32), and warnings about its SUV and about the CT.

    Raises
    ------
    NENSegmentationError
        If the voxels of the PET cannot be uptake, or the CT lies elsewhere, is of another patient or examination.
    """
    aboutCt: tuple[str, ...] = ()
    if ct is not None:
        if not _overlap(pet, ct):
            message = f"{ct.GetName()} does not lie where {pet.GetName()} does. Choose the CT of the same examination."
            raise PanelError(message)
        aboutCt = ct_warnings(ct, pet, fileForInstance)
    image = checked_suv(suv_from_node(pet), pet.GetName())
    # The conversion has looked at the voxels already.
    doubts = doubtful_suv(image) if conversion_of(pet) is None else ()
    return image, (*suvWarnings(pet), *doubts, *aboutCt)


def _overlap(one: slicer.vtkMRMLScalarVolumeNode, other: slicer.vtkMRMLScalarVolumeNode) -> bool:
    bounds, others = [0.0] * 6, [0.0] * 6
    one.GetRASBounds(bounds)
    other.GetRASBounds(others)
    return all(bounds[low] < others[low + 1] and others[low] < bounds[low + 1] for low in (0, 2, 4))
