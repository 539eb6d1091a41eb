"""The rating of an automatic segmentation by how much a reader had to mend (Carlsen et al. 2022, Table 1)."""

from __future__ import annotations

RATINGS = {
    1: "no false positive and no missed lesion",
    2: "every lesion found; only parts of lesions are missing or too much",
    3: "1 to 3 lesions missed, at most 2 false positives",
    4: "1 to 6 lesions missed, at most 4 false positives",
    5: "7 lesions or more missed (or all of fewer), or 5 false positives or more",
}
"""What each rating means, from the best to the worst."""

_MISSED_AT_MOST = {3: 3, 4: 6}
_FALSE_POSITIVES_AT_MOST = {3: 2, 4: 4}
_WORST = 5


def suggested_rating(*, lesions: int, missed: int, false_positives: int, minor: int) -> int:
    """Suggest the rating of a segmentation; the reader decides.

    The table has gaps (no lesion missed and two false positives, say): the mildest rating whose upper limits hold is
    suggested. All lesions missed is always the worst.

    Parameters
    ----------
    lesions : int
        Lesions of the truth.
    missed : int
        Lesions that no predicted voxel touches.
    false_positives : int
        Predicted components that touch no lesion.
    minor : int
        Places where lesions and components touch, but differ in part.

    Returns
    -------
    int
        1 (best) to 5, as in `RATINGS`.

    References
    ----------
    Carlsen et al., EJNMMI Research 2022;12:30, Table 1.

    Examples
    --------
    >>> suggested_rating(lesions=8, missed=0, false_positives=2, minor=0)
    3
    """
    if not missed and not false_positives:
        return 2 if minor else 1
    if lesions and missed == lesions:
        return _WORST
    for rating, most in _MISSED_AT_MOST.items():
        if missed <= most and false_positives <= _FALSE_POSITIVES_AT_MOST[rating]:
            return rating
    return _WORST
