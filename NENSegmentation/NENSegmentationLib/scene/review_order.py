"""In which order lesions are listed and reviewed, whoever shows the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..core.lesion import Lesion

SORTED_BY: dict[str, Callable[[Lesion], float | str]] = {
    "name": lambda lesion: lesion.id,
    "suggestion": lambda lesion: lesion.suggestion or "",
    "volume": lambda lesion: lesion.volume_ml,
    "suv_max": lambda lesion: lesion.suv_max,
    "suv_mean": lambda lesion: lesion.suv_mean,
    "suv_peak": lambda lesion: lesion.suv_peak,
    "probability": lambda lesion: lesion.probability or 0.0,
    "disagreement": lambda lesion: lesion.disagreement or 0.0,
}
"""The columns of a table of lesions, and what is compared in each."""

FIGURES = ("volume", "suv_max", "suv_mean", "suv_peak", "disagreement")
"""Columns of which the largest come first unless the reader wants it otherwise; of probabilities it is the lowest."""

DOUBT = ("probability", "disagreement")
"""Columns of what an ensemble says; see `has_doubt`."""


def has_doubt(lesion: Lesion) -> bool:
    """Tell whether an ensemble says how sure it is of a lesion."""
    return lesion.probability is not None


def ordered(lesions: Iterable[Lesion], column: str, *, descending: bool, lowest: int | None) -> list[Lesion]:
    """Return lesions as a table lists them.

    Parameters
    ----------
    lesions : iterable of Lesion
        In any order.
    column : str
        One of `SORTED_BY`.
    descending : bool
        Whether the largest come first.
    lowest : int or None
        Id of the lesion of lowest SUVmean, which stays on top: one small false positive changes that figure.

    Returns
    -------
    list of Lesion
        Those that may be physiological uptake come last, those of an organ together. By a column of `DOUBT` all are in
        that order alone, and those of which an ensemble says nothing come last.
    """
    listed = sorted(lesions, key=SORTED_BY[column], reverse=descending)
    if column in DOUBT:
        return sorted(listed, key=lambda lesion: not has_doubt(lesion))
    return sorted(listed, key=lambda lesion: (lesion.id != lowest, lesion.suggestion or ""))


def neighbour(ids: Sequence[int], selected: Sequence[int], step: int) -> int | None:
    """Return the lesion so many rows below (above 0) or above the first selected one, as far as there are rows."""
    if not ids:
        return None
    row = ids.index(selected[0]) + step if selected else 0
    return ids[min(max(row, 0), len(ids) - 1)]


def following(ids: Sequence[int], selected: Sequence[int]) -> int | None:
    """Return the lesion to go to when the selected ones are done with: the next below, or else above, or they."""
    if not selected:
        return None
    below, above = ids[ids.index(selected[-1]) + 1 :], ids[: ids.index(selected[0])]
    return next(iter([*below, *reversed(above), *selected]))
