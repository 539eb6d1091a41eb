"""The time over which the injected dose decayed: from the injection to the reference time of the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydicom import Dataset

from .attributes import GIVE_ANOTHER, Attribute, SharedAttributes, file_name, named, tag_text, text
from .clock import Instant, on_scanner_clock, parsed_date, parsed_date_time, parsed_offset, parsed_time
from .errors import DicomError, Remedy
from .private import ge_scan_date_time

LONGEST_HALF_LIVES = 10.0
"""A longer decay interval than this is an error of dates: less than a thousandth of the dose would be left."""

_SAME_DAY_HALF_LIFE_S = 6 * 3600.0


@dataclass(frozen=True)
class DecayInterval:
    """From injection to scan.

    Attributes
    ----------
    scan_reference, injection : Instant
        The two ends.
    seconds : float
        Between them; zero or more.
    warnings : tuple of str
        What had to be assumed.
    """

    scan_reference: Instant
    injection: Instant
    seconds: float
    warnings: tuple[str, ...]


def decay_interval(
    headers: Sequence[Dataset], series: SharedAttributes, half_life_s: float, injection_date: date | None
) -> DecayInterval:
    """Return the time between injection and the scan's reference time.

    Parameters
    ----------
    headers : sequence of Dataset
        All slices of the PET series.
    series : SharedAttributes
        The same, to record what is used.
    half_life_s : float
        Half-life in seconds.
    injection_date : date or None
        The day of the injection as the user knows it; goes before the header's.

    Returns
    -------
    DecayInterval

    Raises
    ------
    DicomError
        If a time is missing or unreadable, or the interval is negative or longer than ten half-lives.
    """
    reference, reference_warnings = scan_reference(headers, series)
    injection, injection_warnings = _injection(series, reference, half_life_s, injection_date)
    seconds = (reference.time - injection.time).total_seconds()
    if seconds < 0 or seconds > LONGEST_HALF_LIVES * half_life_s:
        problem = "after" if seconds < 0 else f"{seconds / half_life_s:.1f} half-lives before"
        message = (
            f"{series.where}: the injection ({_shown(injection)}) is {problem} the scan ({_shown(reference)}). Correct "
            "the dates in the header, or give the day of the injection."
        )
        raise DicomError(message, Remedy.INJECTION_DATE)
    return DecayInterval(reference, injection, seconds, reference_warnings + injection_warnings)


def scan_reference(headers: Sequence[Dataset], series: SharedAttributes) -> tuple[Instant, tuple[str, ...]]:
    """Return the time that the activity of a series is decay-corrected to.

    The time of the series, if it is not after the earliest acquisition. A later one was written when the images
    were reconstructed again; then GE's private start of the scan, or else the earliest acquisition, is the reference.

    Parameters
    ----------
    headers : sequence of Dataset
        All slices of the PET series.
    series : SharedAttributes
        The same, to record what is used.

    Returns
    -------
    Instant
        The reference time.
    tuple of str
        Warnings.

    Raises
    ------
    DicomError
        If the date or time of the series or of an acquisition is missing or unreadable.
    """
    of_series = _date_and_time(series, "SeriesDate", "SeriesTime")
    earliest = _earliest_acquisition(headers, series)
    if of_series.time <= earliest.time:
        return of_series, ()
    private = ge_scan_date_time(series.first())
    if private is None:
        return earliest, ()
    series.record(private)
    return _ge_reference(private, earliest)


def _earliest_acquisition(headers: Sequence[Dataset], series: SharedAttributes) -> Instant:
    days, times = "AcquisitionDate", "AcquisitionTime"
    stamps = {(text(header, days), text(header, times)): header for header in headers}
    moments = {}
    for (day, clock), header in stamps.items():
        _require(bool(day), days, file_name(header))
        _require(bool(clock), times, file_name(header))
        where = file_name(header)
        moment = datetime.combine(
            parsed_date(day, f"{where}: {named(days)}"), parsed_time(clock, f"{where}: {named(times)}")
        )
        moments[moment] = (day, clock)
    earliest = min(moments)
    for keyword, value in zip((days, times), moments[earliest], strict=True):
        series.record(Attribute(keyword, tag_text(keyword), value))
    return Instant(earliest, f"earliest {named(days)} and {named(times)}")


def _ge_reference(private: Attribute, earliest: Instant) -> tuple[Instant, tuple[str, ...]]:
    """Trust the private time of day; its date only where de-identification moved it along with the standard ones."""
    where = f"{private.name} {private.tag}"
    moment = parsed_date_time(private.value, where).clock
    day = timedelta(days=1)
    off_by = round((earliest.time - moment) / day)
    if off_by == 0:
        return Instant(moment, where), ()
    warning = (
        f"The date of the private start of the scan ({where}) is {abs(off_by)} days off the acquisition's, so only its "
        "time of day was used."
    )
    return Instant(moment + off_by * day, f"time of day of {where}, date of {earliest.source}"), (warning,)


def _injection(
    series: SharedAttributes, reference: Instant, half_life_s: float, injection_date: date | None
) -> tuple[Instant, tuple[str, ...]]:
    dose = series.item("RadiopharmaceuticalInformationSequence")
    if dose.text("RadiopharmaceuticalStartDateTime"):
        return _dated_injection(series, dose, injection_date)
    return _undated_injection(series, dose, reference, half_life_s, injection_date)


def _dated_injection(
    series: SharedAttributes, dose: SharedAttributes, injection_date: date | None
) -> tuple[Instant, tuple[str, ...]]:
    keyword = "RadiopharmaceuticalStartDateTime"
    stamp = parsed_date_time(dose.text(keyword), f"{series.where}: {named(keyword)}")
    zone = series.text("TimezoneOffsetFromUTC")
    warnings: tuple[str, ...] = ()
    moment = stamp.clock
    if stamp.offset is not None and zone:
        moment = on_scanner_clock(stamp, parsed_offset(zone, f"{series.where}: {named('TimezoneOffsetFromUTC')}"))
    elif stamp.offset is not None:
        warnings = (
            f"{named(keyword)} has a time zone, but the series has none ({named('TimezoneOffsetFromUTC')}): its clock "
            "was taken to be the scanner's. Check the time of injection.",
        )
    if injection_date is None or injection_date == moment.date():
        return Instant(moment, named(keyword)), warnings
    replaced = f"The header dates the injection {moment.date()}; the given date, {injection_date}, was used instead."
    instant = Instant(datetime.combine(injection_date, moment.time()), f"given date, time of day of {named(keyword)}")
    return instant, (*warnings, replaced)


def _undated_injection(
    series: SharedAttributes,
    dose: SharedAttributes,
    reference: Instant,
    half_life_s: float,
    injection_date: date | None,
) -> tuple[Instant, tuple[str, ...]]:
    keyword = "RadiopharmaceuticalStartTime"
    stored = dose.text(keyword)
    if not stored:
        message = (
            f"{series.where}: the time of injection is missing, both {named('RadiopharmaceuticalStartDateTime')} and "
            f"{named(keyword)}, so SUV cannot be computed. {GIVE_ANOTHER}"
        )
        raise DicomError(message)
    clock = parsed_time(stored, f"{series.where}: {named(keyword)}")
    if injection_date is not None:
        return Instant(datetime.combine(injection_date, clock), f"given date, {named(keyword)}"), ()
    moment = datetime.combine(_series_day(series), clock)
    source = f"{named(keyword)} on {named('SeriesDate')}"
    if moment > reference.time:
        moment -= timedelta(days=1)
        source += ", a day earlier because that would be after the scan"
    if half_life_s <= _SAME_DAY_HALF_LIFE_S:
        return Instant(moment, source), ()
    warning = (
        f"The header gives the time of injection without its date, and the half-life is {half_life_s / 3600:.1f} h: "
        f"{moment.date()} was assumed. If the scan came a day later, the SUV is wrong: give the day of the injection."
    )
    return Instant(moment, source), (warning,)


def _series_day(series: SharedAttributes) -> date:
    return _date_and_time(series, "SeriesDate", "SeriesTime").time.date()


def _date_and_time(series: SharedAttributes, day: str, clock: str) -> Instant:
    stored_day, stored_clock = series.text(day), series.text(clock)
    _require(bool(stored_day), day, series.where)
    _require(bool(stored_clock), clock, series.where)
    moment = datetime.combine(
        parsed_date(stored_day, f"{series.where}: {named(day)}"),
        parsed_time(stored_clock, f"{series.where}: {named(clock)}"),
    )
    return Instant(moment, f"{named(day)} and {named(clock)}")


def _require(there: bool, keyword: str, where: str) -> None:
    if not there:
        message = f"{where}: {named(keyword)} is missing, so SUV cannot be computed. {GIVE_ANOTHER}"
        raise DicomError(message)


def _shown(instant: Instant) -> str:
    return f"{instant.time:%Y-%m-%d %H:%M:%S}, from {instant.source}"
