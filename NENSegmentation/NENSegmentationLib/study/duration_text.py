"""The times of a case in words."""

from __future__ import annotations

from .durations import Durations


def times_text(times: Durations) -> str:
    """Return the three times of a case.

    Examples
    --------
    >>> times_text(Durations(754.0, 10.2, 3600.0))
    'Active 12:34   Idle 00:10   Paused 60:00'
    """
    named = (("Active", times.active_s), ("Idle", times.idle_s), ("Paused", times.paused_s))
    return "   ".join(f"{name} {minutes_and_seconds(seconds)}" for name, seconds in named)


def minutes_and_seconds(seconds: float) -> str:
    """Return a time as mm:ss; an hour and more are minutes too.

    Examples
    --------
    >>> minutes_and_seconds(61.9)
    '01:01'
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
