"""The sessions of the server: one process each, apart from each other, saved and ended when nobody is there."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import tasks
from .errors import WebError
from .sessions_process import Event, SessionProcess
from .sessions_tabs import Session, Why

_log = logging.getLogger(__name__)

_MOST_LOOKS_S = 10.0


@dataclass(frozen=True)
class Conditions:
    """What the sessions are for, and how many and how long there may be.

    Attributes
    ----------
    request : dict
        For each process: what to show, and where the data lie.
    uploads : Path
        Private folder for what is uploaded; a folder in it for each session.
    module : str
        Of Python, run as the process of a session.
    most : int
        Sessions at once.
    idle_s : float
        Seconds without input after which a session is saved and ended.
    clock : callable
        Seconds, never going back.
    """

    request: dict[str, Any]
    uploads: Path
    module: str
    most: int = 8
    idle_s: float = 3600.0
    clock: Callable[[], float] = time.monotonic


class Sessions:
    """All sessions, by the seat whose they are.

    Parameters
    ----------
    conditions : Conditions
        What they are for.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._sessions: dict[str, Session] = {}
        self._opened: dict[str, Event] = {}
        self._gone: dict[str, Why] = {}
        self._left: dict[str, tuple[Path, float]] = {}
        self._starting: dict[str, asyncio.Task[Session]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._watchers: set[asyncio.Task[None]] = set()

    def found(self, seat: str) -> Session | None:
        """Return the session of a seat, if it is there."""
        return self._sessions.get(seat)

    def gone(self, seat: str) -> Why | None:
        """Return why the session of a seat ended, until it is begun again."""
        return self._gone.get(seat)

    def forget_end(self, seat: str) -> None:
        """Let the session of a seat be begun again."""
        self._gone.pop(seat, None)

    async def running(self, seat: str, reader: str | None = None) -> Session:
        """Return the session of a seat; it is begun if it is not there.

        Parameters
        ----------
        seat : str
            Whose it is.
        reader : str, optional
            The reader of a study who has the seat.

        Raises
        ------
        WebError
            If there are too many, or the process cannot start.
        """
        if seat in self._sessions:
            return self._sessions[seat]
        if seat not in self._starting:
            if len(self._sessions) + len(self._starting) >= self._conditions.most:
                message = (
                    f"{self._conditions.most} cases are open on this server, which is all that it may have. Wait until "
                    "another reader has finished."
                )
                raise WebError(message)
            task = tasks.begin(self._start(seat, reader), "the start of a session")
            self._starting[seat] = task
            task.add_done_callback(lambda _: self._starting.pop(seat, None))
        # Whoever asked may go away; the others who wait for the same go on.
        return await asyncio.shield(self._starting[seat])

    async def open(self, seat: str, case: Event) -> None:
        """Open another case in a session; should its process die, it comes back with this one.

        Parameters
        ----------
        seat : str
            Of a session that runs.
        case : dict
            With ``case``, ``ct`` and ``choices``.

        Raises
        ------
        WebError
            Why it cannot be opened.
        """
        session = self._sessions.get(seat)
        if session is None:
            raise WebError(Why.DIED.sentence)
        await session.process.open(case)
        self._opened[seat] = case

    async def end(self, seat: str, why: Why) -> None:
        """Save and end the session of a seat; what was uploaded for it goes."""
        session = self._sessions.pop(seat, None)
        if session is None:
            return
        self._gone[seat] = why
        session.leave(why)
        async with self._alone(seat):
            await session.process.end()
            await self._remove(seat, session.folder)
        _log.info("a session ended: %s", why.name.lower())

    async def end_idle(self) -> None:
        """Save and end the sessions in which nobody did anything for too long.

        What was uploaded for one whose process died waits for its reader just as long.
        """
        now = self._conditions.clock()
        idle = [(seat, one) for seat, one in self._sessions.items() if now - one.input_at > self._conditions.idle_s]
        for seat, session in idle:
            if self._sessions.get(seat) is session and not session.uploading:
                await self.end(seat, Why.IDLE_UPLOAD if seat in self._opened else Why.IDLE)
        for seat, (folder, since) in tuple(self._left.items()):
            if now - since > self._conditions.idle_s:
                del self._left[seat]
                async with self._alone(seat):
                    await self._remove(seat, folder)

    async def watch(self) -> None:
        """Look for idle sessions until cancelled."""
        while True:
            await asyncio.sleep(min(self._conditions.idle_s / 4, _MOST_LOOKS_S))
            await self.end_idle()

    async def close(self) -> None:
        """Save and end all sessions, also those that are about to begin."""
        starting = tuple(self._starting.values())
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await asyncio.gather(*(self.end(seat, Why.STOPPED) for seat in tuple(self._sessions)))
        await asyncio.gather(*self._watchers, return_exceptions=True)

    def note_death(self, seat: str, session: Session) -> None:
        """Note that the process of a session does not answer any more; what is left of it is ended."""
        if self._sessions.get(seat) is not session:
            return
        session.process.kill()
        del self._sessions[seat]
        self._gone[seat] = Why.DIED
        self._left[seat] = (session.folder, self._conditions.clock())
        _log.warning("the process of a session ended by itself")
        session.leave(Why.DIED)

    def note_input(self, session: Session) -> None:
        """Note that the reader did something."""
        session.input_at = self._conditions.clock()

    def _alone(self, seat: str) -> asyncio.Lock:
        """Let one process of a seat end, and its folder go, before the next one begins."""
        return self._locks.setdefault(seat, asyncio.Lock())

    async def _remove(self, seat: str, folder: Path) -> None:
        self._opened.pop(seat, None)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _start(self, seat: str, reader: str | None) -> Session:
        async with self._alone(seat):
            session = await self._begun(seat, reader)
        self._sessions[seat] = session
        self._gone.pop(seat, None)
        watcher = tasks.begin(
            self._when_it_dies(seat, session), "the watch over a session", lambda: self.note_death(seat, session)
        )
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        _log.info("a session began; %d of %d", len(self._sessions), self._conditions.most)
        return session

    async def _begun(self, seat: str, reader: str | None) -> Session:
        self._left.pop(seat, None)
        folder = self._conditions.uploads / seat
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = secrets.token_urlsafe(32)
        socket_secret = secrets.token_urlsafe(32)
        request = {**self._conditions.request, "reader": reader, "secret": secret, "socket_secret": socket_secret}
        # Where the process died it comes back with the case that it had.
        request |= self._opened.get(seat, {})
        process = await SessionProcess.start(self._conditions.module, request, folder)
        return Session(process, secret, socket_secret, folder, self._conditions.clock())

    async def _when_it_dies(self, seat: str, session: Session) -> None:
        await asyncio.shield(session.process.ended)
        self.note_death(seat, session)
