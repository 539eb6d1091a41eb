"""The section Time: how long the case is read, and when it is done."""

from __future__ import annotations

import asyncio

from ..study.duration_text import times_text
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
            reading = self._room.reading
            with self._room.told("time_message"):
                reading.presence.update()
                # In a study the study ticks.
                if reading.session is not None and not reading.is_study:
                    reading.session.timer.tick()
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
                "times": times_text(Durations(0, 0, 0) if session is None else session.timer.durations()),
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
