"""A patient to try the module on: the digital one, made on this machine. Nothing is downloaded.

The application imports this when it has started: nothing slow may be imported here.
"""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

DIGITAL_PATIENT = "NENSegmentation.DigitalPatient"
"""The attribute of the images of a digital patient: what was asked for."""

CATEGORY = "NEN Segmentation"
SAMPLE_NAME = "NENSegmentationDigitalPatient"


def samplePatient(
    scene: slicer.vtkMRMLScene,
) -> tuple[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLLabelMapVolumeNode]:
    """Put the digital patient into a scene, which takes some seconds; one that is there already is taken again.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.

    Returns
    -------
    tuple of (vtkMRMLScalarVolumeNode, vtkMRMLScalarVolumeNode, vtkMRMLLabelMapVolumeNode)
        PET in SUVbw (g/mL), CT in Hounsfield units, and the organs by name, which no view shows.
    """
    from ..core.organs import OrganMap
    from ..phantom.patient import make_patient
    from ..phantom.request import Request
    from ..phantom.tissues import ORGANS
    from ..scene.organ_nodes import organ_node
    from ..scene.volumes import Units, volume_node

    # The patient of `make demo`.
    request = Request(seed=11, lesions=16)
    there = _imagesOf(scene, request.key)
    if len(there) == 3:
        return there[0], there[1], there[2]
    patient = make_patient(request)
    pet = volume_node(scene, patient.pet_grid.image(patient.pet.suv), "Digital patient PET", units=Units.SUV)
    ct = volume_node(scene, patient.ct_grid.image(patient.hounsfield), "Digital patient CT", units=Units.HU)
    named = OrganMap(patient.pet_grid.image(patient.organs), dict(enumerate(ORGANS, 1)))
    organs = organ_node(scene, named, "Digital patient organs")
    for node in (pet, ct, organs):
        node.SetAttribute(DIGITAL_PATIENT, request.key)
    return pet, ct, organs


def isDigital(node: slicer.vtkMRMLScalarVolumeNode) -> bool:
    """Tell whether an image shows a digital patient."""
    return node.GetAttribute(DIGITAL_PATIENT) is not None


def offerSamplePatient(thumbnail: str) -> None:
    """Offer the digital patient in Slicer's module Sample Data.

    Parameters
    ----------
    thumbnail : str
        Path of the picture on its button.
    """
    import SampleData

    # The module wants an address and a file name of everything; with a downloader of its own, neither is used.
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        uris="digital-patient:made-on-this-machine",
        fileNames="digital-patient",
        nodeNames="Digital patient",
        thumbnailFileName=thumbnail,
        customDownloader=onSampleWanted,
    )


def onSampleWanted(_source: object) -> None:
    """Make the digital patient and show it, for Slicer's module Sample Data."""
    from ..scene.views import show_pet_ct
    from .reporting import reportedErrors

    with reportedErrors(_("Sample Data")):
        pet, ct, _organs = samplePatient(slicer.mrmlScene)
        show_pet_ct(slicer.mrmlScene, pet, ct)
        slicer.app.applicationLogic().FitSliceToAll()


def _imagesOf(scene: slicer.vtkMRMLScene, key: str) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Return the images of a digital patient that are in a scene: PET, CT and organs."""
    count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(count)]
    return sorted((one for one in volumes if one.GetAttribute(DIGITAL_PATIENT) == key), key=_order)


def _order(node: slicer.vtkMRMLScalarVolumeNode) -> int:
    if node.IsA("vtkMRMLLabelMapVolumeNode"):
        return 2
    return int(node.GetVoxelValueUnits().GetCodeValue() == "[hnsf'U]")
