"""The pictures of a view on their way to the browser: never more than it can show, and each view in its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pictures import Quality, encoded

_STILL_AFTER_S = 0.2
"""What has not changed for so long stands still."""

_STEP_BACK_S = 0.15
"""So long other views wait while the one that the reader works in changes."""

_LOST_AFTER_S = 1.0
"""A picture that the browser has not shown by then is lost with its connection, or the page is in the background."""


@dataclass(frozen=True)
class Drawn:
    """What a view shows.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (rows from the top, columns, 3)
        Red, green and blue.
    legend : mapping of str to str
        The words that the page writes over the picture.
    """

    pixels: NDArray[np.uint8]
    legend: Mapping[str, str]

    def differs(self, other: Drawn | None) -> bool:
        """Tell whether a reader could see a difference."""
        return other is None or self.legend != other.legend or not np.array_equal(self.pixels, other.pixels)


class Turns:
    """Which view is drawn next: they draw one after the other, and the one that the reader works in goes first.

    Attributes
    ----------
    lock : asyncio.Lock
        Held by the view that is drawn.
    first : PictureStream or None
        Of the view that the reader works in.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.first: PictureStream | None = None

    async def wait(self, stream: PictureStream) -> None:
        """Let the first view go on alone for a moment, as long as it changes: Slicer asks all views at each change."""
        if self.first not in (None, stream) and self.first.is_moving:
            await asyncio.sleep(_STEP_BACK_S)


class PictureStream:
    """Draws a view whenever that was asked for, and sends what was drawn.

    A picture is drawn only when the browser has shown the one before: a slow connection gets fewer pictures, and never
    old ones. Drawing takes the one thread in which Slicer lives; coding is done in another.

    Parameters
    ----------
    draw : callable
        Returns what the view shows, or None while nobody has a place for it.
    send : callable
        Called with the content of a picture, its legend, its quality and its number, from 1.
    turns : Turns
        The same for all views; between two of them the server listens.
    """

    def __init__(
        self,
        draw: Callable[[], Drawn | None],
        send: Callable[[bytes, Mapping[str, str], Quality, int], object],
        turns: Turns,
    ) -> None:
        self._draw, self._send_picture, self._turns = draw, send, turns
        self._wanted, self._free = asyncio.Event(), asyncio.Event()
        self._free.set()
        self._sent, self._is_still = 0, True
        self._last: Drawn | None = None

    @property
    def is_moving(self) -> bool:
        """Whether the last picture is one of many."""
        return not self._is_still

    def request(self) -> None:
        """Draw the view soon; several requests before that are one."""
        self._wanted.set()

    def repeat(self) -> None:
        """Send the next picture even if it is the last one again: a page may be there that has not seen it."""
        self._last = None
        self.request()

    def shown(self, number: int) -> None:
        """Note that the browser shows a picture."""
        if number >= self._sent:
            self._free.set()

    async def run(self) -> None:
        """Draw and send for as long as the server runs."""
        while True:
            await self._wanted.wait()
            await self._until_free()
            await self._turns.wait(self)
            async with self._turns.lock:
                self._wanted.clear()
                drawn = self._draw()
                await asyncio.sleep(0)
            if drawn is None:
                continue
            if drawn.differs(self._last):
                self._last, self._is_still = drawn, False
                await self._send(drawn, Quality.MOVING)
            if not self._is_still and not await happens(self._wanted, _STILL_AFTER_S):
                self._is_still = True
                await self._send(drawn, Quality.STILL)

    async def _send(self, drawn: Drawn, quality: Quality) -> None:
        content = await asyncio.to_thread(encoded, drawn.pixels, quality)
        self._sent += 1
        self._free.clear()
        self._send_picture(content, drawn.legend, quality, self._sent)

    async def _until_free(self) -> None:
        if not await happens(self._free, _LOST_AFTER_S):
            self._free.set()


async def happens(event: asyncio.Event, within_s: float) -> bool:
    """Wait for something to happen; tell whether it did within a time (s)."""
    try:
        await asyncio.wait_for(event.wait(), within_s)
    except asyncio.TimeoutError:
        return False
    return True
