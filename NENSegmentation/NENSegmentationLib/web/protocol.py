"""What the page asks of the server about its views, and the pictures that the server sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wslink import register
from wslink.websocket import LinkProtocol

from .errors import WebError
from .pictures import Quality
from .stream import PictureStream
from .view import BrowserView

_PICTURE = "nenseg.view.picture"


class ViewProtocol(LinkProtocol):
    """The remote procedures of the views; an error in one is told to the page that called, and to nobody else."""

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, tuple[BrowserView, PictureStream]] = {}

    def add(self, view: BrowserView, stream: PictureStream) -> None:
        """Let the page know of a view."""
        self._views[view.name] = (view, stream)

    def send(self, name: str, content: bytes, quality: Quality, number: int) -> None:
        """Send a picture of a view to every page that is open."""
        picture = {"name": name, "type": quality.value, "content": content, "number": number}
        self.publish(_PICTURE, {**picture, "still": quality is Quality.STILL})

    @register("nenseg.view.size")
    def resize(self, name: str, width: float, height: float) -> None:
        """Take the size of a view's place (pixels)."""
        view, stream = self._of(name)
        view.resize(width, height)
        stream.repeat()

    @register("nenseg.view.event")
    def handle(self, name: str, event: Mapping[str, Any]) -> None:
        """Do what the reader did in a view."""
        self._of(name)[0].handle(event)

    @register("nenseg.view.shown")
    def shown(self, name: str, number: int) -> None:
        """Note that the page shows a picture."""
        self._of(name)[1].shown(number)

    def _of(self, name: str) -> tuple[BrowserView, PictureStream]:
        if name not in self._views:
            message = f"there is no view {name!r}. Reload the page."
            raise WebError(message)
        return self._views[name]
