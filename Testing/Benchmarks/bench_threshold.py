"""From a threshold to measured lesions: against the same steps through SimpleITK, in time and in memory."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from statistics import median

import numpy as np
import SimpleITK as sitk
from comparison import Comparison, best_of
from synthetic import synthetic_pet

from NENSegmentationLib.core.lesion import MINIMUM_VOLUME_ML
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.volume import voxel_volume_ml, voxels

THRESHOLD = 10.0
_ROUNDS = 15


def run() -> list[Comparison]:
    """Compare time and peak memory, after making sure that both give the same label map."""
    pet = synthetic_pet()
    ours, theirs = LesionMap.from_threshold(pet, THRESHOLD), by_simpleitk(pet)[0]
    if not np.array_equal(ours.labels, voxels(theirs)):
        message = "the two label maps differ, so no time can be compared"
        raise AssertionError(message)
    count = len(ours.lesions)
    del ours, theirs
    array_mb = voxels(pet).nbytes / 2**20
    ours_s, theirs_s = [], []
    # In turns, so that whatever else the machine does disturbs both alike.
    for _ in range(_ROUNDS):
        ours_s.append(best_of(1, lambda: LesionMap.from_threshold(pet, THRESHOLD)))
        theirs_s.append(best_of(1, lambda: by_simpleitk(pet)))
    return [
        Comparison(
            f"threshold to {count} measured lesions",
            median(ours_s),
            "SimpleITK 4 filters",
            median(theirs_s),
            at_least=5,
        ),
        Comparison(
            "the same, peak memory above the PET", _peak_mb(), "3 PET arrays", 3 * array_mb, at_least=1, unit="MB"
        ),
    ]


def by_simpleitk(pet: sitk.Image) -> tuple[sitk.Image, sitk.LabelIntensityStatisticsImageFilter]:
    """Threshold, components (fully connected), those large enough by size, statistics of each."""
    above = sitk.BinaryThreshold(pet, float(np.nextafter(np.float32(THRESHOLD), np.float32(np.inf))), 1e9, 1, 0)
    found = sitk.ConnectedComponent(above, True)
    minimum_voxels = int(np.ceil(MINIMUM_VOLUME_ML / voxel_volume_ml(pet)))
    labels = sitk.RelabelComponent(found, minimumObjectSize=minimum_voxels)
    statistics = sitk.LabelIntensityStatisticsImageFilter()
    statistics.Execute(labels, pet)
    return labels, statistics


def _peak_mb() -> float:
    """Peak memory of the segmentation above the memory before it, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure_peak_mb)


def _measure_peak_mb() -> float:
    pet = synthetic_pet()
    # Writing 5 there sets the high-water mark of the process back to what it uses now.
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_mb("VmHWM")
    LesionMap.from_threshold(pet, THRESHOLD)
    return _status_mb("VmHWM") - before


def _status_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))
