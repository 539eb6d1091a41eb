"""What can go wrong while a reading is timed and written down."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class StudyError(NENSegmentationError):
    """A step that does not fit where the reading stands."""


class JournalError(StudyError):
    """A journal that cannot be opened, read or written."""


class NoStoreError(JournalError):
    """The store of a study that has not begun."""


class PredictionError(StudyError):
    """A prediction that was made before a study began, and cannot be used."""


class ServerGoneError(JournalError):
    """The server of a study's store cannot be reached now, and may be again later."""
