"""Organs of digital patients against those of real ones: volumes, extents and places, as a markdown table.

The real organ maps are those of autoPET III's PSMA cases (10 labels; the brain is left out, because the field of view
cuts it off). Only figures are taken from them. Run from the repository's root, with a folder of organ maps:
``python Testing/Comparisons/compare_organs.py FOLDER [--patients 20]``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from NENSegmentationLib.phantom.anatomy import Anatomy
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import codes_of

LABELS = {
    "liver": 3,
    "spleen": 1,
    "kidneys": 2,
    "stomach": 8,
    "urinary bladder": 4,
    "prostate": 9,
    "lungs": 5,
    "heart": 7,
    "salivary glands": 10,
}
OURS = {
    "kidneys": ("kidney_left", "kidney_right"),
    "urinary bladder": ("urinary_bladder",),
    "lungs": ("lung_left", "lung_right"),
    "salivary glands": tuple(f"{gland}_gland_{s}" for gland in ("parotid", "submandibular") for s in ("left", "right")),
}
COLUMNS = ("volume, mL", "R-L, mm", "A-P, mm", "S-I, mm", "to the right", "to the front", "to the head")
_VOXEL_MM = 4.0


def figures(
    mask_of: Callable[[str], NDArray[np.bool_]], axes: tuple[NDArray, NDArray, NDArray], voxel_ml: float
) -> dict[str, NDArray[np.float64]]:
    """Measure one patient.

    Parameters
    ----------
    mask_of : callable
        Gives an organ's mask, shape (k, j, i), by its name in `LABELS`.
    axes : tuple of 3 ndarrays
        Voxel centres along (r, a, s) in mm.
    voxel_ml : float
        Volume of a voxel.

    Returns
    -------
    dict of str to ndarray, shape (7,)
        Volume (mL), extents along r, a, s (2nd to 98th percentile of the voxels: a stray voxel counts for nothing), and
        the centroid less that of the liver (mm). Organs that are missing or cut off by the field of view are left out.
    """
    found: dict[str, NDArray[np.float64]] = {}
    places: dict[str, NDArray[np.float64]] = {}
    for organ in LABELS:
        mask = mask_of(organ)
        if not mask.any() or mask[0].any() or mask[-1].any():
            continue
        positions = [axis[index] for axis, index in zip(axes, np.nonzero(mask)[::-1], strict=True)]
        extents = [np.subtract(*np.percentile(x, (98, 2))) for x in positions]
        places[organ] = np.array([x.mean() for x in positions])
        found[organ] = np.array([mask.sum() * voxel_ml, *extents, *(places[organ] - places["liver"])])
    return found


def real_patients(folder: Path) -> Iterator[dict[str, NDArray[np.float64]]]:
    """Measure the real organ maps of a folder; those with the liver left of the lungs' middle are left out."""
    for path in sorted(folder.glob("*.nii.gz")):
        image = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
        labels, (x, y, z) = sitk.GetArrayFromImage(image), image.GetSpacing()
        k, j, i = (np.arange(n) for n in labels.shape)
        found = figures(partial(_real_mask, labels), (-i * x, -j * y, k * z), x * y * z / 1000)
        if found["lungs"][4] < 0:
            yield found


def digital_patients(count: int) -> Iterator[dict[str, NDArray[np.float64]]]:
    """Measure digital patients, seeds from 1."""
    grid = Grid.centred((272, 150, 160), (_VOXEL_MM,) * 3, (0.0, -10.0, 0.0))
    for seed in range(1, count + 1):
        tissues = Anatomy(Seeds(seed), Build.drawn(Seeds(seed))).tissues(grid)
        yield figures(partial(_digital_mask, tissues), grid.axes, grid.voxel_ml)


def table(real: list[dict], digital: list[dict]) -> str:
    """Return the markdown table: medians with ranges, and how many digital patients lie within the real range."""
    lines = ["| organ | figure | real | digital | within |", "|---|---|---|---|---|"]
    for organ in LABELS:
        theirs, ours = (np.array([each[organ] for each in patients if organ in each]) for patients in (real, digital))
        for n, column in enumerate(COLUMNS):
            if organ == "liver" and n > 3:
                continue
            inside = (ours[:, n] >= theirs[:, n].min()) & (ours[:, n] <= theirs[:, n].max())
            lines.append(
                f"| {organ if n == 0 else ''} | {column} | {_spread(theirs[:, n])} | {_spread(ours[:, n])} "
                f"| {inside.sum()} of {len(ours)} |"
            )
    return "\n".join(lines)


def _real_mask(labels: NDArray[np.uint8], organ: str) -> NDArray[np.bool_]:
    mask = labels == LABELS[organ]
    if organ != "liver" or not mask.any():
        return mask
    # The liver is one piece; stray islands of its label would move the origin of all places.
    numbers, _ = ndimage.label(mask)
    return numbers == np.bincount(numbers.ravel())[1:].argmax() + 1


def _digital_mask(tissues: NDArray[np.uint8], organ: str) -> NDArray[np.bool_]:
    return codes_of(*OURS.get(organ, (organ,)))[tissues]


def _spread(values: NDArray[np.float64]) -> str:
    return f"{np.median(values):.0f} ({values.min():.0f} to {values.max():.0f})"


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("maps", type=Path, help="folder with the real organ maps (*.nii.gz)")
    parser.add_argument("--patients", type=int, default=20, help="number of digital patients")
    given = parser.parse_args(arguments)
    real = list(real_patients(given.maps))
    sys.stdout.write(table(real, list(digital_patients(given.patients))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
