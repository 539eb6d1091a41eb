"""What may be shown of a study to the reader who has it open."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from ..study.durations import Durations
from ..study.order import Assignment
from ..study.plan import Method
from ..study.standing import Standing
from ..study.timer import Reason
from .session import CorrectionSession
from .study_open_case import OpenCase
from .study_opening import OpenedStudy
from .study_turns import Turns


class Phase(str, Enum):
    """Where a reader is."""

    WAITING = "waiting"
    """No case is open; `StudyReading.go_on` opens the next."""
    LOADING = "loading"
    """Images are read, or what the reader starts from is made; `StudyReading.poll` goes on with it."""
    READING = "reading"
    """A case is on the screen, and its time runs."""
    BREAK = "break"
    """A case is open, its time stands still, and its images are hidden."""
    WASHOUT = "washout"
    """The next case has to wait, see `StudyReading.washout_until`."""
    FINISHED = "finished"
    """No case is left for this reader but those that could not be loaded."""


class ShownReading:
    """The facts of `StudyReading` for an interface; it names neither the patient nor, where that is hidden, the arm.

    Parameters
    ----------
    study : OpenedStudy
        The study.
    """

    def __init__(self, study: OpenedStudy) -> None:
        self._study = study
        self._turns = Turns(study)
        self._one: Assignment | None = None
        self._open: OpenCase | None = None
        self._phase = Phase.WAITING

    @property
    def title(self) -> str:
        """Of the study."""
        return self._study.plan.title

    @property
    def reader(self) -> str:
        """Code name."""
        return self._study.reader

    @property
    def standing(self) -> Standing:
        """How far the reader is."""
        return self._turns.standing

    @property
    def skipped(self) -> tuple[str, ...]:
        """Code names of the cases that could not be loaded since the study was opened."""
        return tuple(dict.fromkeys(one.case for one in self._turns.skipped))

    @property
    def skip_reasons(self) -> Mapping[str, str]:
        """The same cases, each with what could not be made of it."""
        return self._turns.skip_reasons

    @property
    def phase(self) -> Phase:
        """Where the reader is."""
        if self._open is None or not self._open.is_shown:
            return self._phase
        # A pause while no browser shows the case is none of the reader's, and ends by itself.
        is_break = self._open.session.timer.paused_for not in (None, Reason.AWAY)
        return Phase.BREAK if is_break else Phase.READING

    @property
    def session(self) -> CorrectionSession | None:
        """Of the case that is on the screen."""
        return self._open.session if self._open is not None and self._open.is_shown else None

    @property
    def case(self) -> str | None:
        """Code name of the case that is open, or is being loaded."""
        return None if self._one is None else self._one.case

    @property
    def arm(self) -> str | None:
        """Name of its arm; None if there is none, or the reader is not to know it."""
        return None if self._one is None or self.is_arm_hidden else self._one.arm

    @property
    def is_arm_hidden(self) -> bool:
        """Whether the reader is not to know the arm."""
        return self._study.plan.hide_arm

    @property
    def is_training(self) -> bool:
        """Whether the case is for practice and does not count."""
        return self._one is not None and self._one.training

    @property
    def period(self) -> tuple[int, int] | None:
        """Which period the case is in, from 1, and how many there are."""
        plan = self._study.plan
        return None if self._one is None else (plan.period_of(self._one.block), plan.periods)

    @property
    def block(self) -> tuple[int, int] | None:
        """Which block of its period the case is in, from 1, and how many a period has."""
        count = self._study.plan.blocks
        return None if self._one is None else ((self._one.block - 1) % count + 1, count)

    @property
    def times(self) -> Durations | None:
        """Of the case on the screen; None if there is none, or the reader is not to see them."""
        return self.session.timer.durations() if self.session is not None and self._study.plan.show_time else None

    @property
    def progress(self) -> tuple[int, int]:
        """How much of what the reader starts from is made, and how much there is; (0, 0) while that is not known."""
        return (0, 0) if self._open is None else self._open.progress

    @property
    def needs_rating(self) -> bool:
        """Whether there is anything to rate: not where the reader started from nothing."""
        if self._one is None:
            return False
        return next(arm.method for arm in self._study.plan.arms if arm.name == self._one.arm) is not Method.BLANK

    @property
    def rating(self) -> int | None:
        """The rating of the case on the screen so far."""
        return None if self.session is None else self._open.rated[0]

    @property
    def comment(self) -> str:
        """The comment that goes with it."""
        return "" if self.session is None else self._open.rated[1]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader should know about the store as it was found, and about the case on the screen."""
        of_case = () if self.session is None else (*self.session.journal.warnings, *self.image_warnings)
        return tuple(dict.fromkeys((*self._study.store.warnings, *of_case)))

    @property
    def image_warnings(self) -> tuple[str, ...]:
        """What has to be known wherever the uptake of the case that is open is shown; it does not tell the arm."""
        return () if self._open is None else self._open.image_warnings

    @property
    def unsent(self) -> int:
        """How many events of the case are on this machine alone, because the server of the store is away."""
        return 0 if self.session is None else self.session.journal.unsent
