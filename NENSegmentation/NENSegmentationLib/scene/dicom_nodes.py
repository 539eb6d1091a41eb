"""A PET that Slicer's DICOM module loaded: back to its files, and from them to SUV.

Slicer keeps the voxels as the scanner stored them, in Bq/mL mostly, and notes on the node from which instances they
came. The SUV image is made of the files and not of the node's voxels: those were rescaled by whichever reader Slicer
used, sometimes into whole numbers by the slope of the first slice, and anyone may have edited them since.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import SimpleITK as sitk
import slicer

from ..dicom.conversion import SuvConversion
from ..dicom.instances import pet_series_of, suv_image
from ..dicom.series import Series
from .errors import SceneError
from .volumes import Units, on_grid, refuse_transformed, volume_node

INSTANCE_UIDS = "DICOM.instanceUIDs"
"""The attribute in which Slicer's DICOM module lists the instances of a volume, with a blank between them."""

CONVERSION = "NENSegmentation.Conversion"
"""The attribute in which a PET that was converted here says how; see `conversion_of`."""

FileForInstance = Callable[[str], str]
"""Path of an instance by its SOPInstanceUID, empty if it is not known: ``slicer.dicomDatabase.fileForInstance``."""


class VoxelUnits(str, Enum):
    """What the voxels of a PET node mean, as far as it says."""

    SUV = "SUV"
    ACTIVITY = "Bq/mL"
    UNKNOWN = "unknown"


# UCUM, as it is now and as it was written before.
_MEANT = {
    "{SUVbw}g/ml": VoxelUnits.SUV,
    "g/ml{SUVbw}": VoxelUnits.SUV,
    "Bq/ml": VoxelUnits.ACTIVITY,
    "Bq/mL": VoxelUnits.ACTIVITY,
}


def units_of(node: slicer.vtkMRMLScalarVolumeNode) -> VoxelUnits:
    """Return what the voxels of a node mean by its coded units.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        A PET, whoever loaded it.

    Returns
    -------
    VoxelUnits
        Unknown if the node has no units, as Slicer's DICOM module leaves a PET and every image file does.

    Raises
    ------
    SceneError
        If its units are those of something else, such as Hounsfield units or SUV by lean body mass.
    """
    coded = node.GetVoxelValueUnits()
    code = coded.GetCodeValue() if coded is not None else None
    if not code:
        return VoxelUnits.UNKNOWN
    if code not in _MEANT:
        message = (
            f"{node.GetName()}: its voxels are in {coded.GetCodeMeaning() or code}, not in SUVbw or Bq/mL. "
            "Choose the PET."
        )
        raise SceneError(message)
    return _MEANT[code]


def has_dicom_files(node: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance) -> bool:
    """Tell whether a node says from which instances it came, and the database knows the first of them."""
    return bool(first_file(node, file_for_instance))


def first_file(node: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance) -> str:
    """Return the path of the first instance that a node came from, empty where that is not known."""
    uids = _instance_uids(node)
    return file_for_instance(uids[0]) if uids else ""


def series_of(node: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance) -> Series:
    """Return the PET series that a node was loaded from.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        Loaded by Slicer's DICOM module, or made by `suv_node_beside`.
    file_for_instance : callable
        Path of an instance by its SOPInstanceUID, empty if it is not known: ``slicer.dicomDatabase.fileForInstance``.

    Returns
    -------
    Series

    Raises
    ------
    SceneError
        If the node does not say from which instances it came, or one of them is not in the database.
    DicomError
        If the files are not there, damaged, no PET, or of several series.
    """
    uids = _instance_uids(node)
    if not uids:
        message = (
            f"{node.GetName()}: the volume does not say from which DICOM files it came. "
            "Load the PET with Slicer's DICOM module, or say that the volume is already in SUV."
        )
        raise SceneError(message)
    files = [file_for_instance(uid) for uid in uids]
    if not all(files):
        message = (
            f"{node.GetName()}: {files.count('')} of its {len(uids)} DICOM files are not in Slicer's DICOM database. "
            "Import the series again."
        )
        raise SceneError(message)
    return pet_series_of([Path(file) for file in files], node.GetName())


def suv_image_of(
    node: slicer.vtkMRMLScalarVolumeNode, file_for_instance: FileForInstance, injection_date: date | None = None
) -> tuple[sitk.Image, SuvConversion, Series]:
    """Return the SUV image of a PET that Slicer's DICOM module loaded.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        Says from which instances it came, and lies where they lie.
    file_for_instance : callable
        As in `series_of`.
    injection_date : date, optional
        The day of the injection, where the header has none or a wrong one.

    Returns
    -------
    SimpleITK.Image
        SUVbw (g/mL), float32, from the files.
    SuvConversion
        How it became SUV; its warnings include those about the slices.
    Series
        The slices.

    Raises
    ------
    SceneError
        As `series_of`, and if the node is under a transform or more than 0.02 mm off its files (cropped, resampled).
    DicomError
        If the series makes no PET in SUV; the message says why and what to do.
    """
    refuse_transformed(node)
    series = series_of(node, file_for_instance)
    image, conversion, warnings = suv_image(series, injection_date=injection_date)
    if not on_grid(node, image):
        message = (
            f"{node.GetName()}: the volume does not lie where its DICOM files lie, so it was cropped, resampled or "
            "moved. Choose the PET as Slicer's DICOM module loaded it."
        )
        raise SceneError(message)
    return image, replace(conversion, warnings=warnings), series


def suv_node_beside(
    node: slicer.vtkMRMLScalarVolumeNode,
    image: sitk.Image,
    conversion: SuvConversion,
    injection_date: date | None = None,
) -> slicer.vtkMRMLScalarVolumeNode:
    """Put the SUV image of a PET node beside it: into its scene, and into its folder of the subject hierarchy.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        In a scene.
    image : SimpleITK.Image
        From `suv_image_of`.
    conversion : SuvConversion
        How it became SUV; the node keeps it, see `conversion_of`.
    injection_date : date, optional
        What was given to `suv_image_of`.

    Returns
    -------
    vtkMRMLScalarVolumeNode
        Called "<name> SUV". It says from which instances it came, so that a saved scene finds them again.
    """
    scene = node.GetScene()
    name = node.GetName() if node.GetAttribute(CONVERSION) else f"{node.GetName()} SUV"
    beside = volume_node(scene, image, name, units=Units.SUV)
    beside.SetAttribute(INSTANCE_UIDS, node.GetAttribute(INSTANCE_UIDS))
    given = None if injection_date is None else injection_date.isoformat()
    beside.SetAttribute(CONVERSION, json.dumps({**conversion.to_dict(), "given_injection_date": given}))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item, item_beside = hierarchy.GetItemByDataNode(node), hierarchy.GetItemByDataNode(beside)
    if item and item_beside:
        hierarchy.SetItemParent(item_beside, hierarchy.GetItemParent(item))
    return beside


def conversion_of(node: slicer.vtkMRMLScalarVolumeNode) -> dict[str, Any] | None:
    """Return how a PET node became SUV, as `suv_node_beside` noted it; None if it was not converted here.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        Any volume.

    Returns
    -------
    dict or None
        `SuvConversion.to_dict`, and ``given_injection_date``: the day that was given, as YYYY-MM-DD, or None.
    """
    noted = node.GetAttribute(CONVERSION)
    return None if noted is None else json.loads(noted)


def volumes_of_the_same_files(node: slicer.vtkMRMLScalarVolumeNode) -> list[slicer.vtkMRMLScalarVolumeNode]:
    """Return the volumes of the scene that came from the same instances as a node of DICOM, the node itself too."""
    scene = node.GetScene()
    count = scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode") for n in range(count)]
    return [one for one in volumes if _instance_uids(node) and _instance_uids(one) == _instance_uids(node)]


def _instance_uids(node: slicer.vtkMRMLScalarVolumeNode) -> list[str]:
    return (node.GetAttribute(INSTANCE_UIDS) or "").split()
