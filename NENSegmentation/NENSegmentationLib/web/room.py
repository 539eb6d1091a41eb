"""What every section of the page works with: the state that the browser shows, and the case."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from trame_server import Server

from ..core.errors import NENSegmentationError
from ..scene.session import CorrectionSession
from . import tasks
from .errors import WebError
from .reading import BrowserReading
from .views import ReadingViews

_LOOK_S = 0.05
_FAULT = "The server made an error, which is in its log. Everything done until then is saved; reload the page."


class Room:
    """The state of the page, and the way from the browser to the methods of its sections.

    Parameters
    ----------
    server : Server
        Of trame.
    views : ReadingViews
        The views of the page.
    reading : BrowserReading
        Holds the case.

    Attributes
    ----------
    state : State
        What the browser shows; ``message`` is the sentence of the last error, and ``busy`` says what is being done
        while nothing else can be.
    """

    def __init__(self, server: Server, views: ReadingViews, reading: BrowserReading) -> None:
        self.server, self.views, self.reading = server, views, reading
        self.state = server.state
        self.state.update({"message": "", "busy": ""})
        self._tasks: set[asyncio.Task] = set()
        views.input.connect(self._on_view_input)

    @property
    def session(self) -> CorrectionSession:
        """The session of the case that is open; see `BrowserReading.open_session`."""
        return self.reading.open_session

    def on(self, name: str, action: Callable[..., Any], *, in_study: bool = True) -> None:
        """Let the browser call an action by its name; it is input of the reader, and its errors are shown.

        Parameters
        ----------
        name : str
            As ``trigger('name')`` in the page.
        action : callable
            A function, or a coroutine function, which is then done beside the loop of the server.
        in_study : bool
            Whether it may be done in a reader study, whose cases and first lesions are those of its plan.
        """

        def called(*arguments: object, **_options: object) -> object:
            if self.state.busy:
                return None
            with tasks.noted(f"the action {name} of the page"), self.told():
                self.note_input()
                if self.reading.is_study and not in_study:
                    message = "a study is being read here: its cases and lesions are those of its plan. Go on with it."
                    raise WebError(message)
                done = action(*arguments)
                return self.begin(done) if inspect.isawaitable(done) else done
            return None

        self.server.trigger(name)(called)

    def show_tab(self, name: str) -> None:
        """Bring a section to the front, also where the page has just left it and nobody here knows yet."""
        self.state.tab = name
        self.state.dirty("tab")

    def note_input(self) -> None:
        """Let the timer know that the reader is there."""
        if self.reading.session is not None:
            self.reading.session.timer.activity()

    def begin(self, work: Awaitable[object]) -> None:
        """Do what takes its time while the server goes on; an error in it is shown."""

        async def done() -> None:
            try:
                with self.told():
                    await work
            finally:
                self.state.flush()

        task = tasks.begin(done(), "what the reader asked for")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell_fault(self) -> None:
        """Say in the page that the server made an error."""
        self.state.message = _FAULT
        self.state.flush()

    async def until_idle(self) -> None:
        """Wait until nothing is being done that lets nothing else be done."""
        while self.state.busy:
            await asyncio.sleep(_LOOK_S)

    def _on_view_input(self) -> None:
        # An error that is shown stays there while the pointer moves.
        try:
            self.note_input()
        except NENSegmentationError as error:
            self.state.message = sentence(error)

    @contextmanager
    def told(self, key: str = "message") -> Iterator[None]:
        """Show the sentence of an error in the page; any other error is shown as what it is, and goes on to the log.

        Parameters
        ----------
        key : str
            Of the state that holds the sentence; emptied first.
        """
        self.state[key] = ""
        try:
            yield
        except NENSegmentationError as error:
            self.state[key] = sentence(error)
        except Exception:
            self.state[key] = _FAULT
            raise

    @contextmanager
    def busy(self, words: str) -> Iterator[None]:
        """Let nothing else be done meanwhile, and say so in the page."""
        self.state.busy = words
        self.state.flush()
        try:
            yield
        finally:
            self.state.busy = ""


def sentence(error: BaseException) -> str:
    """Return what an error says, as a sentence."""
    text = str(error)
    return text[:1].upper() + text[1:]


def number(value: object, what: str) -> float:
    """Return a number that the page sent.

    Parameters
    ----------
    value : object
        A number, or the text of a field.
    what : str
        What it is, for the sentence.

    Raises
    ------
    WebError
        If it is none.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        message = f"{what} is {value!r}, which is no number. Type one."
        raise WebError(message)
    return found
