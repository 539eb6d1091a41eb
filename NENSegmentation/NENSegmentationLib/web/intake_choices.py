"""What a reader says of a case that its files do not say: which series, which frame, the day of the injection."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .errors import WebError


@dataclass(frozen=True)
class Choices:
    """As `dicom.case.read_case` takes them.

    Attributes
    ----------
    series : str or None
        SeriesInstanceUID of the PET.
    frame : int or None
        Frame of time, from 1.
    injection_date : date or None
        The day of the injection.
    """

    series: str | None = None
    frame: int | None = None
    injection_date: date | None = None

    @classmethod
    def read(cls, given: object) -> Choices:
        """Read what came as JSON; what is empty was not chosen.

        Raises
        ------
        WebError
            If it is no series, frame or day.
        """
        if not isinstance(given, dict):
            message = "this is no choice of a series, a frame or a day. Choose on the page."
            raise WebError(message)
        words = {name: str(word).strip() for name, word in given.items() if word not in (None, "")}
        return cls(words.get("series"), _frame(words.get("frame")), _day(words.get("injection_date")))

    def as_json(self) -> dict[str, Any]:
        """Return what `read` takes."""
        return {name: None if value is None else str(value) for name, value in asdict(self).items()}


def _frame(word: str | None) -> int | None:
    if word is None:
        return None
    if not word.isascii() or not word.isdigit() or int(word[:9]) < 1:
        message = f"{word[:40]!r} is no number of a frame. Give one from 1."
        raise WebError(message)
    return int(word[:9])


def _day(word: str | None) -> date | None:
    if word is None:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        message = f"{word[:40]!r} is no day. Give it as 2024-03-21."
        raise WebError(message) from error
