"""From Philips' counts to SUVbw by the private factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from pydicom import Dataset

from .activity import ACTIVITY_FORMULA, from_activity
from .attributes import Attribute, SharedAttributes, as_number, named
from .conversion import SuvConversion
from .errors import DicomError
from .private import PHILIPS_PET, philips_activity_factor, philips_suv_factor

_TOLERANCE = 0.01


def from_counts(headers: Sequence[Dataset], series: SharedAttributes, injection_date: date | None) -> SuvConversion:
    """Return how a series in counts is converted to SUVbw.

    Philips' factor to SUV decides where it is there; else its factor to Bq/mL does, with weight, dose and decay. Where
    both are there both ways are computed, and a difference of more than 1 % is a warning.

    Parameters
    ----------
    headers : sequence of Dataset
        All slices of the series.
    series : SharedAttributes
        The same, to record what is used.
    injection_date : date or None
        The day of the injection as the user knows it.

    Returns
    -------
    SuvConversion
        For Units (0054,1001) CNTS.

    Raises
    ------
    DicomError
        If neither factor is there, they differ between slices, or what the way by Bq/mL needs is missing.
    """
    to_suv = _philips_factor(headers, series, philips_suv_factor)
    to_activity = _philips_factor(headers, series, philips_activity_factor)
    if to_suv is None and to_activity is None:
        message = (
            f"{series.where}: {named('Units')} is CNTS, but the private factors of the {PHILIPS_PET}, (7053,1000) or "
            "(7053,1009), are missing or zero, so SUV cannot be computed. Export the series in BQML, or with its "
            "private elements."
        )
        raise DicomError(message)
    if to_suv is None:
        return _through_activity(from_activity(headers, series, injection_date), to_activity or 0.0)
    direct = SuvConversion(
        factor=to_suv,
        units="CNTS",
        formula=f"SUVbw [g/mL] = counts * SUV factor of the {PHILIPS_PET}",
        decay_correction=series.text("DecayCorrection"),
        attributes=tuple(series.used),
        philips_suv_factor=to_suv,
    )
    if to_activity is None:
        return direct
    return _cross_checked(direct, to_activity, headers, series, injection_date)


def _through_activity(activity: SuvConversion, to_activity: float) -> SuvConversion:
    return replace(
        activity,
        factor=activity.factor * to_activity,
        units="CNTS",
        formula=f"activity concentration [Bq/mL] = counts * activity factor of the {PHILIPS_PET}; {ACTIVITY_FORMULA}",
        philips_activity_factor=to_activity,
    )


def _cross_checked(
    direct: SuvConversion,
    to_activity: float,
    headers: Sequence[Dataset],
    series: SharedAttributes,
    injection_date: date | None,
) -> SuvConversion:
    """Compute the factor the other way too; it decides nothing, but a difference is shown."""
    try:
        other = _through_activity(from_activity(headers, series, injection_date), to_activity)
    except DicomError as error:
        doubt = f"Philips' SUV factor could not be checked against its activity factor: {error}"
        return replace(direct, philips_activity_factor=to_activity, attributes=tuple(series.used), warnings=(doubt,))
    warnings = other.warnings
    if abs(direct.factor / other.factor - 1) > _TOLERANCE:
        warnings += (
            f"Philips' SUV factor gives {direct.factor:.6g} g/mL per count, its activity factor {other.factor:.6g}, "
            f"{100 * abs(direct.factor / other.factor - 1):.1f} % apart. The SUV factor was used: check weight, dose "
            "and times.",
        )
    return replace(
        other, factor=direct.factor, formula=direct.formula, philips_suv_factor=direct.factor, warnings=warnings
    )


def _philips_factor(
    headers: Sequence[Dataset], series: SharedAttributes, read: Callable[[Dataset], Attribute | None]
) -> float | None:
    """Return a factor that all slices share; a factor of zero counts as absent."""
    found = [read(header) for header in headers]
    stored = {as_number(a.value, f"{a.name} {a.tag}") if a else 0.0 for a in found}
    if len(stored) > 1:
        message = (
            f"{series.where}: the private factors of the {PHILIPS_PET} differ between slices. Export the series again."
        )
        raise DicomError(message)
    factor = stored.pop()
    if found[0] is not None:
        series.record(found[0])
    return factor if factor > 0 else None
