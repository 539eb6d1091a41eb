"""``python -m NENSegmentationLib.web.serving_process``: the server, for whoever starts it.

It takes one line of JSON on its standard input (`Request`) and answers by lines on its standard output, each with
``event``: ``listening`` with its addresses, or ``error`` with a sentence. It ends, and saves everything, when its
standard input closes or it is told to by a signal. The token comes this way because command lines can be read by
everybody on a machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from ..core.errors import NENSegmentationError
from . import tasks
from .errors import WebError
from .intake_limits import Limits
from .serving import Serving
from .serving_access import ONE_SEAT, Access
from .serving_data import JOURNALS, default_folder, uploads_folder
from .serving_intake import ServedIntake
from .serving_log import log_to_stderr
from .sessions import Conditions, Sessions

_MODULE = "NENSegmentationLib.web.sessions_child"
_GB = 2**30


@dataclass(frozen=True)
class Request:
    """What is asked of the server.

    Attributes
    ----------
    host, port : str, int
        Where to listen; port 0 takes any that is free.
    token : str or None
        The secret; drawn if not given.
    names : list of str
        Other names of this server.
    case, ct : str or None
        The case that everybody gets; without it everybody brings their own.
    choices : dict
        As `intake_choices.Choices.read` takes them.
    study : str or None
        Plan of a reader study.
    data : str or None
        Folder of journals and uploads.
    idle_minutes, most_sessions, upload_gb : float, int, float
        Limits.
    module : str
        Of Python, the process of a session.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    token: str | None = None
    names: list[str] = field(default_factory=list)
    case: str | None = None
    ct: str | None = None
    choices: dict[str, Any] = field(default_factory=dict)
    study: str | None = None
    data: str | None = None
    idle_minutes: float = 60
    most_sessions: int = 8
    upload_gb: float = 8
    module: str = _MODULE


def main() -> int:
    """Serve until told to end."""
    log_to_stderr()
    request = Request(**json.loads(sys.stdin.readline()))
    try:
        asyncio.run(_serve(request))
    except NENSegmentationError as error:
        _emit({"event": "error", "message": str(error)})
        return 2
    return 0


async def _serve(request: Request) -> None:
    tasks.watch_loop()
    readers = _readers(Path(request.study)) if request.study else ()
    is_shared = bool(request.names) or not _is_loopback(request.host)
    # On one's own machine there is one user, who may change the browser and find everything as it was.
    one_seat = request.case is not None or not is_shared
    access = Access(request.token, readers=readers, one_seat=one_seat, names=request.names)
    data = Path(request.data).absolute() if request.data else default_folder()
    port = request.port
    with uploads_folder(data) as uploads:
        asked = {name: getattr(request, name) for name in ("case", "ct", "choices", "study")}
        asked |= {"journals": str(data / JOURNALS), "is_shared": is_shared}
        sessions = Sessions(
            Conditions(asked, uploads, request.module, most=request.most_sessions, idle_s=60 * request.idle_minutes)
        )
        # The cases of a study are those of its plan.
        intake = None if readers else ServedIntake(sessions, _limits(request))
        serving = Serving(access, sessions, intake, lambda: f"nenseg_{port}")
        runner = web.AppRunner(serving.application(), access_log=None, handle_signals=False, shutdown_timeout=5)
        await runner.setup()
        try:
            port = await _listen(runner, request)
            _emit({"event": "listening", **_addresses(access, request, port)})
            if one_seat and not readers:
                # While the reader opens the page, its process starts.
                tasks.begin(sessions.running(ONE_SEAT), "the session that waits for its page")
            await _told_to_end()
        finally:
            await runner.cleanup()


def _limits(request: Request) -> Limits:
    most = int(request.upload_gb * _GB)
    return Limits(sent_bytes=most, unpacked_bytes=2 * most)


def _readers(study: Path) -> tuple[str, ...]:
    # Only here: importing it takes longer than all the rest of the server.
    from ..study.plan_file import read_plan

    return tuple(read_plan(study, with_cases=False).readers)


async def _listen(runner: web.AppRunner, request: Request) -> int:
    try:
        await web.TCPSite(runner, request.host, request.port).start()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = (
            f"the server cannot listen at {request.host}, port {request.port} ({reason}). Give other --host or --port."
        )
        raise WebError(message) from error
    return runner.addresses[0][1]


def _addresses(access: Access, request: Request, port: int) -> dict[str, Any]:
    is_local = _is_loopback(request.host)
    host = request.host if is_local or request.host not in ("0.0.0.0", "::") else socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    bases = [f"http://{host}:{port}", *(f"https://{name}" for name in request.names)]
    addresses = [
        # Whoever gave the token has it; it need not stand in the log of whatever started the server.
        {"reader": reader, "address": f"{base}/?token={token if reader or request.token is None else ''}"}
        for reader, token in access.tokens().items()
        for base in bases
    ]
    return {"port": port, "local": is_local, "addresses": addresses}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _told_to_end() -> None:
    """Wait for a signal, or for the end of the standard input."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)

    def wait_for_parent() -> None:
        while os.read(sys.stdin.fileno(), 1 << 10):
            pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(told.set)

    threading.Thread(target=wait_for_parent, daemon=True).start()
    await told.wait()


def _emit(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
