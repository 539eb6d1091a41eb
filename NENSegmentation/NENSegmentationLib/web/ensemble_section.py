"""The section AI ensemble: a model proposes the lesions, while the reader works on."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..core.errors import NENSegmentationError
from ..ensemble.model import read_model
from ..ensemble.models import AvailableModel, available_models
from ..scene.ensemble_run import EnsembleRun
from .errors import WebError
from .room import Room, sentence

_STEP_S = 0.3


class EnsembleSection:
    """Runs the chosen model on the case, shows how far it is, and takes its lesions over.

    Parameters
    ----------
    room : Room
        Of the page.
    models : Path
        Folder of the models that were imported on this server.
    """

    def __init__(self, room: Room, models: Path) -> None:
        self._room = room
        self._models = available_models(models)
        self._run: EnsembleRun | None = None
        # Of the run that is under way, also while its model is still being read.
        self._started: object | None = None
        self._answer: asyncio.Future[bool] | None = None
        room.state.update(
            {
                "models": [model.said for model in self._models],
                "model": 0,
                "ensemble_running": False,
                "ensemble_progress": -1,
                "ensemble_words": "",
                "ensemble_asked": False,
                "ensemble_told": [],
            }
        )
        room.on("model", self._choose)
        room.on("ensemble_run", self._start, in_study=False)
        room.on("ensemble_cancel", self._cancel)
        room.on("ensemble_replace", self._take_answer)
        room.views.leaving.connect(self._forget)
        self._choose(0)

    def _choose(self, index: object) -> None:
        self._room.state.model = int(index) if str(index).isdigit() and int(index) < len(self._models) else 0
        model = self._chosen()
        self._room.state.model_card = model.described() if model is not None else []

    def _chosen(self) -> AvailableModel | None:
        return self._models[self._room.state.model] if self._models else None

    async def _start(self) -> None:
        if self._started is not None:
            message = "the ensemble is running already. Wait, or cancel it."
            raise WebError(message)
        session, model = self._room.session, self._chosen()
        if model is None:
            message = (
                "there is no model. Import one with nenseg model import ZIP --out models/NAME in the folder of the "
                "data of this server, and open the page again."
            )
            raise WebError(message)
        state = self._room.state
        started = self._started = object()
        state.update({"ensemble_told": [], "ensemble_running": True, "ensemble_progress": -1})
        state.ensemble_words = "The networks are loaded \u2026"
        state.flush()
        try:
            read = await asyncio.to_thread(read_model, model.folder)
            # Reading takes seconds: it may have been cancelled meanwhile, or the case closed.
            if self._started is started and self._room.reading.session is session:
                self._run = EnsembleRun(session, read)
                await self._follow(self._run)
        finally:
            # Another run may be under way by now, and goes on.
            if self._started is started:
                self._forget()
            state.flush()

    async def _follow(self, run: EnsembleRun) -> None:
        """Show how far a run is until it has a result, and take that over if the reader agrees."""
        state = self._room.state
        while not run.poll():
            if self._run is not run:
                return
            state.ensemble_progress = round(100 * run.done / run.total) if run.total else -1
            state.ensemble_words = run.progress
            state.flush()
            await asyncio.sleep(_STEP_S)
        await self._room.until_idle()
        if self._run is not run:
            return
        if run.session.is_corrected and not await self._is_confirmed():
            if self._run is run:
                state.ensemble_told = ["The result of the ensemble was left out: the lesions are as they were."]
            return
        # The results may be being written: they are to be of the lesions that were there before.
        await self._room.until_idle()
        if self._run is run:
            run.take_over()
            state.ensemble_told = [f"Lesions found: {len(run.session.lesion_map.lesions)}.", *run.warnings]

    async def _is_confirmed(self) -> bool:
        self._answer = asyncio.get_running_loop().create_future()
        self._room.state.ensemble_asked = True
        self._room.state.flush()
        try:
            return await self._answer
        finally:
            self._answer = None
            self._room.state.ensemble_asked = False

    def _take_answer(self, replace: object) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(replace is True)

    def _cancel(self) -> None:
        if self._started is not None:
            self._forget()
            self._room.state.ensemble_told = ["Cancelled: the lesions are as they were."]

    def _forget(self) -> None:
        run, self._run = self._run, None
        self._started = None
        self._take_answer(False)
        if run is not None:
            try:
                run.cancel()
            except NENSegmentationError as error:
                self._room.state.message = sentence(error)
        self._room.state.ensemble_running = False
