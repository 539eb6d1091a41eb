"""What can be wrong with the request for a digital patient."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class PhantomError(NENSegmentationError):
    """A digital patient that cannot be made as it was asked for."""
