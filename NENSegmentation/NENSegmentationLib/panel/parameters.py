"""What the physician chooses in the panel.

Slicer imports this at start-up, together with the module itself: nothing slow may be imported here.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Union

from slicer import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper


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


class SeedRule(Enum):
    """By what the boundary of a lesion is found that is added by a click; names as in `core.seed_rule.RuleKind`."""

    PATIENT_THRESHOLD = 1
    FIXED_SUV = 2
    PERCENT_OF_MAXIMUM = 3
    GRADIENT_EDGE = 4

    def label(self) -> str:
        """Return the words in the panel."""
        return {
            SeedRule.PATIENT_THRESHOLD: _("Patient threshold"),
            SeedRule.FIXED_SUV: _("Fixed SUV"),
            SeedRule.PERCENT_OF_MAXIMUM: _("Percentage of maximum"),
            SeedRule.GRADIENT_EDGE: _("Gradient edge"),
        }[self]


class EnsembleDevice(Enum):
    """Where the ensemble is computed; the names are those of `ensemble.device.DEVICES`."""

    AUTO = 1
    CPU = 2
    CUDA = 3
    MPS = 4

    def label(self) -> str:
        """Return the words in the panel."""
        return {
            EnsembleDevice.AUTO: _("Automatic"),
            EnsembleDevice.CPU: _("Processor (CPU)"),
            EnsembleDevice.CUDA: _("NVIDIA graphics card (CUDA)"),
            EnsembleDevice.MPS: _("Apple graphics (MPS)"),
        }[self]


class EnsembleMode(Enum):
    """How closely the ensemble follows nnU-Net; the names are those of `ensemble.windows.Mode`."""

    FAST = 1
    EXACT = 2

    def label(self) -> str:
        """Return the words in the panel."""
        return {EnsembleMode.FAST: _("Fast"), EnsembleMode.EXACT: _("Exact")}[self]


@parameterNodeWrapper
class NENSegmentationParameterNode:
    """The choices of the panel, stored with the scene.

    Attributes
    ----------
    petVolume, ctVolume : vtkMRMLScalarVolumeNode
        PET in SUVbw (g/mL), and the CT of the same examination (may be None).
    organMap : vtkMRMLSegmentationNode or vtkMRMLLabelMapVolumeNode
        Organs of the patient by name (may be None).
    reader : str
        Code name of who reads; goes to the time log.
    organ : ReferenceOrgan
        Organ of the reference region.
    place : ReferencePlace
        How the place of the reference region is found.
    referencePoints : vtkMRMLMarkupsFiducialNode
        Centres of its spheres where the place is at points.
    sphereDiameter : float
        Diameter of these spheres, mm.
    showOutline : bool
        Whether the region is drawn in the views.
    seedRule : SeedRule
        How far a lesion reaches that is added by a click.
    seedSuv, seedPercent : float
        Its SUV (g/mL) or percentage, where the rule has one.
    leakLimit : float
        Volume (mL) past which the growth of a seed counts as a leak.
    ensembleModel : str
        Name of the model of the ensemble; empty for the first.
    ensembleDevice : EnsembleDevice
        Where it is computed.
    ensembleMode : EnsembleMode
        How closely it follows nnU-Net.
    lesions : vtkMRMLSegmentationNode
        The lesions of the case that is open, as data.
    """

    petVolume: vtkMRMLScalarVolumeNode
    ctVolume: vtkMRMLScalarVolumeNode
    # The wrapper's connection to a node selector knows no other spelling.
    organMap: Union[vtkMRMLSegmentationNode, vtkMRMLLabelMapVolumeNode, None]  # noqa: UP007
    reader: str = ""
    organ: ReferenceOrgan = ReferenceOrgan.LIVER
    place: ReferencePlace = ReferencePlace.PROPOSED
    referencePoints: vtkMRMLMarkupsFiducialNode
    sphereDiameter: Annotated[float, WithinRange(5, 100)] = 30.0
    showOutline: bool = True
    seedRule: SeedRule = SeedRule.PATIENT_THRESHOLD
    seedSuv: Annotated[float, WithinRange(0.1, 100)] = 4.0
    seedPercent: Annotated[float, WithinRange(1, 99)] = 40.0
    leakLimit: Annotated[float, WithinRange(1, 5000)] = 100.0
    ensembleModel: str = ""
    ensembleDevice: EnsembleDevice = EnsembleDevice.AUTO
    ensembleMode: EnsembleMode = EnsembleMode.FAST
    lesions: vtkMRMLSegmentationNode


def missingChoice(parameters: NENSegmentationParameterNode) -> str | None:
    """Return what has still to be chosen before the case can be segmented, or None."""
    if parameters.place is ReferencePlace.POINTS and parameters.referencePoints is None:
        return _("Place a point in normal liver or spleen first.")
    return None
