"""The time of a reading: active, idle and paused, each apart, all of it in the journal."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Any

from .durations import COUNTED, Durations, Reckoning, State
from .errors import StudyError
from .event_log import EventLog
from .events import ACTIONS, Kind

IDLE_AFTER_S = 60.0
"""Time without input (s) from which on a reader counts as away: reading without a click rarely takes longer."""

HEARTBEAT_S = 10.0
"""A kill of the program loses at most this much time (s)."""

_INPUT = frozenset({Kind.SHOWN, Kind.RESUMED, Kind.ACTIVE, Kind.RATED, Kind.REGION_USED, *ACTIONS})


class Reason(str, Enum):
    """Why time stands still."""

    READER = "reader"
    LOADING = "loading"
    INFERENCE = "inference"
    AWAY = "away"
    """No browser shows the case."""


class Timer:
    """Measures a reading from the moment the case is shown until Done; keeps nothing that is not in the journal.

    The interface calls `activity` at any input, before what the input does, and `tick` about once a second. Time counts
    as active up to ``idle_after_s`` after the last input and as idle from there on, so the active time never runs
    backwards. A machine asleep has no input. Time between a kill and the next `shown` does not count; of the time
    before the kill at most ``heartbeat_s`` is lost. The wall clock plays no part.

    Parameters
    ----------
    journal : EventLog
        Of the case; a reading that was begun in it goes on.
    idle_after_s : float
        Time without input (s) after which idle time begins.
    heartbeat_s : float
        How often (s) the journal learns that the program is alive when nothing else happens.
    """

    def __init__(
        self, journal: EventLog, *, idle_after_s: float = IDLE_AFTER_S, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._journal = journal
        self._idle_after_s = idle_after_s
        self._idle_after_ns = round(idle_after_s * 1e9)
        self._heartbeat_ns = round(heartbeat_s * 1e9)
        self._reckoning = Reckoning()
        self._read = 0
        self._last_input_ns = 0
        self._last_pause = ""

    @property
    def state(self) -> State:
        """What time counts as now."""
        return self._at(self._journal.clock.elapsed_ns()).state

    @property
    def paused_for(self) -> Reason | None:
        """Why time stands still; None if it does not."""
        return Reason(self._last_pause) if self._up_to_date().state is State.PAUSED else None

    @property
    def since_input_s(self) -> float:
        """Time since the last input (s), whatever it counts as."""
        now_ns = self._journal.clock.elapsed_ns()
        self._up_to_date()
        return max(now_ns - self._last_input_ns, 0) / 1e9

    def durations(self) -> Durations:
        """Return the times up to now (s)."""
        return self._at(self._journal.clock.elapsed_ns()).durations()

    def shown(self, *, case: str, reader: str) -> None:
        """Start: the case is on the screen.

        Parameters
        ----------
        case : str
            Its code name, never who the patient is.
        reader : str
            Who reads; may be empty.

        Raises
        ------
        StudyError
            If its time runs already.
        """
        if self._up_to_date().state in COUNTED:
            message = "the time of this case runs already."
            raise StudyError(message)
        self._journal.record(Kind.SHOWN, case=case, reader=reader, idle_after_s=self._idle_after_s)

    def activity(self) -> None:
        """Note an input of the reader; only the one that ends idleness goes to the journal."""
        self._notice_idleness()
        if self._up_to_date().state is State.IDLE:
            self._journal.record(Kind.ACTIVE)
        self._last_input_ns = self._journal.clock.elapsed_ns()

    def tick(self) -> None:
        """Notice that the reader is idle, and write a heartbeat when it is time."""
        self._notice_idleness()
        if self._up_to_date().state not in COUNTED:
            return
        since_event_ns = self._journal.clock.elapsed_ns() - self._reckoning.since_ns
        if not 0 <= since_event_ns < self._heartbeat_ns:
            self._journal.record(Kind.HEARTBEAT)

    def pause(self, reason: Reason = Reason.READER) -> None:
        """Stop the time for a while.

        Parameters
        ----------
        reason : Reason
            Loading and inference are pauses too: they are not the reader's time.

        Raises
        ------
        StudyError
            If no time runs.
        """
        self._notice_idleness()
        if self._up_to_date().state not in (State.ACTIVE, State.IDLE):
            message = "the time of this case does not run, so there is nothing to pause."
            raise StudyError(message)
        self._journal.record(Kind.PAUSED, reason=reason.value)

    def resume(self) -> None:
        """Let the time run again after a pause.

        Raises
        ------
        StudyError
            If there is no pause.
        """
        if self._up_to_date().state is not State.PAUSED:
            message = "the time of this case is not paused."
            raise StudyError(message)
        self._journal.record(Kind.RESUMED)

    def done(self, *, lesions: int | None = None, volume_ml: float | None = None) -> None:
        """Stop the time: the reader is through.

        Parameters
        ----------
        lesions : int, optional
            How many there are, for the report of a study.
        volume_ml : float, optional
            Of all of them (mL).

        Raises
        ------
        StudyError
            If the case is not on the screen.
        """
        self._notice_idleness()
        if self._up_to_date().state not in COUNTED:
            message = "the time of this case does not run, so it cannot be done. Show the case first."
            raise StudyError(message)
        outcome = {"lesions": lesions, "volume_ml": volume_ml}
        known: dict[str, Any] = {name: value for name, value in outcome.items() if value is not None}
        self._journal.record(Kind.DONE, **known)

    def _notice_idleness(self) -> None:
        now_ns = self._journal.clock.elapsed_ns()
        began_ns = self._idleness_began_ns(now_ns)
        if self._reckoning.state is State.ACTIVE and now_ns >= began_ns:
            self._journal.record(Kind.IDLE, began_ns=began_ns)

    def _idleness_began_ns(self, now_ns: int) -> int:
        self._up_to_date()
        # A clock that was turned back would otherwise put the last input into the future.
        self._last_input_ns = min(self._last_input_ns, now_ns)
        return self._last_input_ns + self._idle_after_ns

    def _at(self, now_ns: int) -> Reckoning:
        """Return a copy of the reckoning with the time up to now counted, as the next event would have it."""
        began_ns = self._idleness_began_ns(now_ns)
        reckoning = replace(self._reckoning, spent_ns=dict(self._reckoning.spent_ns))
        if reckoning.state is State.ACTIVE and now_ns >= began_ns:
            reckoning.turn_idle(began_ns)
        if reckoning.state in COUNTED:
            reckoning.advance(now_ns)
        return reckoning

    def _up_to_date(self) -> Reckoning:
        """Take in what was written to the journal since the last look."""
        for event in self._journal.events(self._read):
            self._reckoning.take(event)
            if event.kind in _INPUT:
                self._last_input_ns = event.elapsed_ns
            if event.kind is Kind.PAUSED:
                self._last_pause = event.payload["reason"]
            self._read = event.sequence
        return self._reckoning
