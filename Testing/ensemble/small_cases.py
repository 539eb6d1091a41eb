"""Small patients with hot lesions, as folders of NIfTI files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from NENSegmentationLib.ensemble.training_set import TrainingCase

STEP_MM = 4.0


def image(array) -> sitk.Image:
    made = sitk.GetImageFromArray(array)
    made.SetSpacing((STEP_MM,) * 3)
    return made


def small_case(name="case", seed=0, **options) -> TrainingCase:
    """Return an elliptic body with a lesion of SUV 20 and a hot bladder of SUV 30."""
    generator = np.random.default_rng(seed)
    shape = (24, 26, 28)
    k, j, i = np.indices(shape)
    body = ((j - 13) / 10) ** 2 + ((i - 14) / 11) ** 2 < 1
    lesion = (k - 15) ** 2 + (j - 13) ** 2 + (i - 10 - seed % 5) ** 2 < 10
    bladder = (k - 4) ** 2 + (j - 13) ** 2 + (i - 14) ** 2 < 8
    pet = np.where(body, 2 + 0.2 * generator.standard_normal(shape), 0.01)
    pet[lesion], pet[bladder] = 20, 30
    ct = np.where(body, 40 + 10 * generator.standard_normal(shape), -1000)
    made = {
        "name": name,
        "pet": image(pet.astype(np.float32)),
        "ct": image(ct.astype(np.float32)),
        "lesions": image(lesion.astype(np.uint8)),
    }
    return TrainingCase(**{**made, **options})


def write_case(folder: Path, case: TrainingCase) -> Path:
    """Write a case as a reader's results beside its images."""
    place = folder / case.name
    place.mkdir(parents=True)
    sitk.WriteImage(case.pet, str(place / "pet.nrrd"))
    if case.ct is not None:
        sitk.WriteImage(case.ct, str(place / "ct.nrrd"))
    sitk.WriteImage(case.lesions, str(place / "lesions.nii.gz"))
    return place
