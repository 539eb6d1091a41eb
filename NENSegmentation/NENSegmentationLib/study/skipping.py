"""Cases that could not be loaded and were passed over: what is written down, and what is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .events import Event, Kind
from .store_chain import BegunReading


class SkipReason(str, Enum):
    """What could not be made of a case.

    It names no file, whose name may be a patient's, and no arm, which the reader may not be meant to know.
    """

    IMAGES = "its PET or CT cannot be read"
    START = "what its reader starts from cannot be made"


@dataclass(frozen=True)
class Skipped:
    """A case that could not be loaded: who was to read it in which arm, and what could not be made of it."""

    reader: str
    case: str
    arm: str
    reason: str


def skipped_of(recorded: Iterable[tuple[BegunReading, Sequence[Event]]]) -> list[Skipped]:
    """Return the readings whose case could not be loaded, and was not shown since.

    Parameters
    ----------
    recorded : iterable of (BegunReading, sequence of Event)
        As `Store.recorded` returns it.

    Returns
    -------
    list of Skipped
        In the order in which they were begun.
    """
    found = []
    for begun, events in recorded:
        last = next((one for one in reversed(events) if one.kind in (Kind.SKIPPED, Kind.SHOWN)), None)
        if last is not None and last.kind is Kind.SKIPPED:
            found.append(Skipped(begun.reader, begun.case, begun.arm, last.payload["reason"]))
    return found


def skip_sentence(case: str, reason: str) -> str:
    """Say that a case was skipped, why, and what to do."""
    remedy = "`nenseg study check STUDY.TOML --open-cases` says which file, and what to do."
    return f"{case} was skipped: {reason}. {remedy}"
