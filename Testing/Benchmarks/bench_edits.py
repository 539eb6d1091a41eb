"""A correction of the lesion map: against relabelling the whole volume, which is what it spares."""

from __future__ import annotations

import numpy as np
from bench_threshold import THRESHOLD
from comparison import Comparison, best_of
from scipy import ndimage
from synthetic import synthetic_pet

from NENSegmentationLib.core.lesions import LesionMap

_ROUNDS = 5


def run() -> list[Comparison]:
    """Compare a delete, an add and an undo of the largest lesion."""
    lesion_map = LesionMap.from_threshold(synthetic_pet(), THRESHOLD)
    mask, everywhere = lesion_map.labels > 0, np.ones((3, 3, 3))
    relabelled = best_of(3, lambda: ndimage.label(mask, everywhere))
    largest = lesion_map.lesions[1]
    inside = lesion_map.labels[largest.box] == largest.id
    seconds: dict[str, list[float]] = {"delete": [], "add": [], "undo": []}
    for _ in range(_ROUNDS):
        seconds["delete"].append(best_of(1, lambda: lesion_map.delete(largest.id)))
        seconds["add"].append(best_of(1, lambda: lesion_map.add(inside, largest.box)))
        seconds["undo"].append(best_of(1, lesion_map.undo))
        lesion_map.undo()
    return [
        Comparison(
            f"{edit} of a lesion of {largest.voxels} voxels", min(times), "scipy.ndimage.label", relabelled, at_least=20
        )
        for edit, times in seconds.items()
    ]
