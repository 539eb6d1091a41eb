"""The voxels of a series: stored values, rescaled slice by slice."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from .attributes import UNREADABLE, file_name, named, required_number, text
from .errors import DicomError
from .geometry import Grid
from .series import Progress, Series

# pydicom decodes these itself.
_BY_PYDICOM = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    RLELossless,
)
# GDCM, which SimpleITK brings, decodes these without a further package.
_BY_GDCM = (
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
)
_THREADS = 4


def read_volume(series: Series, grid: Grid, factor: float = 1.0, progress: Progress | None = None) -> sitk.Image:
    """Read the voxels of a series.

    Parameters
    ----------
    series : Series
        Its slices, in the order of k.
    grid : Grid
        Their grid, of `geometry.stacked`.
    factor : float
        Multiplies the rescaled values: the SUV factor for PET, 1 for CT.
    progress : callable, optional
        Called with the number of slices read and of all slices.

    Returns
    -------
    SimpleITK.Image
        float32: ``factor * (stored * slope + intercept)`` with the slope and intercept of each slice.

    Raises
    ------
    DicomError
        If a file is truncated or damaged, is compressed in a way that cannot be decoded, or has no rescale slope.
    """
    volume = np.empty(grid.shape, np.float32)
    # What pydicom remarks on a file that it can read is no matter for the user.
    with warnings.catch_warnings(), ThreadPoolExecutor(_THREADS) as pool:
        warnings.simplefilter("ignore")
        for k, values in enumerate(pool.map(rescaled_slice, series.headers)):
            if values.shape != grid.shape[1:]:
                raise _damaged(series.headers[k])
            volume[k] = values * factor
            if progress is not None:
                progress(k + 1, len(series.headers))
    image = sitk.GetImageFromArray(volume)
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection(grid.direction)
    return image


def rescaled_slice(header: Dataset) -> NDArray[np.float64]:
    """Read one slice.

    Parameters
    ----------
    header : Dataset
        Of the slice; its ``filename`` is read.

    Returns
    -------
    ndarray, shape (j, i)
        Stored values times the slope plus the intercept of the slice: Bq/mL, counts, SUV or HU.

    Raises
    ------
    DicomError
        If the file cannot be decoded, or has no rescale slope or intercept.
    """
    slope, intercept = required_number(header, "RescaleSlope"), required_number(header, "RescaleIntercept")
    if text(header, "NumberOfFrames") not in ("", "1") or text(header, "SamplesPerPixel") != "1":
        message = f"{file_name(header)}: this is no single grey-scale slice. Export the series as single-frame images."
        raise DicomError(message)
    if slope == 0:
        # GDCM would take 1 for it.
        return np.full((int(header.Rows), int(header.Columns)), float(intercept))
    syntax = header.file_meta.get("TransferSyntaxUID", UID(""))
    if syntax in _BY_PYDICOM:
        return _stored_values(header) * slope + intercept
    if syntax in _BY_GDCM:
        return _rescaled_by_gdcm(header)
    message = (
        f"{file_name(header)}: the pixel data are compressed as {syntax.name or 'unknown'} "
        f"({named('TransferSyntaxUID')}), which cannot be decoded here. Export the series without compression."
    )
    raise DicomError(message)


def loss_warning(series: Series) -> tuple[str, ...]:
    """Return a warning if the voxels of a series were compressed with loss."""
    if any(text(header, "LossyImageCompression") == "01" for header in series.headers):
        return (f"The images of {series.label} were compressed with loss ({named('LossyImageCompression')}).",)
    return ()


def _stored_values(header: Dataset) -> NDArray[np.float64]:
    try:
        return dcmread(header.filename).pixel_array.astype(np.float64)
    except UNREADABLE as error:
        raise _damaged(header) from error


def _rescaled_by_gdcm(header: Dataset) -> NDArray[np.float64]:
    """Decode with GDCM, which applies the slope and the intercept of the file itself."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(Path(header.filename)))
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise _damaged(header) from error
    return sitk.GetArrayFromImage(image)[0].astype(np.float64)


def _damaged(header: Dataset) -> DicomError:
    return DicomError(f"{file_name(header)}: the pixel data are truncated or damaged. Copy the series again.")
