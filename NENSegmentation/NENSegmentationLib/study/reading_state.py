"""How far a reading is, which the store tells without giving its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .events import Kind

OFF_SCREEN = frozenset({Kind.OPENED, Kind.SEGMENTED, Kind.SKIPPED, Kind.SALVAGED, Kind.CLOSED})
"""What is written down while the case is not on the screen."""


@dataclass(frozen=True, kw_only=True)
class ReadingState:
    """Where a reading that was begun stands.

    Attributes
    ----------
    reader, case, arm : str
        Who reads what in which arm; the case by its code name.
    block : int
        As in `Assignment`.
    done : bool
        Whether the reader is through.
    last_seen : datetime or None
        When the case was last on the screen (UTC); None if it was never shown.
    """

    reader: str
    case: str
    arm: str
    block: int
    done: bool
    last_seen: datetime | None
