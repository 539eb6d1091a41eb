"""A PET series whose files are named one by one, as by a DICOM database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import SimpleITK as sitk

from ..core.image_files import checked_suv, doubtful_suv
from .attributes import text
from .choice import completeness_warning
from .conversion import SuvConversion
from .errors import DicomError
from .frames import one_frame
from .geometry import in_order, stacked
from .pixels import loss_warning, read_volume
from .series import Progress, Series, is_enhanced, modality_of, read_header
from .suv import suv_conversion


def pet_series_of(files: Sequence[Path], where: str) -> Series:
    """Return the PET series that files make up.

    Parameters
    ----------
    files : sequence of Path
        At least one, in any order.
    where : str
        What to call them in messages.

    Returns
    -------
    Series

    Raises
    ------
    DicomError
        If a file is not there, is truncated or is no slice of PET, or they are of several series.
    """
    headers = []
    for path in files:
        if not path.is_file():
            message = f"{where}: its DICOM file {path.name} is not there any more. Import the series into Slicer again."
            raise DicomError(message)
        header = read_header(path)
        if header is None or modality_of(header) != "PT":
            message = f"{where}: {path.name} is no slice of PET. Choose the PET, as Slicer's DICOM module loaded it."
            raise DicomError(message)
        headers.append(header)
    uids = {text(header, "SeriesInstanceUID") for header in headers}
    if len(uids) > 1:
        message = f"{where}: its DICOM files are of {len(uids)} series. Choose a volume of one PET series."
        raise DicomError(message)
    first = headers[0]
    series = Series(uids.pop(), "PT", text(first, "SeriesDescription"), in_order(headers))
    if is_enhanced(series):
        message = f"{where}: enhanced multi-frame PET is not read. Export it as single-frame PET images."
        raise DicomError(message)
    return series


def suv_image(
    series: Series, *, injection_date: date | None = None, progress: Progress | None = None
) -> tuple[sitk.Image, SuvConversion, tuple[str, ...]]:
    """Read a PET series as SUV.

    Parameters
    ----------
    series : Series
        Of one frame of time.
    injection_date : date, optional
        The day of the injection, where the header has none or a wrong one.
    progress : callable, optional
        Called with the slices decoded and the slices in all.

    Returns
    -------
    SimpleITK.Image
        SUVbw (g/mL), float32.
    SuvConversion
        How it became SUV.
    tuple of str
        What a reader has to know wherever the SUV is shown.

    Raises
    ------
    DicomError
        If the series does not stack to a volume in SUV; the message says why and what to do.
    MethodError
        If its voxels cannot be uptake.
    """
    series = one_frame(series, None)
    # Conversion and geometry come before any pixel is decoded, so that what is wrong is said at once.
    conversion = suv_conversion(series.headers, injection_date=injection_date)
    where = f"PET series {series.label}"
    grid = stacked(series.headers, where)
    pet = checked_suv(read_volume(series, grid, conversion.factor, progress), where)
    warnings = conversion.warnings + doubtful_suv(pet) + completeness_warning(series)
    warnings += grid.warnings + loss_warning(series)
    return pet, conversion, warnings
