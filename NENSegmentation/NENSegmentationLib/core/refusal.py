"""The sentence with which no reference region is proposed."""

from __future__ import annotations

from .errors import MethodError
from .reference_region import Organ


def refusal(organ: Organ, reason: str) -> MethodError:
    """Return the error for a region that is not proposed: the reason, and what to do.

    Parameters
    ----------
    organ : Organ
        Where the region was to be.
    reason : str
        A clause without a full stop.

    Returns
    -------
    MethodError
        To be raised.

    Examples
    --------
    >>> print(refusal(Organ.SPLEEN, "the organ map has no spleen"))
    no reference region is proposed: the organ map has no spleen. Place it in the spleen by hand.
    """
    message = f"no reference region is proposed: {reason}. Place it in the {organ.value} by hand."
    return MethodError(message)
