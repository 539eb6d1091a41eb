"""Dates and times of DICOM headers, on the clock of the scanner."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from .errors import DicomError

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?")
_DATE_TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2}(?:\.\d{1,6})?)?)([+-]\d{4})?")
_OFFSET = re.compile(r"([+-])(0\d|1[0-4])([0-5]\d)")


@dataclass(frozen=True)
class Instant:
    """A moment on the clock of the scanner, and the attributes that it came from."""

    time: datetime
    source: str


@dataclass(frozen=True)
class StampedTime:
    """A DICOM DT value: the clock as it is written, and its offset from UTC where it has one."""

    clock: datetime
    offset: timedelta | None


def parsed_date(stored: str, where: str) -> date:
    """Return a DICOM date (DA).

    Parameters
    ----------
    stored : str
        YYYYMMDD, or the YYYY.MM.DD of old files.
    where : str
        What to call it in the message.

    Raises
    ------
    DicomError
        If it is no date.
    """
    match = _DATE.fullmatch(stored)
    if match is None:
        raise _unreadable(stored, where, "date")
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise _unreadable(stored, where, "date") from error


def parsed_time(stored: str, where: str) -> time:
    """Return a DICOM time of day (TM) with at least hours and minutes.

    Parameters
    ----------
    stored : str
        HHMM, HHMMSS or HHMMSS.FFFFFF; colons of old files are accepted.
    where : str
        What to call it in the message.

    Raises
    ------
    DicomError
        If it is no time of day.
    """
    match = _TIME.fullmatch(stored)
    if match is None:
        raise _unreadable(stored, where, "time")
    hour, minute, second, fraction = match.groups()
    try:
        return time(int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError as error:
        raise _unreadable(stored, where, "time") from error


def parsed_date_time(stored: str, where: str) -> StampedTime:
    """Return a DICOM date and time (DT) with at least hours and minutes.

    Parameters
    ----------
    stored : str
        YYYYMMDDHHMM, seconds, a fraction and an offset from UTC being optional.
    where : str
        What to call it in the message.

    Raises
    ------
    DicomError
        If it is no date and time.
    """
    match = _DATE_TIME.fullmatch(stored)
    if match is None:
        raise _unreadable(stored, where, "date and time")
    day, clock, offset = match.groups()
    moment = datetime.combine(parsed_date(day, where), parsed_time(clock, where))
    return StampedTime(moment, parsed_offset(offset, where) if offset else None)


def parsed_offset(stored: str, where: str) -> timedelta:
    """Return an offset from UTC, such as +0100.

    Parameters
    ----------
    stored : str
        A sign, hours and minutes.
    where : str
        What to call it in the message.

    Raises
    ------
    DicomError
        If it is no offset.
    """
    match = _OFFSET.fullmatch(stored)
    if match is None:
        raise _unreadable(stored, where, "time zone")
    sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset


def on_scanner_clock(stamp: StampedTime, scanner_offset: timedelta) -> datetime:
    """Return the moment of a DT value with an offset on a clock with another offset from UTC."""
    if stamp.offset is None:
        return stamp.clock
    universal = stamp.clock.replace(tzinfo=timezone(stamp.offset))
    return universal.astimezone(timezone(scanner_offset)).replace(tzinfo=None)


def _unreadable(stored: str, where: str, kind: str) -> DicomError:
    return DicomError(f'{where} is "{stored[:30]}", which is no {kind}. Export the series again.')
