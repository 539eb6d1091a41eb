"""A digital patient as DICOM PET and CT series."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from .dicom_headers import Study, ct_header, pet_header, pet_slice
from .grid import Grid

_TOP_OF_RANGE = 65535
_CT_INTERCEPT = -1024


@dataclass(frozen=True)
class StoredPet:
    """A PET as its files hold it.

    Parameters
    ----------
    stored : ndarray, shape (k, j, i), uint16
        Stored values.
    slopes : ndarray, shape (k,)
        Rescale slope of each slice (Bq/mL), as its decimal string gives it.
    suv : ndarray, shape (k, j, i), float32
        The SUVbw (g/mL) that comes back from the files.
    """

    stored: NDArray[np.uint16]
    slopes: NDArray[np.float64]
    suv: NDArray[np.float32]

    @classmethod
    def of(cls, suv: NDArray[np.float32], factor: float) -> StoredPet:
        """Store an image, each slice over the full range of 16 bits.

        Parameters
        ----------
        suv : ndarray, shape (k, j, i)
            SUVbw (g/mL), not negative.
        factor : float
            SUV (g/mL) of 1 Bq/mL.
        """
        peaks = suv.max(axis=(1, 2)).astype(float) / factor
        slopes = np.array([float(decimal(peak / _TOP_OF_RANGE)) if peak > 0 else 1.0 for peak in peaks])
        stored, back = np.empty(suv.shape, np.uint16), np.empty(suv.shape, np.float32)
        for k, slope in enumerate(slopes):
            np.rint(np.clip(suv[k] / (slope * factor), 0, _TOP_OF_RANGE), out=stored[k], casting="unsafe")
            back[k] = stored[k] * (slope * factor)
        return cls(stored, slopes, back)


def decimal(value: float) -> str:
    """Return a number as a DICOM decimal string of at most 16 characters."""
    return f"{value:.9e}"


def write_pet(folder: Path, study: Study, grid: Grid, pet: StoredPet) -> None:
    """Write the attenuation-corrected PET series, one file a slice.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    study : Study
        Patient, tracer and times.
    grid : Grid
        The PET's.
    pet : StoredPet
        The image.
    """
    header = pet_header(study, grid)

    def slices() -> Iterable[tuple[int, dict[str, object], NDArray]]:
        for k, stored in enumerate(pet.stored):
            yield k, pet_slice(study, grid, k, decimal(pet.slopes[k]), stored), stored

    _write(folder, study, grid, header, slices())


def write_ct(folder: Path, study: Study, grid: Grid, hounsfield: NDArray[np.int16]) -> None:
    """Write the CT series, one file a slice.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    study : Study
        Patient and times.
    grid : Grid
        The CT's.
    hounsfield : ndarray, shape (k, j, i)
        -1024 to 3071.
    """
    header = ct_header(study, grid, _CT_INTERCEPT)
    stored = ((k, {}, (plane - _CT_INTERCEPT).astype(np.uint16)) for k, plane in enumerate(hounsfield))
    _write(folder, study, grid, header, stored)


def _write(folder: Path, study: Study, grid: Grid, header: Dataset, slices: Iterable) -> None:
    folder.mkdir()
    count = grid.shape[0]

    def write(item: tuple[int, dict[str, object], NDArray]) -> None:
        k, own, stored = item
        dataset = Dataset()
        dataset.update(header)
        # Instances count from the head, as the patient is shown.
        number = count - k
        position = [-grid.first[0], -grid.first[1], grid.first[2] + k * grid.spacing[0]]
        dataset.SOPInstanceUID = study.uid(header.Modality, "instance", k)
        dataset.InstanceNumber = number
        dataset.ImagePositionPatient = [f"{x:.4f}" for x in position]
        dataset.SliceLocation = f"{position[2]:.4f}"
        for keyword, value in own.items():
            setattr(dataset, keyword, value)
        dataset.PixelData = stored.astype("<u2").tobytes()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dcmwrite(folder / f"{number:04d}.dcm", dataset, enforce_file_format=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, slices))
