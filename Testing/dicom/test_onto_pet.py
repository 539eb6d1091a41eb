from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.dicom.onto_pet import onto_pet, split_by_value


def grid(size, spacing=(2.0, 3.0, 4.0), origin=(0.0, 0.0, 0.0)) -> sitk.Image:
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


@pytest.fixture
def pet() -> sitk.Image:
    """Four voxels along i, one along j and k."""
    return grid((4, 1, 1))


def test_a_part_of_the_grid_is_taken_over_voxel_by_voxel(pet):
    placed = onto_pet([np.array([0]), np.array([0, 1])], grid((2, 1, 1), origin=(4.0, 0.0, 0.0)), pet)
    assert [flat.tolist() for flat in placed.voxels] == [[2], [2, 3]]
    assert placed.cut == [False, False]
    assert not placed.resampled


def test_what_lies_beyond_the_grid_is_cut_off(pet):
    placed = onto_pet([np.array([0, 1, 2])], grid((3, 1, 1), origin=(-4.0, 0.0, 0.0)), pet)
    assert placed.voxels[0].tolist() == [0]
    assert placed.cut == [True]


@pytest.mark.parametrize(
    ("spacing", "origin"), [((1.0, 3.0, 4.0), (-0.5, 0.0, 0.0)), ((2.0, 3.0, 4.0), (0.5, 0.0, 0.0))]
)
def test_another_grid_is_resampled(pet, spacing, origin):
    placed = onto_pet([np.array([1, 2])], grid((8, 1, 1), spacing, origin), pet)
    assert placed.resampled
    assert placed.voxels[0].size in (1, 2)


def test_a_single_voxel_of_another_size_is_no_part_of_the_grid(pet):
    assert onto_pet([np.array([0])], grid((1, 1, 1), (9.0, 3.0, 4.0)), pet).resampled


def test_regions_that_overlap_are_resampled_each_for_itself(pet):
    regions = [np.array([0, 1, 2, 3]), np.array([2, 3, 4, 5]), np.array([6, 7])]
    placed = onto_pet(regions, grid((8, 1, 1), (1.0, 3.0, 4.0), (-0.5, 0.0, 0.0)), pet)
    assert [flat.tolist() for flat in placed.voxels] == [[0, 1], [1, 2], [3]]


def test_a_region_between_the_voxels_has_none(pet):
    fine = grid((40, 1, 1), (0.2, 3.0, 4.0))
    assert onto_pet([np.array([3])], fine, pet).voxels[0].size == 0


def test_indices_are_told_apart_by_value():
    by_value = split_by_value(np.array([0, 2, 3, 5]), np.array([7, 0, 4, 7, 0, 4]))
    assert {value: flat.tolist() for value, flat in by_value.items()} == {4: [2, 5], 7: [0, 3]}
    assert_array_equal(list(split_by_value(np.empty(0, int), np.empty(0, int))), [])
