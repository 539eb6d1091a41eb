"""Volumes in a scene as Slicer's DICOM module leaves them."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk
import slicer
from pydicom import dcmread

from NENSegmentationLib.scene.volumes import Units, volume_node


def loaded_by_slicer(
    scene: slicer.vtkMRMLScene, folder: Path, name: str = "4: PET AC", *, units: Units | None = None
) -> slicer.vtkMRMLScalarVolumeNode:
    """Read a series as Slicer does, with ITK and GDCM, and note its instances in the order of the slices.

    Slicer gives units to CT only: a PET has none.
    """
    reader = sitk.ImageSeriesReader()
    files = reader.GetGDCMSeriesFileNames(str(folder))
    reader.SetFileNames(files)
    node = volume_node(scene, reader.Execute(), name, units=units or Units.SUV)
    if units is None:
        node.SetVoxelValueQuantity(None)
        node.SetVoxelValueUnits(None)
    uids = [str(dcmread(file, stop_before_pixels=True).SOPInstanceUID) for file in files]
    node.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
    return node
