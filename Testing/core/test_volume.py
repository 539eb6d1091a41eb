from __future__ import annotations

import gc

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core import volume


def test_points_are_those_of_simpleitk_with_left_and_posterior_turned_round(an_oblique_image):
    left, posterior, superior = an_oblique_image.TransformIndexToPhysicalPoint((3, 1, 1))
    assert_allclose(volume.index_to_ras(an_oblique_image, (1, 1, 3)), (-left, -posterior, superior))


def test_a_point_goes_to_its_voxel_and_back(an_oblique_image):
    assert_allclose(
        volume.ras_to_index(an_oblique_image, volume.index_to_ras(an_oblique_image, (0.5, 2, 1))), (0.5, 2, 1)
    )


def test_the_view_of_the_voxels_keeps_the_image_alive():
    view = volume.voxels(sitk.GetImageFromArray(np.full((64, 64, 64), 7, np.float32)))
    gc.collect()
    other = [sitk.GetImageFromArray(np.zeros((64, 64, 64), np.float32)) for _ in range(4)]
    assert len(other) == 4
    assert (view == 7).all()


def test_the_view_of_the_voxels_is_read_only(an_oblique_image):
    assert not volume.voxels(an_oblique_image).flags.writeable


def test_an_array_becomes_an_image_on_the_grid_of_another(an_oblique_image):
    made = volume.image_like(np.ones((2, 3, 4), bool), an_oblique_image)
    assert volume.same_grid(made, an_oblique_image)
    assert_array_equal(volume.voxels(made), np.ones((2, 3, 4)))


def test_an_array_of_another_shape_is_refused(an_oblique_image):
    with pytest.raises(ValueError, match=r"shape \(1, 1, 1\)"):
        volume.image_like(np.zeros((1, 1, 1)), an_oblique_image)


def test_a_grid_shifted_by_half_a_millimetre_is_another_grid(an_oblique_image):
    moved = sitk.Image(an_oblique_image)
    moved.SetOrigin((10.5, -20.0, 30.0))
    assert not volume.same_grid(an_oblique_image, moved)


def test_a_grid_rounded_by_a_micrometre_is_the_same_grid(an_oblique_image):
    rounded = sitk.Image(an_oblique_image)
    rounded.SetOrigin((10.001, -20.0, 30.0))
    assert volume.same_grid(an_oblique_image, rounded)


def test_a_voxel_of_2_3_and_4_mm_has_24_microlitres(an_oblique_image):
    assert_allclose(volume.voxel_volume_ml(an_oblique_image), 0.024)


def test_outside_its_field_of_view_a_ct_is_air(an_oblique_image):
    far = sitk.Image(an_oblique_image)
    far.SetOrigin((1000.0, 0.0, 0.0))
    assert_array_equal(
        volume.voxels(volume.resampled(an_oblique_image, far, outside=volume.AIR_HU)), np.full((2, 3, 4), -1024)
    )
