"""The PET and CT series in a folder of mixed files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedPETImageStorage,
    LegacyConvertedEnhancedPETImageStorage,
    MediaStorageDirectoryStorage,
    PositronEmissionTomographyImageStorage,
)

from .attributes import UNREADABLE, text, texts
from .errors import DicomError
from .geometry import in_order

Progress = Callable[[int, int], None]
"""Called with the work done and the work in all."""

ENHANCED_PET = (EnhancedPETImageStorage, LegacyConvertedEnhancedPETImageStorage)

# Scouts, and projections that some scanners file among the slices.
_NO_SLICE = {"LOCALIZER", "MIP", "REPROJECTION", "PROJECTION IMAGE"}
_PREAMBLE_BYTES = 132
# Group 7FE0, little and big endian.
_PIXEL_GROUP = (b"\xe0\x7f", b"\x7f\xe0")


@dataclass(frozen=True)
class Series:
    """A PET or CT series.

    Attributes
    ----------
    uid : str
        SeriesInstanceUID (0020,000E).
    modality : str
        PT or CT.
    description : str
        SeriesDescription (0008,103E); may be empty.
    headers : tuple of Dataset
        One per slice, without pixel data, in the order of k: by position along the normal of the slices. Each has the
        ``filename`` that it was read from. They hold the patient's identity, so they are not part of the repr.
    """

    uid: str
    modality: str
    description: str
    headers: tuple[Dataset, ...] = field(repr=False)

    @property
    def study(self) -> str:
        """StudyInstanceUID (0020,000D)."""
        return text(self.headers[0], "StudyInstanceUID")

    @property
    def frame_of_reference(self) -> str:
        """FrameOfReferenceUID (0020,0052); empty where it is absent."""
        return text(self.headers[0], "FrameOfReferenceUID")

    @property
    def label(self) -> str:
        """What to call the series in a message: description and number of images."""
        name = f'"{self.description}"' if self.description else "without description"
        return f"{name} ({len(self.headers)} images)"


@dataclass(frozen=True)
class Scan:
    """What a folder holds.

    Attributes
    ----------
    folder : Path
        The folder.
    series : tuple of Series
        The PET and CT series, by description and uid.
    files : int
        Number of files in the folder.
    others : tuple of str
        Modalities of the DICOM files that were passed over.
    """

    folder: Path
    series: tuple[Series, ...]
    files: int
    others: tuple[str, ...]


def scan_folder(folder: Path, progress: Progress | None = None) -> Scan:
    """Find the PET and CT series in a folder and the folders in it.

    Files that are no DICOM, and DICOM files that are no PET or CT slices (DICOMDIR, RTSTRUCT, real-world value maps,
    secondary captures, localizers, projections), are passed over. Only headers are read.

    Parameters
    ----------
    folder : Path
        The folder.
    progress : callable, optional
        Called with the number of files read and of all files.

    Returns
    -------
    Scan

    Raises
    ------
    DicomError
        If there is no such folder, or a DICOM file in it is truncated or cannot be read.
    """
    if not folder.is_dir():
        message = f"{folder}: there is no such folder. Give a folder that holds the DICOM files of a PET/CT."
        raise DicomError(message)
    folder = folder.resolve()
    # What macOS writes beside a file on foreign disks bears its name after "._", and is no DICOM.
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("._"))
    grouped: dict[tuple[str, str, str], list[Dataset]] = {}
    others = set()
    for done, path in enumerate(files, 1):
        header = read_header(path)
        if header is not None and _is_slice(header):
            grouped.setdefault(_group(header), []).append(header)
        elif header is not None:
            others.add(text(header, "Modality") or "DICOMDIR")
        if progress is not None:
            progress(done, len(files))
    series = [_series(headers) for headers in grouped.values()]
    series.sort(key=lambda found: (found.modality, found.description, found.uid))
    return Scan(folder, tuple(series), len(files), tuple(sorted(others)))


def read_header(path: Path) -> Dataset | None:
    """Read the header of a DICOM file, without pixel data.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    Dataset or None
        None if the file is no DICOM.

    Raises
    ------
    DicomError
        If it is truncated, damaged, or may not be read.
    """
    if not is_dicom(path):
        return None
    try:
        # What pydicom remarks on a file that it can read is no matter for the user.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            header = dcmread(file, stop_before_pixels=True)
            reached = file.read(2) in _PIXEL_GROUP
    except UNREADABLE as error:
        raise _truncated(path) from error
    header.filename = str(path)
    if not reached and _should_hold_pixels(header):
        raise _truncated(path)
    return header


def is_dicom(path: Path) -> bool:
    """Tell whether a file starts as DICOM files do: 128 bytes of anything, then ``DICM``.

    Raises
    ------
    DicomError
        If the file may not be read, or is called .dcm and is too short to be one.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_PREAMBLE_BYTES)
    except OSError as error:
        message = f"{path.name}: the file cannot be read ({error.strerror}). Check its permissions and the disk."
        raise DicomError(message) from error
    if path.suffix.lower() == ".dcm" and len(start) < _PREAMBLE_BYTES:
        raise _truncated(path)
    return start[128:] == b"DICM"


def modality_of(header: Dataset) -> str:
    """Return PT or CT for a slice of PET or CT, and an empty string for anything else."""
    storage_class = _storage_class(header)
    if storage_class == CTImageStorage:
        return "CT"
    if storage_class in (PositronEmissionTomographyImageStorage, *ENHANCED_PET):
        return "PT"
    # De-identification may empty the class; the modality then still says what the file is.
    modality = text(header, "Modality")
    return modality if modality in ("CT", "PT") and not storage_class else ""


def _should_hold_pixels(header: Dataset) -> bool:
    if header.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        # Such a file is inflated as a whole, so where the reading stopped says nothing.
        return False
    if modality_of(header):
        return True
    return not _storage_class(header) and not text(header, "Modality")


def _storage_class(header: Dataset) -> str:
    return text(header, "SOPClassUID") or text(header.file_meta, "MediaStorageSOPClassUID")


def _is_slice(header: Dataset) -> bool:
    if _storage_class(header) == MediaStorageDirectoryStorage:
        return False
    kinds = {*texts(header, "ImageType"), *texts(header, "SeriesType")}
    return bool(modality_of(header)) and not kinds & _NO_SLICE


def _group(header: Dataset) -> tuple[str, str, str]:
    return text(header, "StudyInstanceUID"), text(header, "SeriesInstanceUID"), modality_of(header)


def _series(headers: Sequence[Dataset]) -> Series:
    first = headers[0]
    ordered = in_order(headers)
    return Series(text(first, "SeriesInstanceUID"), modality_of(first), text(first, "SeriesDescription"), ordered)


def _truncated(path: Path) -> DicomError:
    return DicomError(f"{path.name}: the DICOM file is truncated or damaged. Copy the series again.")


def is_enhanced(series: Series) -> bool:
    """Tell whether a PET series is of the enhanced multi-frame kind."""
    return _storage_class(series.headers[0]) in ENHANCED_PET
