"""Attributes of DICOM headers, read strictly: what is not there or not readable is named with its tag."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset
from pydicom.datadict import tag_for_keyword
from pydicom.errors import BytesLengthException
from pydicom.multival import MultiValue

from .errors import DicomError

UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zlib.error,
    BytesLengthException,
)
"""What pydicom raises on bytes that are no DICOM after all."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True)
class Attribute:
    """An attribute that was used, as it stands in the header.

    Attributes
    ----------
    name : str
        DICOM keyword, or the creator of a private element.
    tag : str
        ``(gggg,eeee)``.
    value : str
        The value; empty where the attribute is absent.
    """

    name: str
    tag: str
    value: str


def tag_text(keyword: str) -> str:
    """Return the tag of an attribute as ``(gggg,eeee)``."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        message = f"{keyword} is no DICOM keyword"
        raise ValueError(message)
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def named(keyword: str) -> str:
    """Return the name of an attribute with its tag, as messages show it: ``PatientWeight (0010,1030)``."""
    return f"{keyword} {tag_text(keyword)}"


def file_name(header: Dataset) -> str:
    """Return the name of the file that a header was read from, or "a slice" for a header made in memory."""
    path = getattr(header, "filename", None)
    return Path(path).name if path else "a slice"


def texts(header: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values of an attribute as stripped text; none where it is absent or empty.

    Raises
    ------
    DicomError
        If what is stored cannot be read.
    """
    try:
        value = header.get(keyword)
    except UNREADABLE as error:
        message = f"{file_name(header)}: {named(keyword)} cannot be read. Export the series again."
        raise DicomError(message) from error
    values = value if isinstance(value, (MultiValue, list, tuple)) else [value]
    # Control characters would break a message into lines, or steer a terminal.
    plain = ("" if v is None else _CONTROL.sub(" ", str(v)).strip() for v in values)
    return tuple(text for text in plain if text)


def text(header: Dataset, keyword: str) -> str:
    """Return an attribute of one value as stripped text; empty where it is absent.

    Raises
    ------
    DicomError
        If it cannot be read.
    """
    return "\\".join(texts(header, keyword))


def number(header: Dataset, keyword: str) -> float | None:
    """Return an attribute of one value as a number; None where it is absent.

    Raises
    ------
    DicomError
        If it is not a finite number.
    """
    stored = text(header, keyword)
    return as_number(stored, f"{file_name(header)}: {named(keyword)}") if stored else None


def required_number(header: Dataset, keyword: str) -> float:
    """Return an attribute of one value as a number.

    Raises
    ------
    DicomError
        If it is missing, or not a finite number.
    """
    value = number(header, keyword)
    if value is None:
        message = f"{file_name(header)}: {named(keyword)} is missing. Export the series again with this attribute."
        raise DicomError(message)
    return value


def required_numbers(header: Dataset, keyword: str, count: int) -> tuple[float, ...]:
    """Return an attribute of several values as numbers.

    Raises
    ------
    DicomError
        If it is missing, has another number of values, or one is not a finite number.
    """
    stored = texts(header, keyword)
    where = f"{file_name(header)}: {named(keyword)}"
    if len(stored) != count:
        problem = "is missing" if not stored else f"has {len(stored)} values instead of {count}"
        message = f"{where} {problem}. Export the series again with this attribute."
        raise DicomError(message)
    return tuple(as_number(value, where) for value in stored)


def as_number(stored: str, where: str) -> float:
    """Return text as a finite number.

    Parameters
    ----------
    stored : str
        The value.
    where : str
        What to call it in the message.

    Raises
    ------
    DicomError
        If it is not a finite number.
    """
    try:
        value = float(stored)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        message = f'{where} is "{stored[:20]}", which is not a number. Export the series again.'
        raise DicomError(message)
    return value


class SharedAttributes:
    """The attributes that all slices of a series agree on, with a record of those that were used.

    Parameters
    ----------
    datasets : sequence of Dataset
        One per slice.
    where : str
        What to call the series in messages.
    used : list of Attribute, optional
        The record to add to.
    """

    def __init__(self, datasets: Sequence[Dataset], where: str, used: list[Attribute] | None = None) -> None:
        self.where = where
        self.used: list[Attribute] = [] if used is None else used
        self._datasets = datasets

    def text(self, keyword: str) -> str:
        """Return an attribute that every slice must share; empty where it is absent.

        Raises
        ------
        DicomError
            If the slices differ.
        """
        value = self._shared(keyword, lambda header: text(header, keyword))
        self.record(Attribute(keyword, tag_text(keyword), str(value)))
        return str(value)

    def number(self, keyword: str) -> float | None:
        """Return a number that every slice must share; None where it is absent.

        Raises
        ------
        DicomError
            If the slices differ, or it is not a finite number.
        """
        value = self._shared(keyword, lambda header: number(header, keyword))
        self.record(Attribute(keyword, tag_text(keyword), text(self._datasets[0], keyword)))
        return None if value is None else float(value)

    def item(self, keyword: str) -> SharedAttributes:
        """Return the only item of a sequence, as it stands in every slice.

        Raises
        ------
        DicomError
            If the sequence is missing, or does not have exactly one item, in any slice.
        """
        items = []
        for header in self._datasets:
            sequence = header.get(keyword) or []
            if len(sequence) != 1:
                problem = "is missing" if not sequence else f"has {len(sequence)} items, and one injection is expected"
                message = f"{self.where}: {named(keyword)} {problem}, so SUV cannot be computed. {GIVE_ANOTHER}"
                raise DicomError(message)
            items.append(sequence[0])
        return SharedAttributes(items, self.where, self.used)

    def first(self) -> Dataset:
        """Return the header of the first slice."""
        return self._datasets[0]

    def record(self, attribute: Attribute) -> None:
        """Note that an attribute was used; once, and only if it holds something."""
        if attribute.value and attribute not in self.used:
            self.used.append(attribute)

    def _shared(self, keyword: str, read: Callable[[Dataset], str | float | None]) -> str | float | None:
        values = {read(header) for header in self._datasets}
        if len(values) > 1:
            message = f"{self.where}: {named(keyword)} differs between slices. Give a folder with one unmixed series."
            raise DicomError(message)
        return values.pop()


GIVE_ANOTHER = "Export the series again with this attribute, or give an image that is already in SUV."
"""What to do about an attribute without which there is no SUV."""
