from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.body import Body, body_mask


@pytest.fixture
def trunk() -> np.ndarray:
    """A trunk of SUV 0.6 on 4 mm voxels from end to end of the scan, with cold lungs, a warm arm and gantry noise."""
    uptake = np.abs(np.random.default_rng(1).normal(0, 0.02, (40, 60, 60))).astype(np.float32)
    uptake[:, 15:45, 20:50] = 0.6
    uptake[10:, 22:38, 28:42] = 0.03
    uptake[:, 25:33, 4:12] = 0.5
    return uptake


def body_of(uptake: np.ndarray) -> np.ndarray:
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((4.0, 4.0, 4.0))
    return body_mask(pet)


def test_the_body_is_found_to_within_a_voxel_or_two(trunk):
    body = body_of(trunk)
    assert body[20, 17:43, 22:48].all()
    assert not body[20, :12].any()
    assert not body[20, 48:].any()


def test_lungs_that_are_open_to_the_end_of_the_scan_belong_to_the_body(trunk):
    assert body_of(trunk)[30:, 30, 35].all()


def test_only_the_largest_part_is_the_body(trunk):
    assert not body_of(trunk)[20, 28, 6]


def test_fat_of_low_uptake_belongs_to_the_body(trunk):
    trunk[trunk == np.float32(0.6)] = 0.2
    assert body_of(trunk)[20, 17:21, 25:45].all()


def test_a_part_of_the_body_is_that_of_the_whole(trunk):
    pet = sitk.GetImageFromArray(trunk)
    pet.SetSpacing((4.0, 4.0, 4.0))
    box = (slice(3, 21), slice(14, 40), slice(30, 52))
    np.testing.assert_array_equal(Body(pet).inside(box), body_mask(pet)[box])


def test_an_image_without_uptake_holds_no_body():
    assert not body_of(np.zeros((8, 8, 8), np.float32)).any()
