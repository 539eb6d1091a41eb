"""Readings for tests: what is not given is dull."""

from __future__ import annotations

from NENSegmentationLib.study.readings import ReadingRow

_DULL = {
    "reader": "reader-1",
    "position": 1,
    "case": "case-1",
    "arm": "ensemble",
    "block": 1,
    "training": False,
    "idle_s": 0.0,
    "paused_s": 0.0,
    "done": True,
    "deletes": 0,
    "adds": 0,
    "undos": 0,
    "other_actions": 0,
    "rating": None,
    "comment": "",
    "lesions": None,
    "volume_ml": None,
}


def reading(*, minutes: float = 1.0, **given: object) -> ReadingRow:
    """Return a finished reading of so many active minutes."""
    return ReadingRow(active_s=60.0 * minutes, **{**_DULL, **given})


def readings_of(arm: str, minutes: list[float], **given: object) -> list[ReadingRow]:
    """Return a reading of each of several cases in one arm."""
    return [reading(arm=arm, case=f"case-{n}", minutes=one, **given) for n, one in enumerate(minutes, 1)]
