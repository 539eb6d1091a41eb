"""Where a reader stands in a study, in words: the same in every interface."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .study_shown import Phase

if TYPE_CHECKING:
    from .study_reading import StudyReading

_ALMOST_A_MINUTE = timedelta(seconds=59, microseconds=999999)


def standing_words(study: StudyReading) -> str:
    """Return who reads, and how far they are."""
    standing = study.standing
    return f"{study.reader}: {standing.done} of {standing.planned} readings are done."


def notice_words(study: StudyReading) -> list[str]:
    """Return what the reader has to know now: cases that were skipped, events that are not sent yet, warnings."""
    said = []
    if study.skipped:
        cases = ", ".join(f"{case} ({reason})" for case, reason in study.skip_reasons.items())
        said.append(f"Skipped: {cases}. Tell whoever runs the study.")
    if study.unsent:
        said.append(
            f"The server of the store is away: events on this machine, to be sent when it is back: {study.unsent}."
        )
    return [*said, *study.warnings]


def where_words(study: StudyReading) -> str:
    """Return which case is on the screen as far as the reader may know, or why there is none."""
    if study.phase is Phase.FINISHED:
        return "No case is left that can be loaded." if study.skipped else "You are through. Thank you."
    if study.phase is Phase.WASHOUT and study.washout_until is not None:
        return f"The wash-out lasts until {local_time(study.washout_until)}: the next case cannot be read before."
    if study.case is None:
        return "No case is open."
    said = [study.case]
    if study.is_training:
        said.append("for practice")
    if study.arm is not None:
        said.append(f"arm {study.arm}")
    for word, part in (("period", study.period), ("block", study.block)):
        if part is not None and part[1] > 1:
            said.append(f"{word} {part[0]} of {part[1]}")
    if study.phase is Phase.BREAK:
        said.append("break: the images are hidden")
    return ", ".join(said)


def local_time(time: datetime) -> str:
    """Return a time as the clock of this machine shows it, to the minute, rounded up."""
    return f"{time.astimezone() + _ALMOST_A_MINUTE:%Y-%m-%d %H:%M}"
