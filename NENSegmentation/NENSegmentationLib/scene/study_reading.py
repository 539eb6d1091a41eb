"""A reader at work on a study: which case comes next, what it starts from, and what is kept of it.

The panel and the browser reader show what is said here and forward what the reader does; they keep nothing themselves::

    study = StudyReading.open(scene, Path("study.toml"), "reader-1")   # store=FILE or URL, results=FOLDER if elsewhere
    study.loaded.connect(show)           # with the CorrectionSession: show its case; the time runs when this returns
    study.leaving.connect(let_go)        # without arguments: the case is about to go from views and tables
    study.changed.connect(update)        # without arguments: phase, standing, rating or anything below is another
    study.told.connect(tell)             # with a sentence for the reader: a case was skipped, say
    study.go_on()                        # the next case
    while study.phase is Phase.LOADING:  # by a timer, about ten times a second; `progress` is (done, total)
        study.poll()
    study.tick()                         # about once a second: idleness, and a sign of life for the store
    study.rate(2, "one false positive")  # as often as the reader likes
    study.take_break(); study.go_on()    # in the middle of a case: images hidden, edits refused, no time
    study.done()                         # saves, and goes on with the next case; done(then_break=True) waits for go_on
    study.leave()                        # put the case away as it is; `go_on` brings it back
    study.close()                        # at the end

Corrections go through ``study.session`` as in any case, and are in the store when they are shown; an interface calls
``study.session.timer.activity()`` at any input, as always. Every call may raise a `NENSegmentationError` whose sentence
is for the reader; the study is then where it was, and the call can be made again.

What may be shown: `title`, `reader`, `case` (the code name), `arm` (None where the plan hides it), `period`, `block`,
`is_training`, `standing` (planned, done), `times` (None where the plan hides them), `rating`, `comment`,
`needs_rating`, `washout_until`, `skipped`, `skip_reasons`, `unsent`, `warnings`, `image_warnings`; see `study_words`.
Where `is_arm_hidden`, lesions only as `study_blinding.blinded` gives them, and nothing else that tells how they
were found: ``session.method``, ``session.given_warnings``, the region and its threshold. Never the export of a case.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import slicer

from ..core.errors import NENSegmentationError
from ..core.rating import RATINGS
from ..ensemble.errors import EnsembleError
from ..study.clock import Clock
from ..study.errors import PredictionError, StudyError
from ..study.order import Assignment
from ..study.result_files import result_folder
from ..study.skipping import skip_sentence
from .signal import Signal
from .study_case import CaseError, Prepare, PreparedInProcess, ReadAhead
from .study_open_case import OpenCase
from .study_opening import OpenedStudy, open_study
from .study_saving import save_log
from .study_shown import Phase, ShownReading

__all__ = ["Phase", "StudyReading"]

_log = logging.getLogger(__name__)


class StudyReading(ShownReading):
    """The readings of one reader, one after the other; made by `StudyReading.open`.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    study : OpenedStudy
        The study.
    prepare : callable
        Begins to read the images of a case.

    Attributes
    ----------
    washout_until : datetime or None
        When the next case may be read (UTC), in the phase WASHOUT.
    loaded, leaving, changed, told : Signal
        See above.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, study: OpenedStudy, prepare: Prepare) -> None:
        super().__init__(study)
        self._scene = scene
        self._ahead = ReadAhead(prepare)
        self.washout_until: datetime | None = None
        self.loaded, self.leaving, self.changed, self.told = Signal(), Signal(), Signal(), Signal()
        self._rest()

    @classmethod
    def open(
        cls,
        scene: slicer.vtkMRMLScene,
        plan: Path,
        reader: str,
        *,
        store: Path | str | None = None,
        results: Path | None = None,
        clock: Clock | None = None,
        prepare: Prepare = PreparedInProcess,
        progress: Callable[[int, int], None] | None = None,
    ) -> StudyReading:
        """Open a study for a reader; before its first case, everything that can be checked is checked.

        Parameters
        ----------
        scene : vtkMRMLScene
            Slicer's, or one made by `headless_scene`.
        plan : Path
            The file of the plan.
        reader : str
            Code name, of the plan.
        store : Path or str, optional
            File or URL of the store; beside the plan if not given.
        results : Path, optional
            Folder of the saved results; beside the plan if not given.
        clock : Clock, optional
            The system's if not given.
        prepare : callable
            Begins to read the images of a case.
        progress : callable, optional
            Called with the cases checked and the cases in all.

        Returns
        -------
        StudyReading
            In the phase WAITING, or FINISHED if nothing is left.

        Raises
        ------
        StudyError
            If the plan has a fault or does not know the reader, a model cannot be used, or the store cannot: it is of
            another study, locked, read-only, damaged, or a session of this reader runs already.
        """
        study = open_study(plan, reader, store=store, results=results, clock=clock, progress=progress)
        try:
            return cls(scene, study, prepare)
        except BaseException:
            study.store.close()
            raise

    def go_on(self) -> None:
        """End the break, or begin to load the next case.

        Raises
        ------
        NENSegmentationError
            If the store cannot be used, or the process that reads images not be started.
        """
        if self.phase is Phase.BREAK:
            self._open.go_on()
            self.changed.emit()
        elif self._phase in (Phase.WAITING, Phase.WASHOUT) and self._open is None:
            try:
                self._load_next()
            finally:
                self.changed.emit()

    def poll(self) -> None:
        """Go on with the loading, and show the case when it is there; without a wait, but for a look at the images.

        Raises
        ------
        EnsembleError, SceneError, StudyError
            If the ensemble, the process that reads images or the store failed. The case is put away; `go_on` tries
            again. Where the arm is hidden, what the ensemble says is in the log only.
        """
        if self.phase is not Phase.LOADING:
            return
        try:
            if self._open is None:
                self._open = self._opened()
            if self._open is not None and self._open.poll():
                self._show()
        except CaseError as error:
            self._skip(error)
        except BaseException as error:
            # What was being read may be what failed.
            case = self.case
            self._ahead.cancel()
            self.leave()
            if isinstance(error, (EnsembleError, PredictionError)) and self.is_arm_hidden:
                # Its own sentence tells the arm, by the word or by the folder.
                _log.error("case %s could not be opened: %s", case, error)
                message = f"{case} cannot be opened now. Tell whoever runs the study: the log says why."
                raise EnsembleError(message) from None
            raise

    def tick(self) -> None:
        """Let the timer notice what time it is.

        Raises
        ------
        JournalError
            If the store cannot be used, or another session of this reader took over.
        """
        if self.session is not None:
            self.session.timer.tick()

    def rate(self, rating: int, comment: str | None = None) -> None:
        """Rate what the reader was given (`core.rating.RATINGS`); the last rating counts.

        Parameters
        ----------
        rating : int
            1 to 5.
        comment : str, optional
            As before if not given.

        Raises
        ------
        StudyError
            If it is no rating, no case is being read, or the store cannot be used.
        """
        self._require_reading()
        if rating not in RATINGS:
            message = f"{rating} is no rating. Give a whole number from {min(RATINGS)} to {max(RATINGS)}."
            raise StudyError(message)
        self._open.rate(rating, self.comment if comment is None else comment.strip())
        self.changed.emit()

    def take_break(self) -> None:
        """Let the time stand still: the images are hidden and no edit is taken until `go_on`.

        Raises
        ------
        StudyError
            If no case is being read, or the store cannot be used.
        """
        self._require_reading()
        self._open.take_break()
        self.changed.emit()

    def done(self, *, then_break: bool = False) -> None:
        """Save the result, and go on to the next case.

        Parameters
        ----------
        then_break : bool
            Whether the reader wants a break first.

        Raises
        ------
        StudyError
            If no case is being read, it is not rated, or the store cannot be used.
        OutputError
            If the result cannot be written; the case is not done then, and stays on the screen.
        """
        self._require_reading()
        if self.needs_rating and self.rating is None:
            message = "the case is not rated yet. Rate from 1 to 5 what you were given to start from."
            raise StudyError(message)
        one = self._one
        folder = result_folder(self._study.results, reader=one.reader, position=one.position, case=one.case)
        self._open.finish(folder)
        try:
            save_log(self._open.session, folder)
        except NENSegmentationError as error:
            # The case is done and saved, and the store holds the log.
            self.told.emit(str(error))
        self._turns.done(one)
        try:
            self._put_away()
            if then_break:
                self._turns.look_up()
                self._rest()
            else:
                self._load_next()
        finally:
            # The case is gone from the screen, whether or not the store says what comes next.
            self.changed.emit()

    def leave(self) -> None:
        """Put the case away as it is; `go_on` brings it back as it was left.

        Raises
        ------
        NENSegmentationError
            If others changed its segmentation and that cannot be written down; it is put away all the same.
        """
        try:
            self._put_away()
        finally:
            self.changed.emit()

    def close(self) -> None:
        """Put the case away, and let go of the store."""
        try:
            self.leave()
        finally:
            self._ahead.cancel()
            self._study.store.close()

    def _require_reading(self) -> None:
        if self.phase is not Phase.READING:
            message = "no case is being read. Go on first."
            raise StudyError(message)

    def _rest(self) -> None:
        self._phase = Phase.FINISHED if self._turns.next() is None else Phase.WAITING

    def _load_next(self) -> None:
        self._turns.look_up()
        one = self._turns.next()
        self.washout_until = None if one is None else self._turns.waits_until(one)
        if one is None or self.washout_until is not None:
            self._phase = Phase.FINISHED if one is None else Phase.WASHOUT
        else:
            self._read_ahead(one)
            self._one, self._phase = one, Phase.LOADING

    def _read_ahead(self, one: Assignment) -> None:
        self._ahead.read(next(case for case in self._study.plan.cases if case.name == one.case))

    def _opened(self) -> OpenCase | None:
        images = self._ahead.images()
        if images is None:
            return None
        # Whatever comes of it, these images are used up.
        self._ahead.cancel()
        return OpenCase(self._scene, self._study, self._one, images)

    def _show(self) -> None:
        # Only the threshold has a reference region, so drawing it would tell the arm.
        self._open.session.outline.set_visible(not self.is_arm_hidden)
        self.loaded.emit(self._open.session)
        self._open.shown()
        following = self._turns.next(after=self._one)
        if following is not None:
            # What goes wrong now comes again when the case is wanted, and is said then.
            with suppress(NENSegmentationError):
                self._read_ahead(following)
        self.changed.emit()

    def _skip(self, error: CaseError) -> None:
        """Write down that the case could not be loaded, tell the reader, and go on to the next."""
        one, self._one, self._phase = self._one, None, Phase.WAITING
        self._ahead.cancel()
        try:
            self._turns.skip(one, error.reason)
            self.told.emit(f"{skip_sentence(one.case, error.reason.value)} Tell whoever runs the study.")
            self._load_next()
        finally:
            self.changed.emit()

    def _put_away(self) -> None:
        if self.session is not None:
            self.leaving.emit()
        opened, self._open, self._one = self._open, None, None
        if self._phase is Phase.LOADING:
            self._phase = Phase.WAITING
        if opened is not None:
            opened.close()
