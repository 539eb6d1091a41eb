"""One session, the tab that has it, and why it may lose it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from aiohttp import web

from .sessions_process import SessionProcess

_LONGEST_REASON = 123


class Why(Enum):
    """Why a session is no longer there; the code with which its web socket closes, and the sentence."""

    TAKEN = 4001, "the case is open in another tab or browser now, and goes on there. Everything is saved."
    DIED = 4002, "the process that showed this case ended by itself. Everything done until then is saved."
    IDLE = 4003, "the case was not used for a while, so it was saved and closed."
    IDLE_UPLOAD = (
        4003,
        "the case was not used for a while, so it was saved and closed, and the images that were uploaded are gone. "
        "Upload them again: it goes on where it was left.",
    )
    STOPPED = 4004, "the server was stopped. Everything is saved."

    def __init__(self, code: int, sentence: str) -> None:
        self.code, self.sentence = code, sentence

    @property
    def reason(self) -> bytes:
        """As much of the sentence as the frame that closes a web socket can hold; the page says all of it."""
        return self.sentence.encode()[:_LONGEST_REASON]


@dataclass
class Line:
    """The web socket of a tab.

    Attributes
    ----------
    socket : WebSocketResponse
        To the browser.
    why : Why
        Why it is closed, where the browser did not do it.
    cut : Event
        Set when it has to be closed.
    """

    socket: web.WebSocketResponse
    why: Why = Why.DIED
    cut: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Session:
    """One case in front of one reader.

    Attributes
    ----------
    process : SessionProcess
        Shows it.
    secret : str
        With which the server speaks to the process.
    socket_secret : str
        With which the page does.
    folder : Path
        What was uploaded for it, and what its process writes for a while; gone when the session ends.
    page : str
        The tab that has it now: the last one that came.
    lines : list of Line
        Of that tab.
    input_at : float
        When the reader last did something.
    uploading : bool
        Whether something is uploaded or opened now.
    """

    process: SessionProcess
    secret: str
    socket_secret: str
    folder: Path
    input_at: float
    page: str = ""
    lines: list[Line] = field(default_factory=list)
    uploading: bool = False

    def take(self) -> str:
        """Give the session to a new tab; the one that had it is told.

        Returns
        -------
        str
            What the new tab calls itself.
        """
        self.page = secrets.token_hex(16)
        self.leave(Why.TAKEN)
        return self.page

    def leave(self, why: Why) -> None:
        """Close the web sockets, and say why."""
        lines, self.lines = self.lines, []
        for line in lines:
            line.why = why
            line.cut.set()
