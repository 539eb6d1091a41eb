"""From an upload to the case of a session."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from pathlib import Path

from aiohttp import web

from .errors import WebError
from .intake_choices import Choices
from .intake_limits import Limits
from .sessions import Sessions
from .sessions_process import CaseRefusedError, Event
from .sessions_tabs import Session

_NAME = "upload"
TakeIn = Callable[[web.Request, str, Session], Awaitable[None]]


class ServedIntake:
    """Takes uploads, opens the case in them, and removes what is not wanted.

    Parameters
    ----------
    sessions : Sessions
        Show the cases.
    limits : Limits
        Of one upload.
    """

    def __init__(self, sessions: Sessions, limits: Limits) -> None:
        self._sessions, self._limits = sessions, limits
        self._waiting: dict[Path, Event] = {}
        self._current: dict[str, Path] = {}

    async def upload(self, request: web.Request, seat: str, session: Session) -> None:
        """Take an upload, and open the case in it.

        What was uploaded before goes; so does this if it is refused, unless the reader can say what it lacks.

        Parameters
        ----------
        request : aiohttp.web.Request
            As `intake_stream.receive` takes it.
        seat, session : str, Session
            Whose it is.

        Raises
        ------
        WebError
            What is wrong with it.
        """
        # What reads images takes a second to import; the first page is to be there before.
        from .intake import Upload
        from .intake_stream import receive

        folder = Path(tempfile.mkdtemp(dir=session.folder))
        try:
            # What messages call the case.
            (folder / _NAME).mkdir()
            upload = Upload(folder / _NAME, self._limits)
            await receive(request, upload)
            given = await asyncio.to_thread(upload.case)
        except BaseException:
            await _remove(folder)
            raise
        case = {"case": str(given.path), "ct": None if given.ct is None else str(given.ct), "choices": {}}
        await self._open(seat, session, folder, case)

    async def choose(self, request: web.Request, seat: str, session: Session) -> None:
        """Open the upload that waits for a word of the reader.

        Parameters
        ----------
        request : aiohttp.web.Request
            JSON, as `Choices.read` takes it.
        seat, session : str, Session
            Whose it is.

        Raises
        ------
        WebError
            What is wrong with it, or that nothing waits.
        """
        folder = next((one for one in self._waiting if one.parent == session.folder and one.is_dir()), None)
        if folder is None:
            message = "no upload waits for a choice. Upload the case again."
            raise WebError(message)
        try:
            given = await request.json()
        except (JSONDecodeError, UnicodeDecodeError):
            given = None
        choices = Choices.read(given)
        earlier = self._waiting[folder]
        await self._open(seat, session, folder, {**earlier, "choices": {**earlier["choices"], **_said(choices)}})

    async def _open(self, seat: str, session: Session, folder: Path, case: Event) -> None:
        for other in [one for one in self._waiting if one.parent == session.folder and one != folder]:
            del self._waiting[other]
            await _remove(other)
        self._waiting.pop(folder, None)
        try:
            await self._sessions.open(seat, case)
        except BaseException as error:
            if isinstance(error, CaseRefusedError) and error.remedy is not None:
                self._waiting[folder] = case
            else:
                await _remove(folder)
            raise
        before = self._current.get(seat)
        self._current[seat] = folder
        if before not in (None, folder):
            await _remove(before)


def _said(choices: Choices) -> dict[str, str]:
    return {name: value for name, value in choices.as_json().items() if value is not None}


async def _remove(folder: Path) -> None:
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
