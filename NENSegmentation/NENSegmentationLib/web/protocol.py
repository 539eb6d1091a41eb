"""What the page asks of the server about its views, and the pictures that the server sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wslink import register
from wslink.websocket import LinkProtocol

from ..scene.signal import Signal
from .errors import WebError
from .pictures import Quality
from .stream import PictureStream
from .view import BrowserView

_PICTURE = "nenseg.view.picture"


class ViewProtocol(LinkProtocol):
    """The remote procedures of the views; an error in one is told to the page that called, and to nobody else.

    Attributes
    ----------
    sent : dict of str to int
        The number of the last picture of each view, by the name of the view.
    received : Signal
        With the name of a view and the number of its picture that a page has.
    deserted : Signal
        Without arguments: the last web socket is closed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._sockets: set[str] = set()
        self.sent: dict[str, int] = {}
        self.received, self.deserted = Signal(), Signal()
        self._views: dict[str, tuple[BrowserView, PictureStream, Callable[[], list[str]]]] = {}

    def add(self, view: BrowserView, stream: PictureStream, pointed: Callable[[], list[str]]) -> None:
        """Let the page know of a view, of its pictures, and of the words for what is under the pointer in it."""
        self._views[view.name] = (view, stream, pointed)

    def onConnect(self, _request: object, client_id: str) -> None:  # noqa: N802
        """Note that a web socket is open; wslink calls it."""
        self._sockets.add(client_id)

    def onClose(self, client_id: str) -> None:  # noqa: N802
        """Note that a web socket is closed; wslink calls it."""
        self._sockets.discard(client_id)
        if not self._sockets:
            self.deserted.emit()

    def send(self, name: str, content: bytes, legend: Mapping[str, str], quality: Quality, number: int) -> None:
        """Send a picture of a view, and what is written over it, to every page that is open."""
        self.sent[name] = number
        picture = {"name": name, "type": quality.value, "content": content, "number": number, "legend": legend}
        self.publish(_PICTURE, {**picture, "still": quality is Quality.STILL})

    @register("nenseg.view.size")
    def resize(self, name: str, width: float, height: float) -> None:
        """Take the size of a view's place (pixels)."""
        view, stream, _ = self._of(name)
        view.resize(width, height)
        stream.repeat()

    @register("nenseg.view.event")
    def handle(self, name: str, event: Mapping[str, Any]) -> list[str]:
        """Do what the reader did in a view; return the words for what is under the pointer then."""
        view, _, pointed = self._of(name)
        view.handle(event)
        return pointed()

    @register("nenseg.view.pointed")
    def pointed(self, name: str) -> list[str]:
        """Return the words for what is under the pointer: where the picture changes, it is another thing."""
        return self._of(name)[2]()

    @register("nenseg.view.shown")
    def shown(self, name: str, number: int) -> None:
        """Note that the page shows a picture."""
        self._of(name)[1].shown(number)
        self.received.emit(name, number)

    def _of(self, name: str) -> tuple[BrowserView, PictureStream, Callable[[], list[str]]]:
        if name not in self._views:
            message = f"there is no view {name!r}. Reload the page."
            raise WebError(message)
        return self._views[name]
