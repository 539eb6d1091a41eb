from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.lesions import LesionMap, Origin
from NENSegmentationLib.core.split import split_by_points, split_by_watershed
from NENSegmentationLib.core.volume import index_to_ras


def a_lesion(values: list, labels: list | None = None, spacing_mm: tuple[float, ...] = (10.0, 10.0, 10.0)) -> LesionMap:
    """A map of one lesion above SUV 1, unless labels are given; the spacing is along (i, j, k)."""
    uptake = np.array(values, np.float32)
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing(spacing_mm)
    found = (uptake > 1).astype(int) if labels is None else np.array(labels)
    return LesionMap.from_labels(pet, found, origin=Origin.THRESHOLD)


def points(lesion_map: LesionMap, *indices: tuple[float, float, float]) -> list[tuple[float, ...]]:
    return [tuple(index_to_ras(lesion_map.pet, index)) for index in indices]


@pytest.fixture
def two_blobs_and_a_neck() -> LesionMap:
    return a_lesion([[[1, 8, 9, 8, 4, 7, 7.5, 1]]])


def test_two_blobs_come_apart_at_the_neck_between_them(two_blobs_and_a_neck):
    assert_array_equal(split_by_watershed(two_blobs_and_a_neck, 1), [[[1, 1, 1, 1, 2, 2]]])


def test_the_split_is_applied_and_undone(two_blobs_and_a_neck):
    before = dict(two_blobs_and_a_neck.lesions)
    two_blobs_and_a_neck.split(1, split_by_watershed(two_blobs_and_a_neck, 1))
    assert_array_equal(two_blobs_and_a_neck.labels, [[[0, 2, 2, 2, 2, 3, 3, 0]]])
    two_blobs_and_a_neck.undo()
    assert_array_equal(two_blobs_and_a_neck.labels, [[[0, 1, 1, 1, 1, 1, 1, 0]]])
    assert dict(two_blobs_and_a_neck.lesions) == before


def test_splitting_changes_nothing_before_it_is_applied(two_blobs_and_a_neck):
    split_by_watershed(two_blobs_and_a_neck, 1)
    assert not two_blobs_and_a_neck.can_undo


def test_the_largest_part_is_the_first():
    assert_array_equal(split_by_watershed(a_lesion([[[9, 3, 6, 7, 6]]]), 1)[0, 0, [0, 2, 3, 4]], [2, 1, 1, 1])


def test_a_valley_shallower_than_the_depth_does_not_split():
    lesion_map = a_lesion([[[9, 8.5, 9, 1]]])
    with pytest.raises(MethodError, match=r"Lesion 1 has one maximum only that is 10 % deep.*Place a point in each"):
        split_by_watershed(lesion_map, 1)
    assert split_by_watershed(lesion_map, 1, depth=0.05).max() == 2


def test_the_depth_is_a_part_of_the_lower_maximum():
    assert split_by_watershed(a_lesion([[[80, 7, 8, 7]]]), 1).max() == 2


def test_what_lies_between_the_lesion_s_voxels_is_no_part_of_it():
    lesion_map = a_lesion([[[9, 2, 9], [9, 1, 9]]], [[[1, 1, 1], [1, 0, 1]]])
    parts = split_by_watershed(lesion_map, 1)
    assert parts[0, 1, 1] == 0
    assert parts[0, 1, 0] != parts[0, 1, 2]


def test_the_voxels_of_a_touching_lesion_are_not_looked_at():
    lesion_map = a_lesion([[[9, 8, 9, 50, 60]]], [[[3, 3, 3, 4, 4]]])
    assert_array_equal(split_by_watershed(lesion_map, 3)[0, 0, [0, 2]], [1, 2])


def test_parts_that_do_not_touch_come_apart():
    lesion_map = a_lesion([[[9, 9, 1, 9, 9, 9]]], [[[1, 1, 0, 1, 1, 1]]])
    assert_array_equal(split_by_watershed(lesion_map, 1), [[[2, 2, 0, 1, 1, 1]]])


def test_an_even_lesion_has_nothing_to_split():
    with pytest.raises(MethodError, match="nothing to split"):
        split_by_watershed(a_lesion([[[5, 5, 5]]]), 1)


def test_a_lesion_without_uptake_has_nothing_to_split():
    with pytest.raises(MethodError, match="nothing to split"):
        split_by_watershed(a_lesion([[[0, 0, -1]]], [[[1, 1, 1]]]), 1)


def test_noise_in_one_hot_sphere_does_not_split_it():
    grid = np.ogrid[-10:11, -14:15, -14:15]
    sphere = sum((axis * step) ** 2 for axis, step in zip(grid, (3, 2, 2), strict=True)) <= 20**2
    noise = np.random.default_rng(7).normal(0, 2.0, sphere.shape)
    uptake = ndimage.gaussian_filter(np.where(sphere, 20.0 + noise, 1.0), (0.8, 1.2, 1.2))
    lesion_map = a_lesion(uptake, uptake > 8, (2.0, 2.0, 3.0))
    with pytest.raises(MethodError, match="nothing to split"):
        split_by_watershed(lesion_map, 1)


def test_two_blurred_spheres_come_apart_half_way_on_anisotropic_voxels():
    grid = np.ogrid[0:16, 0:20, 0:44]
    uptake = np.ones((16, 20, 44))
    for centre in (13, 26):
        distance = sum(((axis - c) * step) ** 2 for axis, c, step in zip(grid, (8, 10, centre), (3, 2, 2), strict=True))
        uptake[distance <= 12**2] = 20
    lesion_map = a_lesion(ndimage.gaussian_filter(uptake, (0.85, 1.3, 1.3)), spacing_mm=(2.0, 2.0, 3.0))
    lesion_map = LesionMap.from_threshold(lesion_map.pet, 5.0)
    lesion_map.split(1, split_by_watershed(lesion_map, 1))
    first, second = lesion_map.lesions.values()
    assert first.volume_ml == pytest.approx(second.volume_ml)
    assert sorted([first.box[2].stop, second.box[2].stop])[0] == 20


def test_one_part_a_point(two_blobs_and_a_neck):
    parts = split_by_points(two_blobs_and_a_neck, 1, points(two_blobs_and_a_neck, (0, 0, 6), (0, 0, 2)))
    assert_array_equal(parts, [[[2, 2, 2, 2, 1, 1]]])


def test_a_point_need_not_be_on_the_maximum(two_blobs_and_a_neck):
    parts = split_by_points(two_blobs_and_a_neck, 1, points(two_blobs_and_a_neck, (0, 0, 1), (0, 0, 5.3)))
    assert_array_equal(parts[0, 0, [0, 1, 2, 4, 5]], [1, 1, 1, 2, 2])


def test_points_in_an_even_lesion_meet_half_way():
    lesion_map = a_lesion([[[5, 5, 5, 5, 5, 5]]])
    assert_array_equal(split_by_points(lesion_map, 1, points(lesion_map, (0, 0, 0), (0, 0, 5))), [[[1, 1, 1, 2, 2, 2]]])


def test_a_part_that_touches_no_point_still_gets_a_number():
    lesion_map = a_lesion([[[9, 9, 1, 9, 1, 9]]], [[[1, 1, 0, 1, 0, 1]]])
    parts = split_by_points(lesion_map, 1, points(lesion_map, (0, 0, 0), (0, 0, 1)))
    assert_array_equal(parts > 0, [[[1, 1, 0, 1, 0, 1]]])


def test_one_point_alone_is_refused(two_blobs_and_a_neck):
    with pytest.raises(MethodError, match=r"Lesion 1 is split by a point in each part, two or more\. Place another"):
        split_by_points(two_blobs_and_a_neck, 1, points(two_blobs_and_a_neck, (0, 0, 2)))


@pytest.mark.parametrize("index", [(0, 0, 0), (0, 0, 20)])
def test_a_point_outside_the_lesion_is_refused(two_blobs_and_a_neck, index):
    with pytest.raises(MethodError, match=r"lies outside Lesion 1\. Place it in the lesion"):
        split_by_points(two_blobs_and_a_neck, 1, points(two_blobs_and_a_neck, (0, 0, 2), index))


def test_two_points_in_one_voxel_are_refused(two_blobs_and_a_neck):
    with pytest.raises(MethodError, match=r"points 1 and 2 lie in one voxel of Lesion 1\. Place them apart"):
        split_by_points(two_blobs_and_a_neck, 1, points(two_blobs_and_a_neck, (0, 0, 2), (0, 0, 2.2)))


@pytest.mark.parametrize("split", [split_by_watershed, lambda lesion_map, id_: split_by_points(lesion_map, id_, [])])
def test_a_lesion_that_does_not_exist_is_refused(two_blobs_and_a_neck, split):
    with pytest.raises(MethodError, match=r"there is no lesion 9\. Choose one"):
        split(two_blobs_and_a_neck, 9)


@pytest.mark.parametrize("depth", [0, 1, -0.1, float("nan")])
def test_a_depth_that_is_no_part_is_refused(two_blobs_and_a_neck, depth):
    with pytest.raises(MethodError, match="is no part of a maximum"):
        split_by_watershed(two_blobs_and_a_neck, 1, depth=depth)


@pytest.mark.parametrize("smoothing_mm", [-1, float("inf"), float("nan")])
def test_a_smoothing_that_is_no_length_is_refused(two_blobs_and_a_neck, smoothing_mm):
    with pytest.raises(MethodError, match="is no length"):
        split_by_watershed(two_blobs_and_a_neck, 1, smoothing_mm=smoothing_mm)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    values=arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=3, max_dims=3, min_side=2, max_side=7),
        elements=st.floats(0.5, 20, width=32),
    ),
    random=st.integers(0, 1000),
)
def test_parts_partition_the_lesion_each_has_a_voxel_and_undo_restores(values, random):
    labels = np.random.default_rng(random).integers(0, 3, values.shape)
    labels.reshape(-1)[[0, -1]] = 1, 2
    lesion_map = a_lesion(values, labels, spacing_mm=(2.0, 2.0, 3.0))
    inside = lesion_map.labels[lesion_map.lesions[1].box] == 1
    ends = np.argwhere(lesion_map.labels == 1)[[0, -1]]
    attempts = [
        lambda: split_by_watershed(lesion_map, 1),
        lambda: split_by_points(lesion_map, 1, [*index_to_ras(lesion_map.pet, ends)]),
    ]
    for attempt in attempts:
        try:
            parts = attempt()
        except MethodError:
            continue
        assert_array_equal(parts > 0, inside)
        assert_array_equal(np.unique(parts[inside]), np.arange(1, parts.max() + 1))
        lesion_map.split(1, parts)
        assert_array_equal(lesion_map.labels == 2, labels == 2)
        lesion_map.undo()
        assert_array_equal(lesion_map.labels, labels)
