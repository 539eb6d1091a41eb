"""From activity concentration to SUVbw: weight, dose and decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pydicom import Dataset

from .attributes import GIVE_ANOTHER, Attribute, SharedAttributes, named, tag_text
from .conversion import SuvConversion
from .errors import DicomError
from .nuclide import half_life_warning, nuclide_of
from .timing import decay_interval

ACTIVITY_FORMULA = (
    "SUVbw [g/mL] = activity concentration [Bq/mL] * weight [g] / (injected dose [Bq] * 2^(-dt / half-life)), where dt "
    "is the time from the injection to the time that the activity is decay-corrected to"
)

_LEAST_DOSE_BQ = 1e4
_DOUBTFUL_DOSE_BQ = 1e6
_DOUBTFUL_WEIGHT_KG = 400.0


def from_activity(headers: Sequence[Dataset], series: SharedAttributes, injection_date: date | None) -> SuvConversion:
    """Return how a series in Bq/mL is converted to SUVbw.

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
        For Units (0054,1001) BQML.

    Raises
    ------
    DicomError
        If weight, dose, half-life or a time is missing or impossible, or the decay correction is not START or ADMIN.
    """
    decay_correction = series.text("DecayCorrection")
    weight, weight_warnings = _weight(series)
    dose, dose_warnings = _dose(series)
    known = SuvConversion(
        factor=weight * 1000.0 / dose,
        units="BQML",
        formula=ACTIVITY_FORMULA,
        decay_correction=decay_correction,
        attributes=(),
        weight_kg=weight,
        dose_bq=dose,
        warnings=weight_warnings + dose_warnings,
    )
    if decay_correction == "ADMIN":
        return replace(known, dt_s=0.0, decay_factor=1.0, attributes=tuple(series.used))
    if decay_correction == "START":
        return _decayed(known, headers, series, injection_date)
    message = (
        f"{series.where}: {named('DecayCorrection')} is {decay_correction or 'missing'}; START or ADMIN is expected. "
        f"{GIVE_ANOTHER}"
    )
    raise DicomError(message)


def _decayed(
    known: SuvConversion, headers: Sequence[Dataset], series: SharedAttributes, injection_date: date | None
) -> SuvConversion:
    half_life, nuclide, doubt = _half_life(series)
    interval = decay_interval(headers, series, half_life, injection_date)
    left = 2.0 ** (-interval.seconds / half_life)
    return replace(
        known,
        factor=known.factor / left,
        half_life_s=half_life,
        nuclide=nuclide,
        scan_reference=interval.scan_reference,
        injection=interval.injection,
        dt_s=interval.seconds,
        decay_factor=left,
        attributes=tuple(series.used),
        warnings=known.warnings + doubt + interval.warnings,
    )


def _weight(series: SharedAttributes) -> tuple[float, tuple[str, ...]]:
    weight = series.number("PatientWeight")
    if weight is None or weight <= 0:
        problem = "is missing" if weight is None else f"is {weight:g}"
        message = f"{series.where}: {named('PatientWeight')} {problem}, so SUV cannot be computed. {GIVE_ANOTHER}"
        raise DicomError(message)
    if weight > _DOUBTFUL_WEIGHT_KG:
        return weight, (f"{named('PatientWeight')} is {weight:g} kg, which is hardly right: check it.",)
    return weight, ()


def _dose(series: SharedAttributes) -> tuple[float, tuple[str, ...]]:
    dose = series.item("RadiopharmaceuticalInformationSequence").number("RadionuclideTotalDose")
    attribute = named("RadionuclideTotalDose")
    if dose is None or dose <= 0:
        problem = "is missing" if dose is None else f"is {dose:g}"
        message = f"{series.where}: {attribute} {problem}, so SUV cannot be computed. {GIVE_ANOTHER}"
        raise DicomError(message)
    if dose < _LEAST_DOSE_BQ:
        message = (
            f"{series.where}: {attribute} is {dose:g} Bq, too little to be seen: it may have been written in MBq. "
            "Correct it to Bq, or give an image that is already in SUV."
        )
        raise DicomError(message)
    if dose < _DOUBTFUL_DOSE_BQ:
        return dose, (f"{attribute} is {dose:g} Bq, under 1 MBq, which is hardly right: check it.",)
    return dose, ()


def _half_life(series: SharedAttributes) -> tuple[float, str, tuple[str, ...]]:
    dose = series.item("RadiopharmaceuticalInformationSequence")
    half_life = dose.number("RadionuclideHalfLife")
    if half_life is None or half_life <= 0:
        problem = "is missing" if half_life is None else f"is {half_life:g}"
        message = (
            f"{series.where}: {named('RadionuclideHalfLife')} {problem}, so SUV cannot be computed. {GIVE_ANOTHER}"
        )
        raise DicomError(message)
    nuclide = nuclide_of(dose.first())
    if nuclide:
        series.record(Attribute("RadionuclideCodeSequence", tag_text("RadionuclideCodeSequence"), nuclide))
    doubt = half_life_warning(nuclide, half_life)
    return half_life, nuclide, (doubt,) if doubt else ()
