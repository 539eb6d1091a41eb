"""Small PET and CT series of literal attributes, as headers in memory or as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage

from NENSegmentationLib.dicom.geometry import in_order
from NENSegmentationLib.dicom.series import Series

STUDY = "1.2.826.0.1.3680043.10.1"
FRAME_OF_REFERENCE = "1.2.826.0.1.3680043.10.2"
PET = "1.2.826.0.1.3680043.10.3"
CT = "1.2.826.0.1.3680043.10.4"

GEOMETRY = {
    "FrameOfReferenceUID": FRAME_OF_REFERENCE,
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "Rows": 3,
    "Columns": 4,
}
INJECTION = {
    "RadiopharmaceuticalStartTime": "090000",
    "RadionuclideTotalDose": 200e6,
    "RadionuclideHalfLife": 4062.6,
}
IN_INJECTION = {*INJECTION, "RadiopharmaceuticalStartDateTime", "RadionuclideCodeSequence"}
PET_ATTRIBUTES = {
    "SOPClassUID": PositronEmissionTomographyImageStorage,
    "ImageType": ["ORIGINAL", "PRIMARY"],
    "Modality": "PT",
    "PatientName": "Secret^Name",
    "PatientID": "SECRET-ID",
    "StudyInstanceUID": STUDY,
    "SeriesInstanceUID": PET,
    "SeriesDescription": "PET AC",
    "SeriesDate": "20240305",
    "SeriesTime": "100000",
    "AcquisitionDate": "20240305",
    "AcquisitionTime": "100000",
    "Units": "BQML",
    "CorrectedImage": ["DECY", "ATTN", "SCAT"],
    "DecayCorrection": "START",
    "PatientWeight": 80,
    "PixelSpacing": [2.5, 2.0],
    "RescaleSlope": 2,
    "RescaleIntercept": 0,
    **GEOMETRY,
}
CT_ATTRIBUTES = {
    "SOPClassUID": CTImageStorage,
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "Modality": "CT",
    "StudyInstanceUID": STUDY,
    "SeriesInstanceUID": CT,
    "SeriesDescription": "CT",
    "PixelSpacing": [1.25, 1.0],
    "RescaleSlope": 1,
    "RescaleIntercept": -1024,
    **GEOMETRY,
}


def changed(attributes: dict, changes: dict) -> Dataset:
    """Make a data set; a change to None removes the attribute."""
    dataset = Dataset()
    for keyword, value in {**attributes, **changes}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


def a_pet_header(k: int = 0, **changes: object) -> Dataset:
    nuclide = Dataset()
    nuclide.CodeValue, nuclide.CodingSchemeDesignator, nuclide.CodeMeaning = "C-131A3", "SRT", "^68^Gallium"
    of_injection = {keyword: changes.pop(keyword) for keyword in IN_INJECTION & changes.keys()}
    sequences = {"RadionuclideCodeSequence": [nuclide]}
    injection = changed({**INJECTION, **sequences}, of_injection)
    places = {"ImagePositionPatient": [-3.0, -2.5, -10.0 + 4.0 * k], "InstanceNumber": k + 1}
    radiopharmaceutical = {"RadiopharmaceuticalInformationSequence": [injection]}
    return changed({**PET_ATTRIBUTES, **places, **radiopharmaceutical}, changes)


def a_ct_header(k: int = 0, **changes: object) -> Dataset:
    places = {"ImagePositionPatient": [-3.0, -2.5, -10.0 + 2.0 * k], "InstanceNumber": k + 1}
    return changed({**CT_ATTRIBUTES, **places}, changes)


def written(header: Dataset, path: Path, stored: np.ndarray | None = None) -> Path:
    """Write a header with stored values (row, column) as a DICOM file."""
    stored = np.full((header.Rows, header.Columns), 100, np.int16) if stored is None else stored.astype(np.int16)
    header.SOPInstanceUID = f"{header.SeriesInstanceUID}.{header.InstanceNumber}"
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated = header.BitsStored = 16
    header.HighBit, header.PixelRepresentation = 15, 1
    header.PixelData = stored.tobytes()
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    path.parent.mkdir(parents=True, exist_ok=True)
    header.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture(scope="session")
def pet_header() -> Callable[..., Dataset]:
    """Make the header of a PET slice: 80 kg, 200 MBq of 68Ga at 09:00, scan at 10:00, 4 mm slices."""
    return a_pet_header


@pytest.fixture(scope="session")
def ct_header() -> Callable[..., Dataset]:
    """Make the header of a CT slice, 2 mm slices."""
    return a_ct_header


@pytest.fixture(scope="session")
def write_slice() -> Callable[..., Path]:
    """Write a slice: `write_slice(header, path, stored=None)`."""
    return written


@pytest.fixture(scope="session")
def write_pet() -> Callable[..., Path]:
    """Write a PET series of five slices to a folder; keywords change the headers."""

    def write(folder: Path, slices: int = 5, **changes: object) -> Path:
        for k in range(slices):
            written(a_pet_header(k, **changes), folder / f"pet{k}.dcm")
        return folder

    return write


@pytest.fixture(scope="session")
def write_ct() -> Callable[..., Path]:
    """Write a CT series of nine slices to a folder; keywords change the headers."""

    def write(folder: Path, slices: int = 9, **changes: object) -> Path:
        for k in range(slices):
            written(a_ct_header(k, **changes), folder / f"ct{k}.dcm")
        return folder

    return write


@pytest.fixture(scope="session")
def a_series() -> Callable[..., Series]:
    """Make a series of headers, as if each had been read from a file of its own."""

    def series(headers: Iterable[Dataset], folder: str = "/case/PET") -> Series:
        headers = list(headers)
        for n, header in enumerate(headers):
            header.filename = f"{folder}/slice{n}.dcm"
            header.file_meta = FileMetaDataset()
        first = headers[0]
        return Series(first.SeriesInstanceUID, first.Modality, first.get("SeriesDescription", ""), in_order(headers))

    return series
