"""The error of this layer."""

from __future__ import annotations

from ..core.errors import NENSegmentationError


class EnsembleError(NENSegmentationError):
    """A model, a training set or a prediction that cannot be used, in one sentence for the user."""
