"""Masks and labels of an edit as bytes, small and bit for bit the same when they come back."""

from __future__ import annotations

import json
import zlib

import numpy as np
from numpy.typing import NDArray

from ..core.boxes import Box
from .errors import JournalError

_LABELS = np.dtype("<i4")


def pack(box: Box, array: NDArray[np.bool_] | NDArray[np.int32]) -> bytes:
    """Return a box and the array in it as bytes.

    Parameters
    ----------
    box : tuple of slice
        Where the array lies (k, j, i).
    array : ndarray of bool or int32, shape (k, j, i) of ``box``
        A mask, or labels.

    Returns
    -------
    bytes
        A line of JSON, then the voxels through zlib: eight to a byte for a mask, little-endian int32 for labels.

    Raises
    ------
    TypeError
        If the array is neither bool nor int32.
    ValueError
        If it does not fit its box.
    """
    corners = [[axis.start, axis.stop] for axis in box]
    if array.shape != _extent(corners):
        message = f"the array has {array.shape} voxels (k, j, i), its box {_extent(corners)}."
        raise ValueError(message)
    if array.dtype not in (np.bool_, np.int32):
        message = f"an array of {array.dtype} is neither a mask (bool) nor labels (int32)."
        raise TypeError(message)
    mask = array.dtype == np.bool_
    content = np.packbits(array, axis=None) if mask else array.astype(_LABELS, order="C")
    header = json.dumps({"box": corners, "voxels": "mask" if mask else "labels"}, default=int)
    return header.encode() + b"\n" + zlib.compress(content.tobytes(), 1)


def unpack(blob: bytes) -> tuple[Box, NDArray[np.bool_] | NDArray[np.int32]]:
    """Return the box and the array of `pack`.

    Parameters
    ----------
    blob : bytes
        From `pack`.

    Returns
    -------
    box : tuple of slice
        Where the array lies (k, j, i).
    array : ndarray of bool or int32, shape (k, j, i) of ``box``
        May be written to.

    Raises
    ------
    JournalError
        If the bytes are something else.
    """
    try:
        first_line, content = blob.split(b"\n", 1)
        header = json.loads(first_line)
        extent = _extent(header["box"])
        array = _voxels(zlib.decompress(content), header["voxels"], extent)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        message = f"the array of an edit in the journal cannot be unpacked ({error}). Move the journal away."
        raise JournalError(message) from error
    k, j, i = (slice(start, stop) for start, stop in header["box"])
    return (k, j, i), array


def _voxels(content: bytes, voxels: str, extent: tuple[int, ...]) -> NDArray[np.bool_] | NDArray[np.int32]:
    if voxels == "labels":
        return np.frombuffer(content, _LABELS).astype(np.int32).reshape(extent)
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=int(np.prod(extent)))
    return bits.astype(np.bool_).reshape(extent)


def _extent(corners: list[list[int]]) -> tuple[int, ...]:
    return tuple(stop - start for start, stop in corners)
