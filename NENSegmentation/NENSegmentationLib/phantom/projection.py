"""The pictures of a digital patient: its coronal projection, and the reference segmentation to lay over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .grid import Grid

HIGHEST_SUV = 10.0
"""Black; white is 0."""

PICTURE, OVERLAY = "mip.png", "mip-reference.png"
"""File names."""

_PIXEL_MM = 3.0
_WIDTH_MM = 540.0
_TUMOUR = (214, 0, 54, 175)


def write_projections(folder: Path, grid: Grid, suv: NDArray[np.float32], reference: NDArray[np.uint8]) -> None:
    """Write ``mip.png``, inverted grey, and ``mip-reference.png``, red on a transparent ground, pixel on pixel.

    Parameters
    ----------
    folder : Path
        Where to; it exists.
    grid : Grid
        The PET's.
    suv : ndarray, shape (k, j, i)
        SUVbw (g/mL).
    reference : ndarray, shape (k, j, i)
        Not 0 in the reference segmentation.
    """
    _save(folder / PICTURE, grey(suv.max(axis=1), grid.spacing[0], grid.spacing[2]))
    tumour = _resampled((reference > 0).any(axis=1), grid.spacing[0], grid.spacing[2], order=0) > 0
    _save(folder / OVERLAY, tumour[..., None] * np.array(_TUMOUR, np.uint8))


def grey(projection: NDArray[np.float32], rise_mm: float, step_mm: float) -> NDArray[np.uint8]:
    """Return a projection as a picture, head up and the patient's right on the left.

    Parameters
    ----------
    projection : ndarray, shape (k, i)
        SUVbw (g/mL); k to the head, i to the patient's left.
    rise_mm, step_mm : float
        Spacing along k and i.

    Returns
    -------
    ndarray, shape (rows, columns), uint8
        3 mm a pixel, 540 mm wide.
    """
    shown = _resampled(projection, rise_mm, step_mm, order=1)
    return np.rint(255 * (1 - np.clip(shown / HIGHEST_SUV, 0, 1))).astype(np.uint8)


def _resampled(projection: NDArray, rise_mm: float, step_mm: float, order: int) -> NDArray[np.float32]:
    scale = (rise_mm / _PIXEL_MM, step_mm / _PIXEL_MM)
    upright = projection[::-1].astype(np.float32)
    fine = ndimage.zoom(upright, scale, order=order, mode="nearest", grid_mode=True)
    columns = round(_WIDTH_MM / _PIXEL_MM)
    short = max(columns - fine.shape[1], 0)
    fine = np.pad(fine, ((0, 0), (short // 2, short - short // 2)))
    left = (fine.shape[1] - columns) // 2
    return fine[:, left : left + columns]


def _save(path: Path, picture: NDArray[np.uint8]) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(picture, isVector=picture.ndim == 3), str(path), useCompression=True)
