"""The two clocks of a journal: one that measures durations, one that says when."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone


def elapsed_ns() -> int:
    """Return nanoseconds of a clock that nobody can set and that goes on while the machine sleeps.

    A lid closed in the middle of a case is then the same on every system: time without input, which is idle. Python's
    own `time.monotonic_ns` stops in sleep on Linux and macOS and goes on in Windows.
    """
    if sys.platform == "linux":
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return time.monotonic_ns()


def now_utc() -> datetime:
    """Return the wall-clock time in UTC; it may be set at any moment, so no duration is taken from it."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Clock:
    """Where a journal has its time from.

    Attributes
    ----------
    elapsed_ns : callable
        Nanoseconds from an arbitrary start, for durations.
    wall : callable
        The time in UTC, for people.
    """

    elapsed_ns: Callable[[], int] = elapsed_ns
    wall: Callable[[], datetime] = now_utc
