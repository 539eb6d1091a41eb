"""The smallest patient that the module can be tried on, inside Slicer or outside."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
import slicer

from ..scene.volumes import Units, volume_node

VOXEL_MM = 4.0
LIVER_RAS = (20.0, 0.0, 0.0)


def addPatient(
    scene: slicer.vtkMRMLScene,
) -> tuple[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLMarkupsFiducialNode]:
    """Put a PET of a cubic body into a scene, with a point in its liver.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.

    Returns
    -------
    tuple of (vtkMRMLScalarVolumeNode, vtkMRMLMarkupsFiducialNode)
        A PET of 40 x 40 x 40 voxels of 4 mm: body at SUV 1, liver at 4.8 and 5.2 in turn (mean 5), two lesions of
        4 x 4 x 4 voxels (4.096 mL) at SUV 20. The point lies in the middle of the liver.
    """
    array = np.zeros((40, 40, 40), np.float32)
    array[4:36, 4:36, 4:36] = 1
    liver = (slice(14, 26), slice(14, 26), slice(9, 21))
    array[liver] = np.where(np.indices(array[liver].shape).sum(axis=0) % 2, 4.8, 5.2)
    array[28:32, 8:12, 26:30] = 20
    array[8:12, 26:30, 26:30] = 20
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([VOXEL_MM] * 3)
    image.SetOrigin([-19.5 * VOXEL_MM] * 3)
    pet = volume_node(scene, image, "PET", units=Units.SUV)
    points = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "Normal liver")
    points.AddControlPointWorld(*LIVER_RAS)
    return pet, points
