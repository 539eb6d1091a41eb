"""What a NIfTI-1 file holds that SimpleITK does not tell: its extensions, and voxels that are missing or no numbers.

ITK's reader turns NaN and infinity into 0, and what a cut-off file lacks as well, without a word. An image that the
exporter broke would look like cold tissue.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import MethodError

_HEADER_BYTES = 352
_FLOATS = {16: "f4", 64: "f8"}
_CHUNK_BYTES = 1 << 24


@dataclass(frozen=True)
class _Layout:
    """What the header says of the voxels."""

    order: str
    datatype: int
    offset: int
    size: int

    @classmethod
    def of(cls, header: bytes) -> _Layout:
        order = "<" if header[:4] == (348).to_bytes(4, "little") else ">"
        extent = np.frombuffer(header, order + "i2", 8, 40).astype(int)
        voxels = int(np.prod(extent[1 : 1 + max(int(extent[0]), 0)]))
        datatype, bits = np.frombuffer(header, order + "i2", 2, 70).astype(int)
        offset = np.frombuffer(header, order + "f4", 1, 108)[0]
        return cls(order, int(datatype), int(offset), voxels * int(bits) // 8)


def is_nifti(path: Path) -> bool:
    """Tell by its name whether a file is NIfTI."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def nifti_extension(path: Path) -> str:
    """Return the text between the header and the voxels, where TotalSegmentator names its labels."""
    with _opened(path) as file:
        layout = _Layout.of(file.read(_HEADER_BYTES))
        return file.read(max(layout.offset - _HEADER_BYTES, 0)).decode("utf-8", errors="replace")


def count_not_finite(path: Path) -> int:
    """Count the voxels of a NIfTI file that are stored as NaN or infinite, and make sure that none is missing.

    Parameters
    ----------
    path : Path
        A .nii or .nii.gz file.

    Returns
    -------
    int

    Raises
    ------
    MethodError
        If the file ends before its last voxel, or is not compressed as its name says.
    """
    try:
        with _opened(path) as file:
            header = file.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:
                raise EOFError
            layout = _Layout.of(header)
            file.read(max(layout.offset - _HEADER_BYTES, 0))
            not_finite, found = _read_through(file, layout)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{path.name}: the file is cut off or damaged. Copy or export the image again."
        raise MethodError(message) from error
    if found < layout.size:
        message = (
            f"{path.name}: the file is cut off, {layout.size - found} of {layout.size} bytes of voxels are missing. "
            "Copy or export the image again."
        )
        raise MethodError(message)
    return not_finite


def _read_through(file: BinaryIO | gzip.GzipFile, layout: _Layout) -> tuple[int, int]:
    not_finite = found = 0
    dtype = np.dtype(layout.order + _FLOATS[layout.datatype]) if layout.datatype in _FLOATS else None
    for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
        found += len(chunk)
        if dtype is not None:
            whole = len(chunk) // dtype.itemsize * dtype.itemsize
            not_finite += int(np.count_nonzero(~np.isfinite(np.frombuffer(chunk[:whole], dtype))))
    return not_finite, found


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")
