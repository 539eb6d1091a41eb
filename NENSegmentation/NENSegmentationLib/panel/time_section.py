"""The section Time: how long the case is read, and when it is done."""

from __future__ import annotations

from types import SimpleNamespace

import qt
from slicer.i18n import tr as _

from ..study.duration_text import times_text
from ..study.durations import Durations, State
from .parameters import NENSegmentationParameterNode
from .reading import Reading
from .reporting import errorsIn, tell

_TICK_MS = 1000


class TimeSection:
    """Shows the times of the case, once a second, and lets the reader pause and end.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._parameters: NENSegmentationParameterNode | None = None
        self._ticks = qt.QTimer()
        self._ticks.setInterval(_TICK_MS)
        self._ticks.timeout.connect(self.onTick)
        ui.pauseButton.clicked.connect(self.onPause)
        ui.doneButton.clicked.connect(self.onDone)
        ui.showTimeCheckBox.toggled.connect(ui.timeLabel.setVisible)
        reading.changed.connect(self._onCaseChanged)
        self._onCaseChanged()

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Take the reader's name from a parameter node."""
        self._parameters = parameters

    def onTick(self) -> None:
        """Let the timer notice what time it is, and show it."""
        with errorsIn(self._ui.timeMessageLabel):
            self._reading.session.timer.tick()
        self._show()

    def onPause(self) -> None:
        """Pause, go on, or start again what was done: whichever the state of the case allows."""
        with errorsIn(self._ui.timeMessageLabel):
            self._pauseOrGoOn()
        self._show()

    def onDone(self) -> None:
        """Stop the time: the reader is through."""
        with errorsIn(self._ui.timeMessageLabel):
            self._reading.session.timer.done()
        self._show()

    def stop(self) -> None:
        """Tick no more."""
        self._ticks.stop()

    def _pauseOrGoOn(self) -> None:
        timer = self._reading.session.timer
        if timer.state is State.PAUSED:
            timer.resume()
        elif timer.state in (State.ACTIVE, State.IDLE):
            timer.pause()
        else:
            self._reading.startTime(self._parameters.reader)

    def _onCaseChanged(self) -> None:
        if self._reading.session is None:
            self._ticks.stop()
        else:
            self._ticks.start()
        tell(self._ui.timeMessageLabel, "")
        self._show()

    def _show(self) -> None:
        session = self._reading.session
        state = session.timer.state if session is not None else State.AWAY
        times = session.timer.durations() if session is not None else None
        self._ui.timeLabel.setText(times_text(times or Durations(0.0, 0.0, 0.0)))
        self._ui.timeStateLabel.setText(_stateWords(state) if session is not None else "-")
        self._ui.pauseButton.setText(_pauseWords(state))
        self._ui.pauseButton.setEnabled(session is not None)
        self._ui.doneButton.setEnabled(state in (State.ACTIVE, State.IDLE, State.PAUSED))


def _stateWords(state: State) -> str:
    return {
        State.AWAY: _("Not running"),
        State.ACTIVE: _("Running"),
        State.IDLE: _("Idle: no input for a while"),
        State.PAUSED: _("Paused"),
        State.DONE: _("Done"),
    }[state]


def _pauseWords(state: State) -> str:
    words = {State.PAUSED: _("Go on"), State.ACTIVE: _("Pause"), State.IDLE: _("Pause")}
    return words.get(state, _("Start")) + " (Space)"
