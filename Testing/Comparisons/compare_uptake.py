"""Uptake that the scans of digital patients show, against published figures, as a markdown table.

The tables of `phantom/tracers.toml` hold the uptake within a tissue; a scan shows it through blur and noise. This
measures the scans as the publications did: highest voxel or mean of an organ. Run from the repository's root:
``python Testing/Comparisons/compare_uptake.py [--patients 4] [--tracer NAME]``.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from NENSegmentationLib.phantom.patient import Patient, make_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.phantom.tissues import ORGANS

# Tracer, organ, what is measured, the published figure (sources: `phantom/tracers.toml`).
PUBLISHED = (
    ("ga68-dotatate", "spleen", "max", "24.67"),
    ("ga68-dotatate", "spleen", "mean", "17.3 (5.4 to 34.4)"),
    ("ga68-dotatate", "kidney_left", "max", "14.30; 12.7 +- 3.0"),
    ("ga68-dotatate", "adrenal_gland_left", "max", "13.73"),
    ("ga68-dotatate", "pituitary_gland", "max", "9.74"),
    ("ga68-dotatate", "liver", "max", "9.12"),
    ("ga68-dotatate", "liver", "mean", "median 4.8 (2.3 to 12.4)"),
    ("ga68-dotatate", "stomach", "max", "above 7"),
    ("ga68-dotatate", "prostate", "max", "3.5 to 7"),
    ("ga68-dotatate", "small_bowel", "max", "3.5 to 7"),
    ("ga68-dotatate", "pancreas", "max", "3.5 to 7"),
    ("ga68-dotatate", "parotid_gland_left", "max", "3.5 to 7"),
    ("ga68-dotatate", "submandibular_gland_left", "max", "3.5 to 7"),
    ("ga68-dotatate", "uterus", "max", "2 to 3.5"),
    ("ga68-dotatate", "colon", "max", "2 to 3.5"),
    ("ga68-dotatate", "thyroid_gland", "max", "2 to 3.5"),
    ("ga68-dotatate", "vertebrae_L1", "max", "2 to 3.5; under 2"),
    ("ga68-dotatate", "aorta", "mean", "under 2"),
    ("ga68-dotatate", "lung_right", "mean", "under 2"),
    ("ga68-psma", "kidney_left", "mean", "41.7"),
    ("ga68-psma", "kidney_left", "max", "66.4 +- 25.4"),
    ("ga68-psma", "parotid_gland_left", "mean", "14.5"),
    ("ga68-psma", "parotid_gland_left", "max", "24.4 +- 8.1"),
    ("ga68-psma", "submandibular_gland_left", "mean", "13.02"),
    ("ga68-psma", "submandibular_gland_left", "max", "26.7 +- 7.1"),
    ("ga68-psma", "lacrimal_gland_left", "max", "15.7 +- 7.2"),
    ("ga68-psma", "liver", "max", "8.2 +- 2.5"),
    ("ga68-psma", "spleen", "max", "10.9 +- 3.9"),
    ("ga68-psma", "duodenum", "max", "17.6 +- 8.9"),
    ("f18-fdg", "liver", "mean", "1.88 +- 0.41; 1.95, 1.83 (two real PET)"),
    ("f18-fdg", "spleen", "mean", "1.55, 1.72 (two real PET)"),
    ("f18-fdg", "aorta", "mean", "1.43, 0.95 (two real PET)"),
    ("f18-fdg", "lung_right", "mean", "0.46 to 0.54, 0.35 to 0.38 (two real PET)"),
    ("f18-fdg", "vertebrae_L1", "mean", "1.34 to 1.57, 1.49 to 1.89 (two real PET)"),
)

# What spills over into its neighbours, and how far.
SPILLING = (
    *("spleen", "liver", "kidney_left", "kidney_right", "renal_pelvis_left", "renal_pelvis_right"),
    *("adrenal_gland_left", "adrenal_gland_right", "urinary_bladder", "ureter_left", "ureter_right"),
    *("duodenum", "small_bowel"),
)
SPILL_MM = 12.0


def measured(patient: Patient, organ: str, what: str) -> float:
    """Return the mean or the highest SUV of an organ, as a reader measures it.

    The mean of large organs leaves out the rim that blur lowers, the highest value what hotter neighbours spill over.
    """
    mask: NDArray[np.bool_] = patient.organs == ORGANS.index(organ) + 1
    if not mask.any():
        # Patients of the other sex.
        return float("nan")
    if what == "mean":
        inside = ndimage.binary_erosion(mask, iterations=2)
    else:
        others = [ORGANS.index(name) + 1 for name in SPILLING if name != organ]
        steps = round(SPILL_MM / patient.pet_grid.spacing[0])
        inside = mask & ~ndimage.binary_dilation(np.isin(patient.organs, others), iterations=steps)
    return float(getattr(patient.pet.suv[inside if inside.sum() > 20 else mask], what)())


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=4, help="number of digital patients for each tracer")
    tracers = list(dict.fromkeys(row[0] for row in PUBLISHED))
    parser.add_argument("--tracer", choices=tracers, help="this one alone")
    given = parser.parse_args(arguments)
    count = given.patients
    sys.stdout.write(
        "| tracer | organ | figure | published | digital: mean (lowest to highest) |\n|---|---|---|---|---|\n"
    )
    for tracer in [given.tracer] if given.tracer else tracers:
        rows = [row for row in PUBLISHED if row[0] == tracer]
        found = np.empty((count, len(rows)))
        for n in range(count):
            patient = make_patient(Request(seed=n + 1, lesions=0, tracer=tracer))
            found[n] = [measured(patient, organ, what) for _, organ, what, _ in rows]
        for (_, organ, what, published), values in zip(rows, found.T, strict=True):
            spread = f"{np.nanmean(values):.2f} ({np.nanmin(values):.2f} to {np.nanmax(values):.2f})"
            sys.stdout.write(f"| {tracer} | {organ.replace('_', ' ')} | SUV{what} | {published} | {spread} |\n")


if __name__ == "__main__":
    main(sys.argv[1:])
