"""The reference region that was chosen in the panel, on the PET of a case."""

from __future__ import annotations

import SimpleITK as sitk

from ..core.proposal import propose_region
from ..core.reference_region import Organ, ReferenceRegion, region_from_spheres
from ..scene.volumes import image_from_node
from .parameters import NENSegmentationParameterNode, ReferencePlace
from .reference_points import placedPoints


def referenceRegion(pet: sitk.Image, parameters: NENSegmentationParameterNode) -> ReferenceRegion:
    """Measure the reference region that the parameters describe.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    parameters : NENSegmentationParameterNode
        ``referencePoints`` has to be chosen where the place is at points.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    NENSegmentationError
        If it cannot be placed or measured.
    """
    organ = Organ[parameters.organ.name]
    if parameters.place is ReferencePlace.POINTS:
        return region_from_spheres(pet, organ, placedPoints(parameters.referencePoints), parameters.sphereDiameter)
    ct = parameters.ctVolume
    return propose_region(pet, organ, ct=image_from_node(ct) if ct is not None else None)
