"""From the stored values of a PET series to SUVbw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydicom import Dataset

from .activity import from_activity
from .attributes import GIVE_ANOTHER, SharedAttributes, named, text, texts
from .conversion import SuvConversion
from .errors import DicomError
from .philips import from_counts

__all__ = ["SuvConversion", "corrections", "suv_conversion"]


def suv_conversion(headers: Sequence[Dataset], *, injection_date: date | None = None) -> SuvConversion:
    """Return how a PET series is converted to SUVbw.

    Parameters
    ----------
    headers : sequence of Dataset
        One header per slice, in any order; pixel data are not needed.
    injection_date : date, optional
        The day of the injection. It goes before the header's, which often has none; this matters for 64Cu.

    Returns
    -------
    SuvConversion

    Raises
    ------
    DicomError
        If the series is not corrected for attenuation and decay, an attribute that is needed is missing or impossible,
        slices differ in one, or the units are not BQML, GML (body weight) or CNTS with Philips' factors.
    """
    description = text(headers[0], "SeriesDescription")
    series = SharedAttributes(headers, f'PET series "{description}"' if description else "PET series")
    _require_corrections(headers[0], series)
    units = series.text("Units")
    if not units:
        message = f"{series.where}: {named('Units')} is missing, so SUV cannot be computed. {GIVE_ANOTHER}"
        raise DicomError(message)
    if series.text("DecayCorrection") == "NONE":
        message = (
            f"{series.where}: {named('DecayCorrection')} is NONE, so the activity has no reference time and SUV cannot "
            "be computed. Reconstruct the series with decay correction."
        )
        raise DicomError(message)
    if units == "BQML":
        return from_activity(headers, series, injection_date)
    if units == "GML":
        return _from_suv(series)
    if units == "CNTS":
        return from_counts(headers, series, injection_date)
    message = (
        f"{series.where}: {named('Units')} is {units}, from which SUV cannot be computed. Give a series in BQML or GML."
    )
    raise DicomError(message)


def corrections(header: Dataset) -> frozenset[str]:
    """Return the corrections that CorrectedImage (0028,0051) lists, such as ATTN and DECY."""
    return frozenset(texts(header, "CorrectedImage"))


def _require_corrections(header: Dataset, series: SharedAttributes) -> None:
    listed = series.text("CorrectedImage")
    for code, what in (("ATTN", "attenuation"), ("DECY", "decay")):
        if code not in corrections(header):
            message = (
                f"{series.where}: {named('CorrectedImage')} does not hold {code} (it is {listed or 'missing'}), so the "
                f"series is not corrected for {what}. Give the corrected series."
            )
            raise DicomError(message)


def _from_suv(series: SharedAttributes) -> SuvConversion:
    kind = series.text("SUVType")
    if kind not in ("", "BW"):
        message = (
            f"{series.where}: {named('SUVType')} is {kind}; only SUV by body weight (BW) is used here. Export the "
            "series as BW or in BQML."
        )
        raise DicomError(message)
    return SuvConversion(
        factor=1.0,
        units="GML",
        formula="The stored values are SUVbw [g/mL] already",
        decay_correction=series.text("DecayCorrection"),
        attributes=tuple(series.used),
    )
