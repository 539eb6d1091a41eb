"""Whether a browser shows the case: only then does its time run."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ..study.durations import State
from ..study.errors import StudyError
from ..study.timer import Reason

if TYPE_CHECKING:
    from .reading import BrowserReading


class Presence:
    """Lets the time of a case run from the first picture of it that a browser has, and stand still while none is there.

    What the journal cannot take now is tried again by the next `update`.

    Parameters
    ----------
    reading : BrowserReading
        Holds the case.

    Attributes
    ----------
    is_seen : bool
        Whether a browser has a picture of the case that is open.
    """

    def __init__(self, reading: BrowserReading) -> None:
        self._reading = reading
        self._protocol = reading.views.protocol
        self._sent_before: dict[str, int] = {}
        self.is_seen = False
        reading.views.shown.connect(lambda _session: self._wait_for_picture())
        self._protocol.received.connect(self._on_received)
        self._protocol.deserted.connect(self._on_deserted)

    def update(self) -> None:
        """Start, pause or resume the time, as it has to be now; a pause of the reader's own stays.

        Raises
        ------
        StudyError
            If the journal cannot take it.
        """
        session = self._reading.session
        if session is None:
            return
        timer = session.timer
        if not self.is_seen:
            if timer.state in (State.ACTIVE, State.IDLE):
                timer.pause(Reason.AWAY)
        elif timer.paused_for is Reason.AWAY:
            timer.resume()
        elif timer.state is State.AWAY and not self._reading.is_study:
            self._reading.start_time()

    def _wait_for_picture(self) -> None:
        self.is_seen = False
        self._sent_before = dict(self._protocol.sent)

    def _on_received(self, name: str, number: int) -> None:
        if not self.is_seen and number > self._sent_before.get(name, 0):
            self.is_seen = True
            with suppress(StudyError):
                self.update()

    def _on_deserted(self) -> None:
        self._wait_for_picture()
        with suppress(StudyError):
            self.update()
