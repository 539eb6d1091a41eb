"""Segmentation files of other tools and earlier readers, opened for correction."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk
import slicer

from ..core.image_files import read_labels
from ..dicom.given import lesion_map_from_dicom
from ..dicom.series import Series, is_dicom
from .foreign import Opened, lesion_map_from_foreign, lesion_map_from_labels
from .segmentation import remove_node
from .segmentation_file import read_seg_nrrd

SUFFIXES = ("*.dcm", "*.seg.nrrd", "*.nrrd", "*.nii.gz", "*.nii")
"""What such files are called; DICOM may be called anything."""


def lesion_map_from_file(path: Path, scene: slicer.vtkMRMLScene, pet: sitk.Image, series: Series | None) -> Opened:
    """Open an RTSTRUCT, a DICOM SEG, a segmentation of Slicer or a label map for correction.

    Parameters
    ----------
    path : Path
        The file.
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`; it is left as it was.
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    series : Series or None
        The series of ``pet``, which a DICOM file has to be of; None where the PET did not come as DICOM.

    Returns
    -------
    LesionMap
        As `lesion_map_from_foreign`.
    tuple of str
        What was left out or changed.

    Raises
    ------
    SceneError, DicomError, MethodError
        If there is no such file, it is none of these, is damaged, or is of another patient or frame of reference.
    """
    if path.is_file() and is_dicom(path):
        return lesion_map_from_dicom(path, pet, series)
    if not path.name.endswith(".seg.nrrd"):
        return lesion_map_from_labels(path.name, read_labels(path), pet)
    node = read_seg_nrrd(scene, path)
    try:
        return lesion_map_from_foreign(node, pet)
    finally:
        remove_node(scene, node)
