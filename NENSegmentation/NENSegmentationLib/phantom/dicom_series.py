"""A digital patient as DICOM PET and CT series."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from .dicom_file import Template
from .dicom_headers import ct_header, pet_header, pet_slice
from .dicom_study import Study, decimal
from .grid import Grid

_CT_INTERCEPT = -1024
_THREADS = 2


@dataclass(frozen=True)
class StoredPet:
    """A PET as its files hold it.

    Parameters
    ----------
    stored : ndarray, shape (k, j, i), uint16
        Stored values.
    slopes : ndarray, shape (k,)
        Rescale slope of each slice (Bq/mL or counts), as its decimal string gives it.
    suv : ndarray, shape (k, j, i), float32
        The SUVbw (g/mL) that comes back from the files.
    """

    stored: NDArray[np.uint16]
    slopes: NDArray[np.float64]
    suv: NDArray[np.float32]

    @classmethod
    def of(cls, suv: NDArray[np.float32], factor: float, top_of_range: int) -> StoredPet:
        """Store an image, each slice over the full range of stored values.

        Parameters
        ----------
        suv : ndarray, shape (k, j, i)
            SUVbw (g/mL), not negative.
        factor : float
            SUV (g/mL) of 1 Bq/mL, or of 1 count.
        top_of_range : int
            The largest stored value.
        """
        peaks = suv.max(axis=(1, 2)).astype(float) / factor
        slopes = np.array([float(decimal(peak / top_of_range)) if peak > 0 else 1.0 for peak in peaks])
        stored, back = np.empty(suv.shape, np.uint16), np.empty(suv.shape, np.float32)

        def store(k: int) -> None:
            np.rint(np.clip(suv[k] / (slopes[k] * factor), 0, top_of_range), out=stored[k], casting="unsafe")
            back[k] = stored[k] * slopes[k] * factor

        _in_threads(store, range(len(suv)))
        return cls(stored, slopes, back)


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
    _write_pet(folder, study, grid, pet, pet_header(study, grid))


def write_uncorrected_pet(folder: Path, study: Study, grid: Grid, suv: NDArray[np.float32]) -> None:
    """Write a PET series that is not corrected for attenuation and scatter, one file a slice.

    Parameters
    ----------
    folder : Path
        Where to; it is made.
    study : Study
        Patient, tracer and times.
    grid : Grid
        The PET's.
    suv : ndarray, shape (k, j, i)
        What it shows, in the units of SUVbw (g/mL).
    """
    pet = StoredPet.of(suv, study.stored_factor, study.vendor.top_of_range)
    _write_pet(folder, study, grid, pet, pet_header(study, grid, corrected=False))


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

    def content(k: int) -> tuple[dict[str, object], NDArray[np.uint16]]:
        return {}, (hounsfield[k] - _CT_INTERCEPT).astype(np.uint16)

    _write(folder, study, grid, ct_header(study, grid, _CT_INTERCEPT), content)


def _write_pet(folder: Path, study: Study, grid: Grid, pet: StoredPet, header: Dataset) -> None:
    def content(k: int) -> tuple[dict[str, object], NDArray[np.uint16]]:
        return pet_slice(study, grid, k, decimal(pet.slopes[k]), pet.stored[k]), pet.stored[k]

    _write(folder, study, grid, header, content)


def _write(
    folder: Path,
    study: Study,
    grid: Grid,
    header: Dataset,
    content: Callable[[int], tuple[dict[str, object], NDArray[np.uint16]]],
) -> None:
    """Write slice by slice what ``content`` gives: the attributes of its own, and the stored values."""
    folder.mkdir()
    template, count = Template(header), grid.shape[0]

    def write(k: int) -> None:
        own, stored = content(k)
        # Instances count from the head, as the patient is shown.
        number = count - k
        position = [-grid.first[0], -grid.first[1], grid.first[2] + k * grid.spacing[0]]
        place = {
            "SOPInstanceUID": study.uid(header.SeriesInstanceUID, "instance", k),
            "InstanceNumber": number,
            "ImagePositionPatient": [f"{x:.4f}" for x in position],
            "SliceLocation": f"{position[2]:.4f}",
        }
        (folder / f"{number:04d}.dcm").write_bytes(template.filled(place | own, stored))

    _in_threads(write, range(count))


def _in_threads(function: Callable[[int], None], items: Iterable[int]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(function, items):
            pass
