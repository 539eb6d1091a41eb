"""What can go wrong in the panel before the method is even asked."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class PanelError(NENSegmentationError):
    """A choice in the panel, or a Slicer, with which the method cannot be started."""
