"""What a user of the command line can get wrong."""

from ..core.errors import NENSegmentationError


class UsageError(NENSegmentationError):
    """An argument that is missing, unknown or out of its range."""
