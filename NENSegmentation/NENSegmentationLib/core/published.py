"""The published figures that ours are set beside: Carlsen et al., EJNMMI Research 2022;12:30."""

from __future__ import annotations

SOURCE = "Carlsen et al., EJNMMI Research 2022;12:30"

CASES = 41
"""Patients of the test cohort."""

ENSEMBLE = {
    "voxel_dice": 0.801,
    "voxel_precision": 0.786,
    "voxel_sensitivity": 0.872,
    "lesion_dice": 0.850,
    "lesion_sensitivity": 0.844,
}
"""Metric -> mean of the ensemble over the test cohort."""

RATINGS = {1: 7, 2: 3, 3: 19, 4: 6, 5: 6}
"""Rating by a physician -> patients of the test cohort."""

CONTROLS = {"cases": 10, "nothing": 5, "within_limit": 9}
"""Negative controls: all, nothing segmented, at most 1.5 mL segmented."""
