"""The process of one session, seen from the server.

It is asked by lines of JSON on its standard input: first the request, then ``open`` and ``end``. It answers by lines
on its standard output, each with ``event``: ``listening`` with its port, ``opened`` or ``refused`` with a sentence. It
lives no longer than the server: it ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from ..core.child_process import end_group, surroundings
from . import tasks
from .errors import WebError

Event = dict[str, Any]

LISTENING, OPENED, REFUSED = "listening", "opened", "refused"
OPEN, END = "open", "end"

SECRET_HEADER = "X-NENSegmentation-Session"
"""Only the server knows what to say here, so nobody else on the machine gets past it to a session."""

_START_S = 120.0
_OPEN_S = 900.0
_END_S = 20.0


class CaseRefusedError(WebError):
    """A case that cannot be opened.

    Parameters
    ----------
    message : str
        The sentence.
    remedy : str or None
        Name of what the reader can say to settle it, as in `intake_choices.Choices`.
    """

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


class SessionProcess:
    """A process that shows one case to one browser; made by `start`.

    Attributes
    ----------
    port : int
        Where it listens, on 127.0.0.1.
    ended : asyncio.Task
        Done when the process is no more.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.port = 0
        self._answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Task[None] = tasks.begin(self._listen(), "the answers of a session")

    @classmethod
    async def start(cls, module: str, request: Event, folder: Path) -> SessionProcess:
        """Start a process, and wait until it listens.

        Parameters
        ----------
        module : str
            Of Python, run as a program.
        request : dict
            What it is to show.
        folder : Path
            Where it writes what lasts no longer than it; private, and removed after it.

        Raises
        ------
        WebError
            What the process says is wrong, or that it ended.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=surroundings({"TMPDIR": str(folder)}),
            start_new_session=True,
        )
        started = cls(process)
        try:
            event = await started._ask(request, LISTENING, _START_S)
        except BaseException:
            started.kill()
            await asyncio.shield(started.ended)
            raise
        started.port = int(event["port"])
        return started

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def open(self, case: Event) -> None:
        """Open another case in it.

        Parameters
        ----------
        case : dict
            With ``case``, ``ct`` and ``choices``.

        Raises
        ------
        CaseRefusedError
            Why it cannot be opened.
        """
        request = {"do": OPEN, **case}
        await self._ask(request, OPENED, _OPEN_S)

    async def end(self) -> None:
        """Let it save and end; one that does not is killed."""
        self._write({"do": END})
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(asyncio.TimeoutError, TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.ended), _END_S)
        self.kill()
        await self.ended

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        if self.ended.done():
            # Its number may be that of another by now.
            return
        end_group(self._process.pid)

    async def _ask(self, request: Event, wanted: str, wait_s: float) -> Event:
        self._answer = asyncio.get_running_loop().create_future()
        self._write(request)
        try:
            event = await asyncio.wait_for(self._answer, wait_s)
        except (asyncio.TimeoutError, TimeoutError) as error:
            message = f"the process of the case did not answer within {wait_s:.0f} s. Open the case again."
            raise WebError(message) from error
        if event.get("event") != wanted:
            sentence = str(event.get("message", "the process of the case did something else. Open it again."))
            raise CaseRefusedError(sentence, event.get("remedy"))
        return event

    def _write(self, line: Event) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self._process.stdin.write(json.dumps(line).encode() + b"\n")

    async def _line(self) -> bytes:
        try:
            return await self._process.stdout.readline()
        except ValueError:
            # Longer than any answer: left out, as what is no JSON is.
            return b"\n"

    async def _listen(self) -> None:
        while line := await self._line():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if isinstance(event, dict) and not self._answer.done():
                    self._answer.set_result(event)
        await self._process.wait()
        # What it started must not outlive it.
        self.kill()
        if not self._answer.done():
            message = "the process of the case ended by itself. What was done is saved; open the case again."
            self._answer.set_result({"event": "ended", "message": message})
