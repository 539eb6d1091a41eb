"""The threshold method on the volumes of the scene."""

from __future__ import annotations

from dataclasses import dataclass

import SimpleITK as sitk
import slicer

from ..core.lesions import LesionMap
from ..core.proposal import propose_region
from ..core.reference_region import Organ, ReferenceRegion, region_from_spheres
from ..core.volume import checked_suv
from ..scene.segmentation import segmentation_node
from ..scene.volumes import Units, image_from_node
from .errors import PanelError
from .parameters import Parameters, ReferencePlace
from .reference_points import placedPoints


@dataclass(frozen=True)
class Segmentation:
    """A segmented patient.

    Attributes
    ----------
    petName : str
        Name of the PET volume.
    region : ReferenceRegion
        Where the threshold comes from.
    lesions : LesionMap
        Every component above the threshold, on the PET grid.
    node : vtkMRMLSegmentationNode
        The same in the scene.
    warnings : tuple of str
        What the reader should look at.
    """

    petName: str
    region: ReferenceRegion
    lesions: LesionMap
    node: slicer.vtkMRMLSegmentationNode
    warnings: tuple[str, ...]


def segmentByThreshold(parameters: Parameters) -> Segmentation:
    """Segment a PET volume by the threshold from its reference region.

    Parameters
    ----------
    parameters : Parameters
        ``petVolume`` has to be chosen, and ``referencePoints`` where the place is at points.

    Returns
    -------
    Segmentation
        Its node is new in the scene; an earlier one stays as it is.

    Raises
    ------
    NENSegmentationError
        If the PET is not in SUV, or the reference region cannot be placed or measured.
    """
    node = parameters.petVolume
    warnings = _unitWarnings(node)
    pet = checked_suv(sitk.Cast(image_from_node(node), sitk.sitkFloat32), node.GetName())
    region = _referenceRegion(pet, parameters)
    lesions = LesionMap.from_threshold(pet, region.threshold())
    name = slicer.mrmlScene.GenerateUniqueName(f"{node.GetName()} lesions")
    made = segmentation_node(slicer.mrmlScene, lesions, name, node)
    return Segmentation(node.GetName(), region, lesions, made, (*warnings, *region.warnings))


def _referenceRegion(pet: sitk.Image, parameters: Parameters) -> ReferenceRegion:
    organ = Organ[parameters.organ.name]
    if parameters.place is ReferencePlace.POINTS:
        return region_from_spheres(pet, organ, placedPoints(parameters.referencePoints), parameters.sphereDiameter)
    ct = parameters.ctVolume
    return propose_region(pet, organ, ct=image_from_node(ct) if ct is not None else None)


def _unitWarnings(node: slicer.vtkMRMLScalarVolumeNode) -> tuple[str, ...]:
    """Refuse a volume whose units are known not to be SUVbw; warn where they are not known."""
    units = node.GetVoxelValueUnits()
    if units is None:
        return (f"{node.GetName()} does not say in which units it is; SUVbw (g/mL) was assumed.",)
    code, _scheme, _meaning = Units.SUV.value.units
    if units.GetCodeValue() != code:
        message = f"{node.GetName()} is in {units.GetCodeMeaning()}, not in SUVbw (g/mL). Choose the PET in SUV."
        raise PanelError(message)
    return ()
