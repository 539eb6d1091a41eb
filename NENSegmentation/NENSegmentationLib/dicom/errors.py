"""The error of this layer."""

from __future__ import annotations

from enum import Enum

from ..core.errors import NENSegmentationError


class Remedy(Enum):
    """What a user can say about a PET series that the series does not say; each interface has its own way to ask."""

    SERIES = "which PET series"
    FRAME = "which frame of time"
    INJECTION_DATE = "the day of the injection"


class DicomError(NENSegmentationError):
    """DICOM that cannot be read as a PET/CT, or cannot be written.

    Parameters
    ----------
    message : str
        One sentence that holds for every interface.
    remedy : Remedy, optional
        What the user can say to settle it.
    """

    def __init__(self, message: str, remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy
