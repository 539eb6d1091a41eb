"""What a NIfTI-1 file holds that SimpleITK does not tell: its extensions, and voxels that are not numbers.

ITK's reader turns NaN and infinity into 0 without a word. An image that the exporter broke would look like cold tissue.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import BinaryIO

import numpy as np

_HEADER_BYTES = 352
_FLOATS = {16: "f4", 64: "f8"}
_CHUNK_BYTES = 1 << 24


def is_nifti(path: Path) -> bool:
    """Tell by its name whether a file is NIfTI."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def nifti_extension(path: Path) -> str:
    """Return the text between the header and the voxels, where TotalSegmentator names its labels."""
    with _opened(path) as file:
        _, _, offset = _layout(file.read(_HEADER_BYTES))
        return file.read(max(offset - _HEADER_BYTES, 0)).decode("utf-8", errors="replace")


def count_not_finite(path: Path) -> int:
    """Count the voxels of a NIfTI file that are NaN or infinite, as they are stored."""
    with _opened(path) as file:
        order, datatype, offset = _layout(file.read(_HEADER_BYTES))
        if datatype not in _FLOATS:
            return 0
        file.seek(offset)
        dtype = np.dtype(order + _FLOATS[datatype])
        return sum(
            int(
                np.count_nonzero(
                    ~np.isfinite(np.frombuffer(chunk[: len(chunk) // dtype.itemsize * dtype.itemsize], dtype))
                )
            )
            for chunk in iter(lambda: file.read(_CHUNK_BYTES), b"")
        )


def _opened(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")


def _layout(header: bytes) -> tuple[str, int, int]:
    """Byte order, data type code and position of the voxels."""
    order = "<" if header[:4] == (348).to_bytes(4, "little") else ">"
    datatype = np.frombuffer(header, order + "i2", 1, 70)[0]
    offset = np.frombuffer(header, order + "f4", 1, 108)[0]
    return order, int(datatype), int(offset)
