"""The error of this layer."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class DicomError(NENSegmentationError):
    """DICOM that cannot be read as a PET/CT, or cannot be written."""
