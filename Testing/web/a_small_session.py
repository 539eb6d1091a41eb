"""A session without Slicer: a page of trame that counts clicks, and opens whatever it is told to."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

from trame.ui.html import DivLayout
from trame.widgets import html

from NENSegmentationLib.core.errors import NENSegmentationError
from NENSegmentationLib.dicom.errors import DicomError, Remedy
from NENSegmentationLib.web.sessions_child import run


class SmallPage:
    def __init__(self, server, request):
        self.saved = Path(request["journals"]) / f"{request['reader'] or 'count'}.journal"
        self.state = server.state
        self.state.clicks = int(self.saved.read_text()) if self.saved.exists() else 0
        self.state.shown = Path(request["case"]).name if request["case"] else "nothing"
        self.state.reader = request["reader"] or "nobody"
        server.trigger("click")(self.click)
        server.trigger("die")(lambda: os._exit(1))
        server.trigger("port")(lambda: server.port)
        with DivLayout(server):
            html.Button("{{ clicks }}", id="clicks", click="trigger('click')")
            html.Button("die", id="die", click="trigger('die')")
            html.P("{{ shown }}", id="shown")
            html.P("{{ reader }}", id="reader")

    def click(self):
        self.state.clicks += 1
        self.saved.write_text(str(self.state.clicks))

    async def open(self, path, _ct, choices):
        await asyncio.sleep(0)
        contents = [one.read_bytes() for one in [path, *path.rglob("*")] if one.is_file()]
        if any(content.startswith(b"when") for content in contents) and choices.injection_date is None:
            message = f"{path.name}: the day of the injection is not said. Name it."
            raise DicomError(message, Remedy.INJECTION_DATE)
        if any(content.startswith(b"disk") for content in contents):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        if not any(content.startswith((b"good", b"when")) for content in contents):
            message = f"{path.name}: this is no good. Upload another."
            raise NENSegmentationError(message)
        with self.state:
            self.state.shown = f"uploaded {choices.injection_date or ''}".strip()

    def close(self):
        self.saved.with_suffix(".closed").touch()


if __name__ == "__main__":
    run(SmallPage)
