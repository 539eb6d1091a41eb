"""A PET series of a few small slices, in memory and on disk, and lesions on it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage, generate_uid

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.dicom.series import Series

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SPACING = (3.0, 2.5, 2.0)


def small_pet(shape, *, spacing=SPACING, origin=(-21.5, -30.25, -100.0), orientation=AXIAL, distances=None):
    """Make the headers of a series; distances are those of the slices from the first along the normal, in mm."""
    common = _common_attributes()
    common.Rows, common.Columns = shape[1:]
    common.PixelSpacing = list(spacing[1:])
    common.SliceThickness = spacing[0]
    common.ImageOrientationPatient = list(orientation)
    normal = np.cross(orientation[:3], orientation[3:])
    distances = spacing[0] * np.arange(shape[0]) if distances is None else distances
    headers = []
    for k, distance in enumerate(distances):
        header = Dataset()
        header.update(common)
        header.SOPInstanceUID = generate_uid()
        header.InstanceNumber = k + 1
        header.ImagePositionPatient = np.round(np.array(origin) + distance * normal, 6).tolist()
        header.filename = f"{k:03}.dcm"
        headers.append(header)
    return Series(str(common.SeriesInstanceUID), "PT", "", tuple(headers))


def lesions_on(series, labels, *, origin=Origin.THRESHOLD, **names_and_colours):
    """Make a lesion map of a label array on a series."""
    first = series.headers[0]
    rows, columns = np.reshape(first.ImageOrientationPatient, (2, 3)).astype(float)
    pet = sitk.GetImageFromArray(np.ones(labels.shape, np.float32))
    pet.SetOrigin([float(value) for value in first.ImagePositionPatient])
    pet.SetSpacing([float(first.PixelSpacing[1]), float(first.PixelSpacing[0]), float(first.SliceThickness)])
    pet.SetDirection(np.column_stack([rows, columns, np.cross(rows, columns)]).ravel().tolist())
    return LesionMap.from_labels(pet, labels, origin=origin, **names_and_colours)


def write_slices(series, folder):
    """Write the slices with pixels, for programs that take the grid from the files."""
    folder.mkdir()
    for header in series.headers:
        image = Dataset()
        image.update(header)
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 0
        image.RescaleSlope, image.RescaleIntercept = 1, 0
        image.PixelData = np.zeros((header.Rows, header.Columns), np.uint16).tobytes()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.save_as(folder / header.filename, enforce_file_format=True)
    return folder


def _common_attributes():
    common = Dataset()
    common.SpecificCharacterSet = "ISO_IR 100"
    common.SOPClassUID = PositronEmissionTomographyImageStorage
    common.StudyInstanceUID, common.SeriesInstanceUID = generate_uid(), generate_uid()
    common.FrameOfReferenceUID = generate_uid()
    common.Modality = "PT"
    common.PatientName, common.PatientID = "Sjögren^Åsa", "NEN-001"
    common.PatientBirthDate, common.PatientSex = "19600229", "F"
    common.StudyDate, common.StudyTime = "20240305", "101500"
    common.StudyID, common.AccessionNumber = "1", "A1"
    common.StudyDescription = "PET/CT"
    common.ReferringPhysicianName = ""
    return common
