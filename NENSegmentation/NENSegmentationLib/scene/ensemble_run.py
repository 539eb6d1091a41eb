"""The AI ensemble at work on the case of a session, for any interface.

An interface chooses a folder among `ensemble.models.available_models`, then::

    run = EnsembleRun(session, read_model(folder), device="auto", mode=Mode.FAST)
    while not run.poll():           # from its own loop: QTimer, asyncio; never waits, raises EnsembleError
        show(run.done, run.total, run.progress, run.log)
    if not session.is_corrected or reader_agrees_to_lose_the_corrections():
        run.take_over()             # the session's lesions, in the journal; session.segmented is emitted
    show(run.warnings)

`cancel` ends it at any moment, and so does the session when it closes. The time of the reading stands still while the
reader waits; an edit or any other input, noticed by `poll`, shows that the reader reads on, and the time runs again.
One run a session: ask `is_running` before another is begun.
"""

from __future__ import annotations

import math
from contextlib import suppress

import SimpleITK as sitk

from ..ensemble.channels import CT
from ..ensemble.device import AUTO
from ..ensemble.inference import Prediction
from ..ensemble.model import Model
from ..ensemble.models import proposed_by
from ..ensemble.postprocessing import postprocessing_of
from ..ensemble.predictor import RunningPrediction
from ..ensemble.result import ensemble_result
from ..ensemble.windows import Mode
from ..study.durations import State
from ..study.errors import StudyError
from ..study.timer import Reason
from .errors import SceneError
from .session import CorrectionSession
from .volumes import image_from_node

_MINUTE_S = 60.0

# So long after the start the pointer is still on its way from the button, which is no reading.
_SETTLED_AFTER_S = 3.0


class EnsembleRun:
    """A prediction of the case that is open in a session.

    Parameters
    ----------
    session : CorrectionSession
        Gets the lesions by `take_over`.
    model : Model
        The ensemble.
    mode, device, mirroring
        As for `RunningPrediction`.

    Attributes
    ----------
    session : CorrectionSession
    model : Model

    Raises
    ------
    EnsembleError
        As `RunningPrediction`: what it needs is not installed, there is no CT and the model wants one. As
        `postprocessing_of`.
    SceneError
        If the CT node cannot be read.
    """

    def __init__(
        self,
        session: CorrectionSession,
        model: Model,
        *,
        mode: Mode = Mode.FAST,
        device: str = AUTO,
        mirroring: bool | None = None,
    ) -> None:
        self.session, self.model = session, model
        self._processing = postprocessing_of(model)
        self._found: Prediction | None = None
        self._running = RunningPrediction(
            model, session.pet, _ct(session, model), mode=mode, device=device, mirroring=mirroring
        )
        self.is_running, self._waits = True, False
        self._began_ns = session.journal.clock.elapsed_ns()
        session.closing.connect(self.cancel)
        session.edited.connect(self._on_edited)
        try:
            if session.timer.state in (State.ACTIVE, State.IDLE):
                session.timer.pause(Reason.INFERENCE)
                self._waits = True
        except StudyError:
            self.cancel()
            raise

    @property
    def done(self) -> int:
        """Windows that are done, of all folds."""
        return self._running.done

    @property
    def total(self) -> int:
        """Windows of all folds; 0 until the first is done."""
        return self._running.total

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None until that is known."""
        return self._running.seconds_left

    @property
    def progress(self) -> str:
        """How far it is, in words: the windows with the time left, or what the process said last, where none is due."""
        is_counted = self.done < self.total or not self.log
        return _progress(self.done, self.total, self.seconds_left) if is_counted else self.log[-1]

    @property
    def log(self) -> tuple[str, ...]:
        """What the process said."""
        return tuple(self._running.log)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader has to know of the result: which model found it, and how it was computed."""
        return (proposed_by(self.model), *self._running.warnings)

    def poll(self) -> bool:
        """Take in what the process said since the last call, without waiting.

        Returns
        -------
        bool
            Whether the lesions are found and `take_over` can be called.

        Raises
        ------
        EnsembleError
            What went wrong; the run is over then, and the session as it was.
        StudyError
            If the journal cannot take that the reader reads on; the run is over then, too.
        """
        if self.is_running:
            try:
                if self._waits and self._reads_on():
                    self._let_time_run()
                self._found = self._running.poll()
            except BaseException:
                self.cancel()
                raise
            if self._found is not None:
                self._end()
        return self._found is not None

    def take_over(self) -> None:
        """Make the result the lesions of the session; earlier lesions and edits are replaced.

        Raises
        ------
        SceneError
            If nothing was found yet, or the session was closed.
        StudyError
            If the journal cannot take it; the session is as it was, and it can be tried again.
        """
        if self._found is None:
            message = "there is no result of the ensemble to take over. Run it first."
            raise SceneError(message)
        found = ensemble_result(self.model, self._running, self._found, self.session.pet, self._processing)
        self.session.take_over(found.lesion_map, found.warnings, ensemble=found.provenance)
        self._found = None

    def cancel(self) -> None:
        """End the process with all that it started, and forget what was found; again and again if you like."""
        self._found = None
        self._end()

    def _end(self) -> None:
        if not self.is_running:
            return
        self.is_running = False
        self.session.closing.disconnect(self.cancel)
        self.session.edited.disconnect(self._on_edited)
        self._running.cancel()
        # What ends it is to be heard, and not that the journal cannot be written.
        with suppress(StudyError):
            self._let_time_run()

    def _on_edited(self, _edit: object) -> None:
        self._let_time_run()

    def _reads_on(self) -> bool:
        """Tell whether the reader has done anything in the case since the run began."""
        lasts_s = (self.session.journal.clock.elapsed_ns() - self._began_ns) / 1e9
        return self.session.timer.since_input_s < lasts_s - _SETTLED_AFTER_S

    def _let_time_run(self) -> None:
        """End the pause that this run began, and no pause of the reader's own."""
        self._waits = False
        if self.session.timer.paused_for is Reason.INFERENCE:
            self.session.timer.resume()


def _progress(done: int, total: int, seconds_left: float | None) -> str:
    if not total:
        return "It starts ..."
    windows = f"{done} of {total} windows"
    if seconds_left is None:
        return windows
    if seconds_left < _MINUTE_S:
        return f"{windows}, about {max(1, round(seconds_left))} s left"
    return f"{windows}, about {math.ceil(seconds_left / _MINUTE_S)} min left"


def _ct(session: CorrectionSession, model: Model) -> sitk.Image | None:
    return image_from_node(session.ct_node) if CT in model.channels and session.ct_node is not None else None
