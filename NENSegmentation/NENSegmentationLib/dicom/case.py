"""One patient's PET and CT, from DICOM or from images that are already in SUV."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..core.image_files import doubtful_suv, read_image, read_suv
from ..core.volume import ct_on_grid, index_to_ras, shape, voxels
from .choice import choose_ct, choose_pet
from .errors import DicomError
from .frames import one_frame
from .geometry import stacked
from .instances import suv_image
from .pixels import read_volume
from .series import Progress, Scan, Series, is_dicom, scan_folder
from .suv import SuvConversion

PET_FILES = ("pet.nrrd", "pet.nii.gz", "pet.nii")
CT_FILES = ("ct.nrrd", "ct.nii.gz", "ct.nii")
"""What the images of a case are called in a folder of cases, where they are no DICOM."""

_IMAGE_SUFFIXES = (".nii", ".nii.gz", ".nrrd")
_EXPECTED = "Give the folder that holds the DICOM series, or an image as .nrrd, .nii or .nii.gz."


@dataclass(frozen=True)
class Case:
    """The PET and CT of a patient.

    Attributes
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    ct : SimpleITK.Image or None
        Hounsfield units, float32, on its own grid.
    conversion : SuvConversion or None
        How the PET became SUV; None where it already was.
    pet_series : Series or None
        The slices of the PET, in the order of k; None where the input was no DICOM.
    warnings : tuple of str
        What a reader has to know wherever the SUV is shown.
    """

    pet: sitk.Image = field(repr=False)
    ct: sitk.Image | None = field(repr=False)
    conversion: SuvConversion | None
    pet_series: Series | None
    warnings: tuple[str, ...]

    def ct_on_pet_grid(self) -> sitk.Image | None:
        """Return the CT resampled to the grid of the PET, or None without a CT; see `ct_on_grid`."""
        return None if self.ct is None else ct_on_grid(self.ct, self.pet)


def read_case(
    path: Path,
    *,
    ct: Path | None = None,
    with_ct: bool = True,
    series: str | None = None,
    frame: int | None = None,
    injection_date: date | None = None,
    progress: Progress | None = None,
) -> Case:
    """Read a PET/CT.

    Parameters
    ----------
    path : Path
        A folder with DICOM files, in which the PET series and its CT are found; or a .nrrd, .nii or .nii.gz image that
        is already in SUVbw.
    ct : Path, optional
        The CT where it is not in that folder: a .nrrd, .nii or .nii.gz image in Hounsfield units or, for DICOM, another
        folder.
    with_ct : bool
        Whether a CT is wanted. Without it none is looked for, and a faulty one stops nothing.
    series : str, optional
        SeriesInstanceUID of the PET series, where the folder has several.
    frame : int, optional
        Frame of time, from 1, of a dynamic PET series.
    injection_date : date, optional
        The day of the injection, where the header has none or a wrong one.
    progress : callable, optional
        Called with the work done and the work in all; the latter falls once, when the files have been looked at.

    Returns
    -------
    Case

    Raises
    ------
    DicomError
        If the series in the folder make no PET in SUV; the message says why and what to do.
    MethodError
        If an image cannot be read, or its voxels cannot be uptake.
    """
    if path.is_dir():
        return _from_dicom(path, ct, with_ct, series, frame, injection_date, progress)
    if series is not None or frame is not None or injection_date is not None:
        message = (
            f"{path.name}: a series, a frame or an injection date can be given for a DICOM folder only. Leave it out."
        )
        raise DicomError(message)
    _require_image(path)
    pet = read_suv(path)
    return Case(pet, _ct_image(ct, pet) if with_ct and ct is not None else None, None, None, doubtful_suv(pet))


def _from_dicom(
    folder: Path,
    ct: Path | None,
    with_ct: bool,
    uid: str | None,
    frame: int | None,
    injection_date: date | None,
    progress: Progress | None,
) -> Case:
    scan = scan_folder(folder, None if progress is None else lambda done, files: progress(done, 2 * files))
    series = one_frame(choose_pet(scan, uid), frame)
    ct_series, choice_warnings = _ct_series(scan, series, ct) if with_ct else (None, ())
    ct_grid = None if ct_series is None else stacked(ct_series.headers, f"CT series {ct_series.label}")
    slices = len(series.headers) + (0 if ct_series is None else len(ct_series.headers))
    pixels = _Share(progress, scan.files, scan.files + slices)
    pet, conversion, warnings = suv_image(series, injection_date=injection_date, progress=pixels)
    pixels.start += len(series.headers)
    if ct_series is None or ct_grid is None:
        beside = _ct_image(ct, pet) if with_ct and ct is not None else None
        return Case(pet, beside, conversion, series, warnings + choice_warnings)
    volume = read_volume(ct_series, ct_grid, progress=pixels)
    return Case(pet, volume, conversion, series, warnings + choice_warnings + ct_grid.warnings)


@dataclass
class _Share:
    """Part of the work, reported as part of all of it."""

    progress: Progress | None
    start: int
    total: int

    def __call__(self, done: int, _: int) -> None:
        if self.progress is not None:
            self.progress(self.start + done, self.total)


def _ct_series(scan: Scan, pet: Series, given: Path | None) -> tuple[Series | None, tuple[str, ...]]:
    """Find the CT beside the PET, or in the given folder; none if an image file is given instead."""
    if given is None:
        return choose_ct(scan, pet)
    if not given.is_dir():
        return None, ()
    found, warnings = choose_ct(scan_folder(given), pet)
    if found is None:
        message = (
            f"{given.name}: no CT series in the folder belongs to the PET and overlaps it. Give the CT of the PET."
        )
        raise DicomError(message)
    return found, warnings


def _ct_image(path: Path, pet: sitk.Image) -> sitk.Image:
    _require_image(path)
    ct = sitk.Cast(read_image(path), sitk.sitkFloat32)
    if not np.isfinite(voxels(ct).sum(dtype=np.float64)):
        message = f"{path.name}: the CT has voxels that are not finite numbers. Export the CT image again."
        raise DicomError(message)
    if not _overlap(ct, pet):
        message = f"{path.name}: the CT does not overlap the PET. Give the CT of the same patient and study."
        raise DicomError(message)
    return ct


def _require_image(path: Path) -> None:
    if not path.exists():
        message = f"{path}: there is no such file or folder. Give a DICOM folder, or a PET image in SUV."
        raise DicomError(message)
    if path.is_dir() or is_dicom(path):
        message = f"{path.name}: this is {'a folder' if path.is_dir() else 'a single DICOM file'}. {_EXPECTED}"
        raise DicomError(message)
    if not path.name.lower().endswith(_IMAGE_SUFFIXES):
        message = f"{path.name}: this is neither a DICOM folder nor a .nrrd, .nii or .nii.gz image. {_EXPECTED}"
        raise DicomError(message)


def _overlap(first: sitk.Image, second: sitk.Image) -> bool:
    boxes = []
    for image in (first, second):
        corners = np.array(np.meshgrid(*([0, n - 1] for n in shape(image)))).reshape(3, -1).T
        points = index_to_ras(image, corners)
        boxes.append((points.min(axis=0), points.max(axis=0)))
    (low, high), (other_low, other_high) = boxes
    return bool(np.all(low <= other_high) and np.all(other_low <= high))
