"""Lesions of digital patients against 8,771 real ones, as markdown tables.

The real lesions are PSMA-avid ones of autoPET III (volume, SUVmax, SUVmean, sphericity of each; none under 1 mL). Only
figures are taken from them. Ours are the connected parts of the reference segmentation, as theirs are those of a
segmentation. The table is a parquet file; reading it needs pyarrow, which the project itself does not use:
``pip install pyarrow``. Run from the repository's root:
``python Testing/Comparisons/compare_lesions.py TABLE.parquet OUT.md [--patients 24 --voxel 4]``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.phantom.patient import Patient, make_patient
from NENSegmentationLib.phantom.request import Request

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SMALLEST_ML = 1.0
# From here on, the numbers of lesions of 24 patients have about the quartiles that they are drawn with.
FIRST_SEED = 160
MEASURES = {"volume, mL": "volume_ml", "SUVmax": "suvmax", "SUVmean": "suvmean", "sphericity": "sphericity"}

Table = dict[str, NDArray[np.float64]]


def real_table(path: Path) -> Table:
    """Read the real lesions, without the three that its reviewers took out."""
    try:
        from pyarrow import parquet
    except ImportError:
        sys.exit(f"{path}: reading this table needs pyarrow, which is not installed. Run `pip install pyarrow` first.")
    columns = [*MEASURES.values(), "series_uid", "section_3_9_excluded"]
    table = parquet.read_table(path, columns=columns)
    kept = ~np.asarray(table["section_3_9_excluded"].to_pylist(), bool)
    return {name: np.asarray(table[name].to_pylist())[kept] for name in columns}


def lesions_of(patient: Patient) -> list[dict[str, float]]:
    """Measure the connected parts of a patient's reference segmentation."""
    pet = patient.pet_grid.image(patient.pet.suv)
    lesion_map = LesionMap.from_mask(pet, patient.reference > 0, origin=Origin.THRESHOLD)
    return [
        {
            "volume_ml": lesion.volume_ml,
            "suvmax": lesion.suv_max,
            "suvmean": lesion.suv_mean,
            "sphericity": sphericity(lesion_map.labels == lesion.id, patient.pet_grid.spacing),
        }
        for lesion in lesion_map.lesions.values()
    ]


def sphericity(mask: NDArray[np.bool_], spacing: tuple[float, float, float]) -> float:
    """Return the surface of the ball of the same volume over the surface of the voxels' faces."""
    found = np.argwhere(mask)
    low, high = found.min(axis=0), found.max(axis=0) + 1
    part = np.pad(mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], 1)
    volume, surface = part.sum() * np.prod(spacing), 0.0
    for axis, step in enumerate(spacing):
        surface += np.count_nonzero(np.diff(part.astype(np.int8), axis=axis)) * np.prod(spacing) / step
    return float(np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / surface)


def quantiles(values: NDArray[np.float64]) -> str:
    """Return the quantiles as cells."""
    return " | ".join(f"{x:.2f}" for x in np.quantile(values, QUANTILES))


def volumes_of(path: Path) -> NDArray[np.float64] | None:
    """Return the volumes (mL) of the lesions in a label map, or None where there is none."""
    if not path.exists():
        return None
    image = sitk.ReadImage(str(path))
    number, _ = ndimage.label(sitk.GetArrayFromImage(image) > 0, np.ones((3, 3, 3)))
    return np.bincount(number.ravel())[1:] * np.prod(image.GetSpacing()) / 1000


def report(real: Table, whole_mask: NDArray[np.float64] | None, patients: Iterable[Patient]) -> str:
    """Return both tables as markdown."""
    found: list[dict[str, float]] = []
    counts, whole, visible, below = [], [], [], []
    for patient in patients:
        own = lesions_of(patient)
        found += own
        highest = ndimage.maximum(patient.pet.suv, patient.lesions, range(1, len(patient.tumours) + 1))
        suv = [tumour.suv for tumour in patient.tumours]
        whole += list(zip(patient.volumes_ml, suv, highest, strict=True))
        shown = np.bincount(patient.lesions.ravel(), patient.reference.ravel() > 0, len(patient.tumours) + 1)[1:] > 0
        visible += list(shown)
        large_parts = sum(lesion["volume_ml"] >= SMALLEST_ML for lesion in own)
        counts.append((len(patient.tumours), np.count_nonzero(shown), len(own), large_parts))
        below += [tumour.suv <= patient.liver.threshold() for tumour in patient.tumours]
    per_scan = np.unique(real["series_uid"], return_counts=True)[1]
    ours = {name: np.array([x[name] for x in found]) for name in MEASURES.values()}
    large = ours["volume_ml"] >= SMALLEST_ML
    head = "| | " + " | ".join(f"{q:.0%}" for q in QUANTILES) + " |\n|---" * 1 + "|---" * len(QUANTILES) + "|"
    lines = [f"{len(counts)} digital patients, {len(whole)} lesions; {len(real['suvmax'])} real lesions.", "", head]
    drawn = np.array(counts)
    lines.append(f"| lesions a patient, ours: anatomical | {quantiles(drawn[:, 0])} |")
    lines.append(f"| lesions a patient, ours: those that show in the reference | {quantiles(drawn[:, 1])} |")
    lines.append(f"| lesions a patient, ours: parts of the reference | {quantiles(drawn[:, 2])} |")
    lines.append(f"| lesions of 1 mL or more a scan, real | {quantiles(per_scan)} |")
    lines.append(f"| lesions of 1 mL or more a scan, ours | {quantiles(drawn[:, 3])} |")
    if whole_mask is not None:
        lines.append(
            f"| volume, real, all lesions of one patient with {whole_mask.size}, mL | {quantiles(whole_mask)} |"
        )
    lines.append(f"| volume, ours: all parts of the reference, mL | {quantiles(ours['volume_ml'])} |")
    for title, name in MEASURES.items():
        lines.append(f"| {title}, real (1 mL or more) | {quantiles(real[name])} |")
        lines.append(f"| {title}, ours (1 mL or more) | {quantiles(ours[name][large])} |")
    size, suv, highest = np.array(whole).T
    whole_ml = size >= SMALLEST_ML
    lines.append(f"| SUVmax, ours: anatomical lesions of 1 mL or more | {quantiles(highest[whole_ml])} |")
    lines.append(f"| volume, ours: anatomical, all, mL | {quantiles(size)} |")
    lines.append(f"| volume, ours: anatomical, 1 mL or more, mL | {quantiles(size[whole_ml])} |")
    lines.append(f"| true uptake, ours: all, g/mL | {quantiles(suv)} |")
    ratio = (
        np.quantile(real["suvmax"] / real["suvmean"], 0.5),
        np.quantile((ours["suvmax"] / ours["suvmean"])[large], 0.5),
    )
    links = _link(real["volume_ml"], real["suvmax"]), _link(ours["volume_ml"][large], ours["suvmax"][large])
    lines += [
        "",
        f"SUVmax over SUVmean, median: real {ratio[0]:.2f}, ours {ratio[1]:.2f}. "
        f"Rank correlation of volume and SUVmax: real {links[0]:.2f}, ours {links[1]:.2f}.",
        f"Of our lesions {np.mean(below):.0%} take up less than the patient's threshold by themselves, and "
        f"{1 - np.mean(visible):.0%} have no voxel in the reference segmentation.",
    ]
    return "\n".join(lines) + "\n"


def _link(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    ranks = [np.argsort(np.argsort(x)) for x in (first, second)]
    return float(np.corrcoef(*ranks)[0, 1])


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--patients", type=int, default=24)
    parser.add_argument("--voxel", type=float, default=4.0)
    given = parser.parse_args()
    voxel = (given.voxel,) * 3
    patients = (
        make_patient(Request(seed=seed, voxel=voxel)) for seed in range(FIRST_SEED, FIRST_SEED + given.patients)
    )
    given.out.write_text(report(real_table(given.table), volumes_of(given.table.with_name("gt.nii.gz")), patients))


if __name__ == "__main__":
    main()
