"""Cases that could not be loaded and were passed over: what is written down, and what is said."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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


def skip_sentence(case: str, reason: str) -> str:
    """Say that a case was skipped, why, and what to do."""
    remedy = "`nenseg study check STUDY.TOML --open-cases` says which file, and what to do."
    return f"{case} was skipped: {reason}. {remedy}"
