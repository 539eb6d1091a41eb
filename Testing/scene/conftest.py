"""A headless Slicer scene, and lesions small enough to be written down."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene

# A turn of 30 degrees about the head-feet axis, tilted by 20 degrees: no axis of the image is one of the patient.
_TURN, _TILT = np.radians(30), np.radians(20)
OBLIQUE = np.array([[np.cos(_TURN), -np.sin(_TURN), 0], [np.sin(_TURN), np.cos(_TURN), 0], [0, 0, 1]]) @ np.array(
    [[1, 0, 0], [0, np.cos(_TILT), -np.sin(_TILT)], [0, np.sin(_TILT), np.cos(_TILT)]]
)


@pytest.fixture
def scene():
    scene = headless_scene()
    yield scene
    close_scene(scene)


@pytest.fixture
def an_oblique_pet():
    """SUV 0.5 to 8 in (k, j, i) = (2, 2, 4) voxels of 4 x 3 x 2 mm."""
    image = sitk.GetImageFromArray(np.arange(1, 17, dtype=np.float32).reshape(2, 2, 4) / 2)
    image.SetSpacing((2.0, 3.0, 4.0))
    image.SetOrigin((-10.5, 20.25, -300.0))
    image.SetDirection(OBLIQUE.ravel().tolist())
    return image


@pytest.fixture
def three_lesions(an_oblique_pet):
    """Two lesions that touch and one apart, with gaps in their ids."""
    labels = np.array(
        [
            [[0, 2, 2, 0], [0, 2, 5, 5]],
            [[0, 0, 0, 0], [7, 0, 0, 5]],
        ]
    )
    return LesionMap.from_labels(
        an_oblique_pet,
        labels,
        origin=Origin.THRESHOLD,
        names={2: "Liver: segment 4|5", 5: "Knochen, Beckenschaufel übrig"},
        colours={2: (1.0, 0.0, 0.0), 5: (0.0, 0.25, 1.0)},
    )
