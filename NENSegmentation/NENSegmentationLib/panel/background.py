"""Work of another process, looked after from Qt's event loop: the interface goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from ..core.errors import NENSegmentationError

_TICK_MS = 200


class Background:
    """Asks how far something is, several times a second, until it is done or has failed.

    Parameters
    ----------
    poll : callable
        Returns what is true when it is done, and does not wait.
    onDone : callable
        Gets what ``poll`` returned.
    onFailed : callable
        Gets the sentence of a NENSegmentationError that ``poll`` raised; any other error goes on.
    """

    def __init__(
        self, poll: Callable[[], Any], onDone: Callable[[Any], object], onFailed: Callable[[str], object]
    ) -> None:
        self._poll, self._onDone, self._onFailed = poll, onDone, onFailed
        self._timer = qt.QTimer()
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.onTick)
        self._timer.start()

    def onTick(self) -> None:
        """Ask once."""
        try:
            found = self._poll()
        except NENSegmentationError as error:
            self.stop()
            self._onFailed(str(error)[:1].upper() + str(error)[1:])
            return
        except BaseException:
            self.stop()
            raise
        if found:
            self.stop()
            self._onDone(found)

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
