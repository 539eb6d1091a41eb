"""``python -m NENSegmentationLib.web.sessions_child``: the process of one session; see `sessions_process`."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from trame.app import get_server
from trame_server import Server

from ..core.child_process import events_out
from ..core.errors import NENSegmentationError
from ..dicom.errors import DicomError
from . import tasks
from .intake_choices import Choices
from .serving_log import log_to_stderr
from .sessions_process import END, LISTENING, OPEN, OPENED, REFUSED, SECRET_HEADER, Event

_log = logging.getLogger(__name__)


class Page(Protocol):
    """What a session shows."""

    async def open(self, path: Path, ct: Path | None, choices: Choices) -> None:
        """Open another case; raises a `NENSegmentationError` if it cannot be."""

    def close(self) -> None:
        """Save everything."""


Build = Callable[[Server, Event], Page]
"""Makes the page on a server of trame; takes the request: case, ct, choices, study, reader, journals."""


def run(build: Build) -> None:
    """Be the process of a session until told to end, or until the server is no more.

    Parameters
    ----------
    build : callable
        Makes the page.
    """
    emit = events_out()
    # What wslink says when it starts, and the packing of pictures that are packed already.
    os.environ["WSLINK_READY_MSG"], os.environ["WSLINK_WS_COMPRESS"] = "", "0"
    log_to_stderr()
    request = json.loads(sys.stdin.readline())
    asyncio.run(_run(build, request, emit))


async def _run(build: Build, request: Event, emit: Callable[[Event], None]) -> None:
    tasks.watch_loop()
    server = get_server(client_type="vue3")
    # No title of a page ever names a patient.
    server.state.trame__title = "NENSegmentation"
    server.cli.set_defaults(authKey=request["socket_secret"])
    server.controller.on_server_bind.add(lambda bound: bound.app.middlewares.append(_only_with(request["secret"])))
    try:
        page = build(server, request)
    except NENSegmentationError as error:
        emit({"event": REFUSED, "message": str(error)})
        return
    except Exception as error:
        _log.error("the page of the session: an error, %s", tasks.place(error))
        return
    lines = _lines(asyncio.get_running_loop())
    serving = asyncio.ensure_future(
        server.start(
            host="127.0.0.1",
            port=0,
            timeout=0,
            exec_mode="coroutine",
            thread=True,
            open_browser=False,
            show_connection_info=False,
            disable_logging=True,
        )
    )
    obeying = tasks.begin(_obey(page, server, lines, emit), "the orders of the server")
    ended, _ = await asyncio.wait([serving, obeying], return_when=asyncio.FIRST_COMPLETED)
    if serving in ended and serving.exception() is not None:
        _log.error("the server of the session: an error, %s", tasks.place(serving.exception()))
    with tasks.noted("the end of the session"):
        page.close()
    # Threads that still read must not keep a process that has saved everything.
    os._exit(0)


async def _obey(
    page: Page, server: Server, lines: asyncio.Queue[dict[str, Any]], emit: Callable[[Event], None]
) -> None:
    await server.ready
    emit({"event": LISTENING, "port": server.port})
    while (line := await lines.get()).get("do") != END:
        if line.get("do") == OPEN:
            ct = line.get("ct")
            choices = Choices.read(line["choices"])
            await _answered(page.open(Path(line["case"]), None if ct is None else Path(ct), choices), emit)


async def _answered(opening: Awaitable[None], emit: Callable[[Event], None]) -> None:
    try:
        await opening
    except NENSegmentationError as error:
        remedy = error.remedy if isinstance(error, DicomError) else None
        emit({"event": REFUSED, "message": str(error), "remedy": None if remedy is None else remedy.name.lower()})
    except OSError as error:
        reason = error.strerror or "the system does not say why"
        emit({"event": REFUSED, "message": f"the images cannot be read ({reason}). Check the disk of the server."})
    else:
        emit({"event": OPENED})


def _lines(loop: asyncio.AbstractEventLoop) -> asyncio.Queue[dict[str, Any]]:
    """Read the lines that the server sends; when it is no more, what is shown is saved already."""
    lines: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(lines.put_nowait, {"do": END})

    threading.Thread(target=read, daemon=True).start()
    return lines


def _only_with(secret: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Return the middleware that answers nobody but the server in front."""

    @web.middleware
    async def checked(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace"), secret.encode()):
            raise web.HTTPForbidden
        return await handler(request)

    return checked


if __name__ == "__main__":
    # Slicer and the page, which take a second to import.
    from .app import build

    run(build)
