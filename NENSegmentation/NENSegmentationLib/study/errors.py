"""What can go wrong while a reading is timed and written down."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class StudyError(NENSegmentationError):
    """A step that does not fit where the reading stands."""


class PlanFaultsError(StudyError):
    """What is wrong with a plan and what it names, a sentence a line.

    The sentences name files, and those may be called after patients: they are for whoever runs the study.
    """


class JournalError(StudyError):
    """A journal that cannot be opened, read or written."""


class NoStoreError(JournalError):
    """The store of a study that has not begun."""


class PredictionError(StudyError):
    """A prediction that was made before a study began, and cannot be used."""


class ServerGoneError(JournalError):
    """The server of a study's store cannot be reached now, and may be again later."""
