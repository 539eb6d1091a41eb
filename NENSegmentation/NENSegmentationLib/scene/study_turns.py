"""Which reading of a study it is the turn of: the first that is neither done nor could not be loaded."""

from __future__ import annotations

from datetime import datetime

from ..study.order import Assignment, assignments
from ..study.reading_state import ReadingState
from ..study.skipping import SkipReason
from ..study.standing import Standing, standings
from ..study.washout import washout_end
from .study_opening import OpenedStudy


class Turns:
    """The readings of one reader in their order.

    Parameters
    ----------
    study : OpenedStudy
        The study.

    Attributes
    ----------
    order : tuple of Assignment
        All of them.
    standing : Standing
        How far the reader is, as `look_up` last found it.
    skipped : list of Assignment
        Those whose case could not be loaded since the study was opened.
    skip_reasons : dict of str to str
        Their cases, each with what could not be made of it.
    """

    def __init__(self, study: OpenedStudy) -> None:
        self._study = study
        self._done: set[tuple[str, str]] = set()
        self._begun: list[ReadingState] = []
        self.order = assignments(study.plan, study.reader)
        self.skipped: list[Assignment] = []
        self.skip_reasons: dict[str, str] = {}
        self.standing: Standing = self.look_up()

    def look_up(self) -> Standing:
        """Ask the store how far the reader is.

        Raises
        ------
        JournalError
            If the store cannot be read.
        """
        reader = self._study.reader
        self._begun = self._study.store.states(reader)
        self.standing = next(one for one in standings(self._study.plan, self._begun) if one.reader == reader)
        self._done |= {(one.case, one.arm) for one in self._begun if one.done}
        return self.standing

    def next(self, after: Assignment | None = None) -> Assignment | None:
        """Return the reading whose turn it is, or the one that comes after it; None if there is none."""
        left = (one for one in self.order if (one.case, one.arm) not in self._done)
        return next((one for one in left if one not in self.skipped and one != after), None)

    def waits_until(self, one: Assignment) -> datetime | None:
        """Return the end of the wash-out (UTC) that a reading still has to wait for, as `look_up` found it, or None."""
        until = washout_end(self._study.plan, one, self._begun)
        return None if until is None or until <= self._study.store.clock.wall() else until

    def done(self, one: Assignment) -> None:
        """Note that a reading is done, which the store may not know while its server is away."""
        self._done.add((one.case, one.arm))

    def skip(self, one: Assignment, reason: SkipReason) -> None:
        """Write down that the case of a reading could not be loaded, and pass over it.

        Parameters
        ----------
        one : Assignment
            The reading.
        reason : SkipReason
            What could not be made of it.

        Raises
        ------
        JournalError
            If it cannot be written.
        """
        with self._study.store.reading(
            one.reader, one.case, one.arm, position=one.position, block=one.block, training=one.training
        ) as journal:
            journal.skip(reason)
        self.skipped.append(one)
        self.skip_reasons[one.case] = reason.value
