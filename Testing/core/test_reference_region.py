from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core.body import Body
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.reference_region import (
    Ellipsoid,
    Organ,
    ReferenceRegion,
    region_from_ellipsoids,
    region_from_mask,
    region_from_spheres,
    sphere,
)
from NENSegmentationLib.core.volume import index_to_ras


@pytest.fixture
def a_body() -> sitk.Image:
    """A cylinder of 12 x 12 x 12 cm with SUV 1, in it a liver with SUV 5."""
    values = np.zeros((40, 60, 60), np.float32)
    values[5:35, 15:45, 15:45] = 1
    values[10:30, 20:40, 20:40] = 5
    pet = sitk.GetImageFromArray(values)
    pet.SetSpacing((4.0, 4.0, 4.0))
    return pet


def a_region(organ: Organ) -> ReferenceRegion:
    return ReferenceRegion(organ, np.zeros((1, 1, 1), bool), mean=5.0, sd=0.6, n=100)


def test_the_threshold_of_liver_is_one_and_a_half_means_and_two_sd():
    assert_allclose(a_region(Organ.LIVER).threshold(), 1.5 * 5.0 + 2 * 0.6)


def test_the_threshold_of_spleen_is_067_means_and_two_sd():
    assert_allclose(a_region(Organ.SPLEEN).threshold(), 0.67 * 5.0 + 2 * 0.6)


def test_the_coefficient_of_variation_is_sd_over_mean():
    assert_allclose(a_region(Organ.LIVER).cv, 0.12)


def test_sd_is_that_of_the_sample(a_body):
    mask = np.zeros((40, 60, 60), bool)
    mask[20, 20, 15:35] = True
    region = region_from_mask(a_body, Organ.LIVER, mask)
    assert_allclose(region.sd, np.std([1.0] * 5 + [5.0] * 15, ddof=1))
    assert_allclose((region.mean, region.n), (4.0, 20))


def test_a_sphere_holds_the_voxels_whose_centre_lies_within_the_rim_included():
    image = sitk.GetImageFromArray(np.zeros((1, 5, 5), np.float32))
    image.SetSpacing((10.0, 10.0, 10.0))
    box, inside = sphere((-20.0, -20.0, 0.0), 20.0).voxels_of(image)
    mask = np.zeros((1, 5, 5), int)
    mask[box] = inside
    assert_array_equal(mask, [[[0, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]])


def test_an_ellipsoid_lies_along_the_axes_of_the_patient():
    image = sitk.GetImageFromArray(np.zeros((1, 5, 5), np.float32))
    image.SetSpacing((10.0, 10.0, 10.0))
    box, inside = Ellipsoid((-20.0, -20.0, 0.0), (40.0, 10.0, 10.0)).voxels_of(image)
    mask = np.zeros((1, 5, 5), int)
    mask[box] = inside
    assert_array_equal(mask[0, 2], [1, 1, 1, 1, 1])
    assert mask.sum() == 5


def test_three_spheres_are_pooled(a_body):
    one = region_from_spheres(a_body, Organ.LIVER, [(-120.0, -120.0, 80.0)], 20.0)
    three = region_from_spheres(
        a_body, Organ.LIVER, [(-120.0, -120.0, 80.0), (-140.0, -120.0, 80.0), (-100.0, -120.0, 80.0)], 20.0
    )
    assert one.n < three.n <= 3 * one.n
    assert (one.mean, one.sd, three.mean) == (5.0, 0.0, 5.0)
    assert three.warnings == ()
    assert len(three.ellipsoids) == 3


def test_a_voxel_in_two_spheres_counts_once(a_body):
    one = region_from_spheres(a_body, Organ.LIVER, [(-120.0, -120.0, 80.0)], 20.0)
    assert region_from_spheres(a_body, Organ.LIVER, [(-120.0, -120.0, 80.0)] * 2, 20.0).n == one.n


def test_a_region_across_the_edge_of_the_liver_warns(a_body):
    region = region_from_spheres(a_body, Organ.LIVER, [(-80.0, -120.0, 80.0)], 30.0)
    assert len(region.warnings) == 1
    assert "it may hold tumour or the edge of the organ" in region.warnings[0]


def test_half_the_voxels_at_4_and_half_at_6_have_the_mean_and_sd_of_a_sphere_counted_by_hand():
    uptake = np.where(np.indices((24, 24, 24)).sum(axis=0) % 2, 4, 6).astype(np.float32)
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((4.0, 4.0, 4.0))
    region = region_from_spheres(pet, Organ.LIVER, [(-48.0, -48.0, 48.0)], 16.2)
    # A voxel at SUV 6 with its 12 neighbours across an edge and 6 two further along an axis at SUV 6 as well, its 6
    # neighbours across a face and 8 across a corner at SUV 4.
    assert region.n == 33
    assert_allclose((region.mean, region.sd), (170 / 33, np.sqrt((19 * (28 / 33) ** 2 + 14 * (38 / 33) ** 2) / 32)))


def test_a_body_that_was_found_before_makes_no_difference(a_body):
    centres = [(-120.0, -120.0, 80.0), (-100.0, -110.0, 90.0)]
    ellipsoids = [sphere(centre, 20.0) for centre in centres]
    found, given = (region_from_ellipsoids(a_body, Organ.LIVER, ellipsoids, body) for body in (None, Body(a_body)))
    assert_array_equal(found.mask, given.mask)
    assert (found.n, found.mean, found.sd, found.warnings) == (given.n, given.mean, given.sd, given.warnings)


def test_an_oblique_grid_is_no_exception(a_body):
    straight = region_from_spheres(a_body, Organ.LIVER, [index_to_ras(a_body, (20, 28, 31))], 22.0)
    a_body.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    oblique = region_from_spheres(a_body, Organ.LIVER, [index_to_ras(a_body, (20, 28, 31))], 22.0)
    assert_array_equal(oblique.mask, straight.mask)


@pytest.fixture
def a_liver_with_a_hot_voxel(a_body) -> sitk.Image:
    """The voxel (20, 30, 30), at R -120, A -120, S 80 mm, has SUV 12."""
    a_body[30, 30, 20] = 12.0
    return a_body


@pytest.mark.parametrize("organ", Organ)
@pytest.mark.parametrize("centre", [(-120.0, -120.0, 80.0), (-133.0, -120.0, 80.0)])
def test_a_region_that_holds_or_touches_a_hot_voxel_warns(a_liver_with_a_hot_voxel, organ, centre):
    region = region_from_spheres(a_liver_with_a_hot_voxel, organ, [centre], 20.0)
    assert [warning for warning in region.warnings if "holds or touches high uptake (SUV 12.0, above" in warning]


def test_a_hot_voxel_one_further_from_the_region_is_no_matter(a_liver_with_a_hot_voxel):
    assert region_from_spheres(a_liver_with_a_hot_voxel, Organ.LIVER, [(-140.0, -120.0, 80.0)], 20.0).warnings == ()


def test_the_edge_of_a_spleen_is_no_high_uptake(a_body):
    region = region_from_spheres(a_body, Organ.SPLEEN, [(-90.0, -120.0, 80.0)], 20.0)
    assert not any("high uptake" in warning for warning in region.warnings)


@pytest.mark.parametrize(
    ("centre", "diameter", "words"),
    [
        ((500.0, 0.0, 0.0), 30.0, "at R 500, A 0, S 0 mm lies outside the PET image. Place it in the liver."),
        ((-20.0, -20.0, 80.0), 30.0, "at R -20, A -20, S 80 mm lies outside the body with"),
        ((-120.0, -120.0, 80.0), 8.0, "holds 7 voxels, and mean and SD need 20 or more"),
        ((float("nan"), 0.0, 0.0), 30.0, "the centre nan, 0, 0 is not a point"),
        ((-120.0, -120.0, 80.0), -3.0, "the diameter -3 mm is not a size"),
        ((-120.0, -120.0, 80.0), float("inf"), "the diameter inf mm is not a size"),
    ],
)
def test_an_impossible_region_is_refused_in_words(a_body, centre, diameter, words):
    with pytest.raises(MethodError, match=words):
        region_from_spheres(a_body, Organ.LIVER, [centre], diameter)


def test_a_mask_of_few_voxels_is_refused(a_body):
    mask = np.zeros((40, 60, 60), bool)
    mask[20, 20, 20:29] = True
    with pytest.raises(MethodError, match="the reference region holds 9 voxels"):
        region_from_mask(a_body, Organ.LIVER, mask)


def test_a_region_without_uptake_is_refused(a_body):
    mask = np.zeros((40, 60, 60), bool)
    mask[0, :5, :5] = True
    with pytest.raises(MethodError, match="the mean uptake of the reference region is 0, which is no spleen"):
        region_from_mask(a_body, Organ.SPLEEN, mask)


def test_a_region_of_several_ellipsoids_names_all_of_them_when_it_is_refused(a_body):
    with pytest.raises(MethodError, match="R -20, A -20, S 80 mm and R -120, A -120, S 80 mm"):
        region_from_ellipsoids(a_body, Organ.LIVER, [sphere((-20.0, -20.0, 80.0)), sphere((-120.0, -120.0, 80.0))])


def test_a_region_that_reaches_outside_the_image_is_refused(a_body):
    with pytest.raises(MethodError, match=r"reaches outside the PET image\. Move it inwards"):
        region_from_spheres(a_body, Organ.LIVER, [(-120.0, -120.0, 10.0)], 30.0)
