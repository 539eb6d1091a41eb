from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core.volume import index_to_ras, voxels
from NENSegmentationLib.scene.pick import hottest_on_ray, voxels_on_ray


def crossed(start, end, shape):
    """The voxels that a segment crosses, by testing the segment against the box of every voxel."""
    step = np.subtract(end, start)
    found = []
    for kji in np.ndindex(*shape):
        enter, leave = 0.0, 1.0
        for axis in range(3):
            if step[axis] == 0:
                if not -0.5 <= start[axis] - kji[axis] <= 0.5:
                    leave = -1.0
                continue
            faces = sorted(((kji[axis] + side - start[axis]) / step[axis]) for side in (-0.5, 0.5))
            enter, leave = max(enter, faces[0]), min(leave, faces[1])
        if leave - enter > 1e-9:
            found.append((enter, kji))
    return [kji for _, kji in sorted(found)]


@pytest.mark.parametrize("seed", range(20))
def test_a_ray_crosses_the_voxels_that_brute_force_finds(seed):
    random = np.random.default_rng(seed)
    start, end = random.uniform(-4, 10, (2, 3))
    assert [tuple(kji) for kji in voxels_on_ray(start, end, (5, 6, 7))] == crossed(start, end, (5, 6, 7))


def test_a_ray_along_an_axis_crosses_one_line():
    assert_array_equal(voxels_on_ray((1, -3, 2), (1, 9, 2), (3, 3, 3)), [(1, 0, 2), (1, 1, 2), (1, 2, 2)])


def test_a_ray_beside_the_image_crosses_nothing():
    assert len(voxels_on_ray((0, -3, 9), (0, 9, 9), (3, 3, 3))) == 0


@pytest.mark.parametrize("seed", range(10))
def test_the_hottest_voxel_is_the_one_of_brute_force(an_oblique_pet, seed):
    random = np.random.default_rng(seed)
    start, end = random.uniform(-3, 5, (2, 3))
    path = crossed(start, end, (2, 2, 4))
    picked = hottest_on_ray(an_oblique_pet, *index_to_ras(an_oblique_pet, np.array([start, end])))
    if not path:
        assert picked is None
        return
    hottest = max(path, key=lambda kji: voxels(an_oblique_pet)[kji])
    assert_allclose(picked, index_to_ras(an_oblique_pet, hottest), atol=1e-9)


def test_of_equal_voxels_the_nearest_to_the_reader_is_picked():
    image = sitk.GetImageFromArray(np.full((1, 4, 1), 5, np.float32))
    assert hottest_on_ray(image, (0, 10, 0), (0, -10, 0)) == (0, 0, 0)
    assert hottest_on_ray(image, (0, -10, 0), (0, 10, 0)) == (0, -3, 0)
