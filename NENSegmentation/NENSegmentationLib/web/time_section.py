"""The section Time: how long the case is read, and when it is done."""

from __future__ import annotations

import asyncio

from ..study.durations import Durations, State
from .room import Room

_TICK_S = 1.0

_STATES = {
    State.AWAY: "Not running",
    State.ACTIVE: "Running",
    State.IDLE: "Idle: no input for a while",
    State.PAUSED: "Paused",
    State.DONE: "Done",
}
_PAUSES = {State.PAUSED: "Go on", State.ACTIVE: "Pause", State.IDLE: "Pause"}


class TimeSection:
    """Shows the times of the case, once a second, and lets the reader pause and end.

    Parameters
    ----------
    room : Room
        Of the page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        room.state.update({"time_shown": True})
        room.on("pause", self.pause)
        room.on("done", self.done)
        room.reading.changed.connect(self.show)
        self.show()

    async def run(self) -> None:
        """Let the timer notice what time it is, once a second, for as long as the server runs."""
        while True:
            await asyncio.sleep(_TICK_S)
            session = self._room.reading.session
            # In a study the study ticks.
            if session is not None and self._room.reading.case is not None:
                with self._room.told("time_message"):
                    session.timer.tick()
            self.show()
            self._room.state.flush()

    def pause(self) -> None:
        """Pause, go on, or start again what was done: whichever the state of the case allows."""
        timer = self._room.session.timer
        if timer.state is State.PAUSED:
            timer.resume()
        elif timer.state in (State.ACTIVE, State.IDLE):
            timer.pause()
        else:
            self._room.reading.start_time()
        self.show()

    def show(self) -> None:
        """Show the times as they are now."""
        session, state = self._room.reading.session, self._room.state
        at = State.AWAY if session is None else session.timer.state
        state.update(
            {
                "times": times_in_words(Durations(0, 0, 0) if session is None else session.timer.durations()),
                "time_state": "" if session is None else _STATES[at],
                "pause_words": _PAUSES.get(at, "Start"),
                "can_end": at in (State.ACTIVE, State.IDLE, State.PAUSED),
            }
        )

    def done(self) -> None:
        """End the reading of the case, where its state allows it."""
        if self._room.state.can_end:
            self._room.session.timer.done()
            self.show()


def times_in_words(times: Durations) -> str:
    """Return the three times of a case."""
    named = (("Active", times.active_s), ("Idle", times.idle_s), ("Paused", times.paused_s))
    return "  ".join(f"{name} {minutes_and_seconds(seconds)}" for name, seconds in named)


def minutes_and_seconds(seconds: float) -> str:
    """Return a time as mm:ss; an hour and more are minutes too.

    Examples
    --------
    >>> minutes_and_seconds(61.9)
    '01:01'
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
