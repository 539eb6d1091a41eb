"""What a reader may see of a lesion who is not to know how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..core.lesion import Lesion, Origin


def blinded(lesions: Mapping[int, Lesion]) -> dict[int, Lesion]:
    """Return lesions without what tells who found them: origin, probability and disagreement.

    Parameters
    ----------
    lesions : mapping of int to Lesion
        By id.

    Returns
    -------
    dict of int to Lesion
        To be shown, and for nothing else.
    """
    return {
        lesion_id: replace(lesion, origin=Origin.SEED, probability=None, disagreement=None)
        for lesion_id, lesion in lesions.items()
    }
