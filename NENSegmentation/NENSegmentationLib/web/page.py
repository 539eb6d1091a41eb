"""The page of the browser reader: its sections, its keys, and its template."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from trame.widgets import html
from trame_server import Server
from trame_vuetify.ui.vuetify3 import VAppLayout

from .. import __version__
from . import tasks
from .case_section import CaseSection
from .click_section import ClickSection
from .display_section import DisplaySection
from .ensemble_section import EnsembleSection
from .errors import WebError
from .intake_choices import Choices
from .reading import BrowserReading
from .reference_section import ReferenceSection
from .results_section import ResultsSection
from .review_section import ReviewSection
from .room import Room
from .stream import happens
from .study_section import StudySection
from .time_section import TimeSection
from .views import ReadingViews

_ASSETS = Path(__file__).with_name("assets")
_SERVED = f"__nenseg_{__version__}"
_MODELS, _SAMPLE = "models", "digital-patient"
# A page that is not there by then is opened later, and finds its case.
_PAGE_COMES_S = 2.0
_PARTS = ("bar.html", "panel.html", "views.html", "dialogs.html")


class ReaderPage:
    """The reading room in the browser.

    Parameters
    ----------
    server : Server
        Of trame, not yet started.
    request : dict
        What is to be shown: ``case`` and ``ct`` (paths or None) with ``choices`` as `Choices.read` takes them, or
        ``study`` (path or None) with ``reader``; ``journals``, the folder of the journals; and ``is_shared``, whether
        the server has several users, who begin without the digital patient.

    Raises
    ------
    NENSegmentationError
        If the study cannot be opened.
    """

    def __init__(self, server: Server, request: dict[str, Any]) -> None:
        self._views = ReadingViews()
        self._reading = BrowserReading(Path(request["journals"]), self._views)
        self._room = Room(server, self._views, self._reading)
        self._tasks: list[asyncio.Task] = []
        self._make_sections(request)
        self._add_keys()
        self._build(server)
        server.controller.on_server_ready.add(self._start)
        case, ct = request.get("case"), request.get("ct")
        # Two users of one server would want the same journal of the digital patient.
        self._is_shared = bool(request.get("is_shared"))
        choices = Choices.read(request.get("choices") or {})
        self._first = None if case is None else (Path(case), None if ct is None else Path(ct), choices)

    async def open(self, path: Path, ct: Path | None = None, choices: Choices | None = None) -> None:
        """Open another case; see `BrowserReading.open`."""
        if self._study.study is not None:
            message = "a study is being read here, and its cases are those of its plan. Nothing was opened."
            raise WebError(message)
        await self._case.open(path, ct, choices)

    def close(self) -> None:
        """Save everything, and let go of it."""
        for task in self._tasks:
            task.cancel()
        try:
            self._study.close()
            self._reading.close()
        finally:
            self._results.close()
            self._views.close()

    def _make_sections(self, request: dict[str, Any]) -> None:
        room, data = self._room, Path(request["journals"]).parent
        room.state.update({"tab": "case", "dark": True, "help_shown": False, "version": __version__})
        self._case = CaseSection(room, data / _SAMPLE)
        self._display = DisplaySection(room)
        self._clicks = ClickSection(room)
        self._reference = ReferenceSection(room, self._clicks.place)
        self._ensemble = EnsembleSection(room, data / _MODELS)
        self._review = ReviewSection(room, self._clicks)
        self._time = TimeSection(room)
        self._results = ResultsSection(room)
        study = request.get("study")
        self._study = StudySection(room, None if study is None else Path(study), request.get("reader") or "")

    def _add_keys(self) -> None:
        review, clicks, state = self._review, self._clicks, self._room.state
        keys: dict[str, Callable[[], object]] = {
            "n": review.next,
            "p": review.previous,
            "k": review.keep,
            "d": review.delete,
            "s": review.split,
            "m": review.merge,
            "f2": review.begin_rename,
            "r": review.reject_suggested,
            "u": review.doubtful_first,
            "ctrl+z": review.undo,
            "ctrl+y": review.redo,
            "a": lambda: clicks.toggle("add"),
            "x": lambda: clicks.toggle("delete"),
            "e": lambda: clicks.toggle("erase"),
            "b": lambda: clicks.toggle("paint"),
            "[": lambda: clicks.resize_brush(-1),
            "]": lambda: clicks.resize_brush(1),
            "l": review.lowest,
            "v": self._display.toggle_lesions,
            "escape": clicks.stop,
            " ": self._study.go_on if state.is_study else self._time.pause,
            "ctrl+enter": self._study.done if state.is_study else self._time.done,
        }
        if state.is_study:
            keys.update({str(rating): self._rating(rating) for rating in state.ratings})

        def press(key: str) -> None:
            if key == "?":
                state.help_shown = not state.help_shown
            elif self._reading.session is not None or state.is_study:
                keys.get(str(key), lambda: None)()

        self._room.on("key", press)

    def _rating(self, rating: int) -> Callable[[], object]:
        return lambda: self._study.rate(rating)

    def _build(self, server: Server) -> None:
        server.enable_module(
            {
                "serve": {_SERVED: str(_ASSETS)},
                "scripts": [f"{_SERVED}/view.js", f"{_SERVED}/keys.js"],
                "styles": [f"{_SERVED}/page.css"],
                "vue_use": ["nensegViews"],
            }
        )
        server.add_protocol_to_configure(lambda root: root.registerLinkProtocol(self._views.protocol))
        # One language for all: the name of the page says nothing of who is in it.
        server.state.trame__title = "NENSegmentation"
        with VAppLayout(server, theme=("dark ? 'dark' : 'light'",)) as layout:
            html.Div("".join((_ASSETS / part).read_text("utf-8") for part in _PARTS), classes="room")
        self._layout = layout

    def _start(self, **_state: object) -> None:
        tell = self._room.tell_fault
        self._tasks = [
            *self._views.start(tell),
            tasks.keep(self._time.run, "the time of the case", tell),
            tasks.keep(self._study.run, "the course of the study", tell),
        ]
        if self._first is not None:
            self._room.state.opening = True
            self._room.begin(self._open_first(*self._first))
        elif self._study.study is None and not self._is_shared:
            self._room.begin(self._case.open_sample())

    async def _open_first(self, path: Path, ct: Path | None, choices: Choices) -> None:
        """Open the case of the request when the page is there, which comes late where both come at once."""
        await happens(self._views.page_came, _PAGE_COMES_S)
        await self._case.open(path, ct, choices)
