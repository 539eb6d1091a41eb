"""A small study that can be read: bodies of a few voxels with a liver and two lesions, and the plan that names them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from study.study_folder import write_study

from NENSegmentationLib.scene.bootstrap import headless_scene
from NENSegmentationLib.scene.study_case import PreparedHere
from NENSegmentationLib.scene.study_reading import Phase, StudyReading

SHAPE = (16, 20, 22)
VOXEL_MM = 6.0
LIVER_RAS = (96.0, -24.0, 30.0)
"""Middle of the liver."""
FIRST, SECOND = (24.0, -12.0, 78.0), (114.0, -90.0, 6.0)
"""Inside the lesions, RAS mm."""

THRESHOLD = {"name": "A", "method": "threshold"}
PREPARED = {"name": "B", "method": "prepared"}
BLANK = {"name": "C", "method": "blank"}


def an_image(number: int) -> sitk.Image:
    """Return a PET: body at SUV 1, liver at 5, two lesions of 2 x 2 x 2 voxels (1.728 mL) at 20 and more."""
    array = np.zeros(SHAPE, np.float32)
    array[1:-1, 1:-1, 1:-1] = 1
    array[3:8, 2:7, 2:9] = 5
    array[13:15, 2:4, 17:19] = 20 + number
    array[1:3, 15:17, 2:4] = 30
    return on_grid(array)


def on_grid(array: np.ndarray) -> sitk.Image:
    """Return an array as an image, whose axes are L, P and S."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing([VOXEL_MM] * 3)
    image.SetOrigin((-VOXEL_MM * (SHAPE[2] - 1), 0.0, 0.0))
    return image


def prepared(lesions: int = 1) -> sitk.Image:
    """Return a label map with the first lesion, or both."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[13:15, 2:4, 17:19] = 1
    if lesions == 2:
        labels[1:3, 15:17, 2:4] = 2
    return on_grid(labels)


def a_case(folder: Path, number: int, **more: Any) -> dict[str, Any]:
    """Write a case, and return its entries in the plan."""
    place = folder / "cases" / f"{number}"
    place.mkdir(parents=True)
    sitk.WriteImage(an_image(number), str(place / "pet.nrrd"))
    sitk.WriteImage(prepared(), str(place / "prepared.nrrd"))
    sitk.WriteImage(prepared(2), str(place / "truth.nrrd"))
    sitk.WriteImage(sitk.Cast(an_image(number) * 40 - 40, sitk.sitkInt16), str(place / "ct.nrrd"))
    entries = {name: f"cases/{number}/{name}.nrrd" for name in ("prepared", "truth", "ct")}
    return {
        "name": f"case-{number:02}",
        "path": f"cases/{number}/pet.nrrd",
        **entries,
        "liver": [*LIVER_RAS, 24],
        **more,
    }


def a_study(folder: Path, count: int = 2, **changes: Any) -> Path:
    """Write a study without a wash-out, in the arms prepared and blank, and return its plan."""
    cases = [a_case(folder, number) for number in range(1, count + 1)]
    entries = {"readers": ["R1", "R2"], "arms": [PREPARED, BLANK], "washout_days": 0, "cases": cases, **changes}
    return write_study(folder, images=False, **entries)


def opened(plan: Path, reader: str = "R1", **given: Any) -> StudyReading:
    """Open a study in a scene of its own; images are read in this process unless another way is given."""
    return StudyReading.open(
        given.pop("scene", None) or headless_scene(), plan, reader, **{"prepare": PreparedHere} | given
    )


def load(study: StudyReading, seconds: float = 60.0) -> None:
    """Go on, and wait until the next case is on the screen, or there is none."""
    study.go_on()
    wait(study, seconds)


def wait(study: StudyReading, seconds: float = 60.0) -> None:
    """Poll as an interface does."""
    until = time.monotonic() + seconds
    while study.phase is Phase.LOADING and time.monotonic() < until:
        study.poll()
        time.sleep(0.0 if study.phase is not Phase.LOADING else 0.005)


def arm_of(study: StudyReading) -> str:
    """Return the arm of the case that is open, which the reader may not know."""
    return study._one.arm


def until_arm(study: StudyReading, arm: str, read: Callable[[StudyReading], None]) -> None:
    """Read cases until one of an arm is on the screen."""
    load(study)
    while arm_of(study) != arm:
        read(study)
        wait(study)
