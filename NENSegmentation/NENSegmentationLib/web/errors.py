"""What the browser reader cannot do, in a sentence for its user."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class WebError(NENSegmentationError):
    """The page cannot do what was asked of it; the sentence says why and what to do."""
