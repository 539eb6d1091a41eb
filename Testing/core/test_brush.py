from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.brush import stroke
from NENSegmentationLib.core.errors import MethodError


@pytest.fixture
def a_row() -> sitk.Image:
    """Nine voxels of 1 mm along the patient's left."""
    return sitk.Image(9, 1, 1, sitk.sitkFloat32)


def left(mm: float) -> tuple[float, float, float]:
    return -mm, 0.0, 0.0


def covered(image: sitk.Image, path, diameter_mm: float) -> list[int]:
    box, mask = stroke(image, path, diameter_mm)
    return [int(i) + box[2].start for i in np.flatnonzero(mask[0, 0])]


def test_a_stroke_of_one_point_is_a_sphere_with_its_rim(a_row):
    assert covered(a_row, [left(4)], 2.0) == [3, 4, 5]


def test_a_stroke_covers_what_lies_between_its_points(a_row):
    assert covered(a_row, [left(1), left(6)], 2.0) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_a_point_twice_is_a_point(a_row):
    assert covered(a_row, [left(4), left(4)], 2.0) == [3, 4, 5]


def test_a_part_of_the_path_outside_the_image_is_left_out(a_row):
    assert covered(a_row, [left(-40), left(1)], 2.0) == [0, 1, 2]


def test_a_stroke_is_as_wide_as_its_sphere():
    box, mask = stroke(sitk.Image(9, 9, 1, sitk.sitkFloat32), [(-2.0, -4.0, 0.0), (-6.0, -4.0, 0.0)], 4.0)
    expected = np.zeros((9, 9), bool)
    expected[2:7, 2:7] = True
    expected[4, [0, 8]] = expected[[3, 4, 5], 1:2] = expected[[3, 4, 5], 7:8] = True
    expected[3, [1, 7]] = expected[5, [1, 7]] = True
    drawn = np.zeros((1, 9, 9), bool)
    drawn[box] = mask
    assert_array_equal(drawn[0], expected)


@pytest.mark.parametrize(
    ("path", "diameter_mm", "words"),
    [
        ([left(-40)], 2.0, "the sphere lies outside the PET image. Move it onto the lesion."),
        ([left(1)], 0.0, "the diameter 0 mm is not a size"),
    ],
)
def test_a_stroke_that_cannot_be_is_refused_in_words(a_row, path, diameter_mm, words):
    with pytest.raises(MethodError, match=words):
        stroke(a_row, path, diameter_mm)
