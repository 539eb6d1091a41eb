"""What the physician chooses in the panel.

Slicer imports this at start-up, together with the module itself: nothing slow may be imported here.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

import slicer
from slicer.i18n import tr as _


class ReferenceOrgan(Enum):
    """Organ of the reference region; the names are those of `core.reference_region.Organ`."""

    LIVER = 1
    SPLEEN = 2

    def label(self) -> str:
        """Return the words in the panel."""
        return {ReferenceOrgan.LIVER: _("Liver"), ReferenceOrgan.SPLEEN: _("Spleen")}[self]


class ReferencePlace(Enum):
    """How the place of the reference region is found."""

    PROPOSED = 1
    POINTS = 2

    def label(self) -> str:
        """Return the words in the panel."""
        return {
            ReferencePlace.PROPOSED: _("Proposed from the images"),
            ReferencePlace.POINTS: _("Spheres at my points"),
        }[self]


class Parameters(Protocol):
    """The parameter node, as the panel's functions see it."""

    petVolume: slicer.vtkMRMLScalarVolumeNode | None
    ctVolume: slicer.vtkMRMLScalarVolumeNode | None
    organ: ReferenceOrgan
    place: ReferencePlace
    referencePoints: slicer.vtkMRMLMarkupsFiducialNode | None
    sphereDiameter: float
    lesions: slicer.vtkMRMLSegmentationNode | None


def missingChoice(parameters: Parameters) -> str | None:
    """Return what has still to be chosen before the PET can be segmented, or None."""
    if parameters.petVolume is None:
        return _("Choose the PET volume (in SUV) first.")
    if parameters.place is ReferencePlace.POINTS and parameters.referencePoints is None:
        return _("Place a point in normal liver or spleen first.")
    return None
