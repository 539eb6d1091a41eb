"""What can go wrong between Slicer's scene and the lesions."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class SceneError(NENSegmentationError):
    """A node or a segmentation file with which the scene cannot go on."""
