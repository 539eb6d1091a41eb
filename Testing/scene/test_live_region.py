from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.body import body_mask
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.reference_region import Organ, region_from_ellipsoids, sphere
from NENSegmentationLib.core.volume import index_to_ras
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.live_region import live_region


@pytest.fixture
def pet():
    """A body of 24 voxels of 4 mm a side at SUV 4 and 6 in turn, in air; the centre is at 0."""
    uptake = np.zeros((40, 40, 40), np.float32)
    uptake[8:32, 8:32, 8:32] = np.where(np.indices((24, 24, 24)).sum(axis=0) % 2, 4, 6)
    image = sitk.GetImageFromArray(uptake)
    image.SetSpacing([4.0] * 3)
    image.SetOrigin([-78.0] * 3)
    return image


@pytest.fixture
def measure(pet):
    body = body_mask(pet)
    return lambda *spheres: live_region(pet, body, Organ.LIVER, spheres)


def test_one_sphere_is_measured(measure):
    region = measure(sphere((2, 2, 2), 16.2))
    # A voxel at SUV 6 with its 12 neighbours across an edge and 6 two further along an axis at SUV 6 as well, its 6
    # neighbours across a face and 8 across a corner at SUV 4.
    assert region.n == 33
    assert region.mean == pytest.approx(170 / 33, abs=1e-12)
    assert region.sd == pytest.approx(np.sqrt((19 * (28 / 33) ** 2 + 14 * (38 / 33) ** 2) / 32), abs=1e-12)
    assert region.threshold() == pytest.approx(1.5 * region.mean + 2 * region.sd, abs=1e-12)


@pytest.mark.parametrize("centres", [[(0, 0, 0)], [(0, 0, 0), (6, 0, 0)], [(-40, 30, 0), (40, -8.3, 21.7), (0, 0, 0)]])
def test_it_is_the_region_that_core_measures(pet, measure, centres):
    spheres = [sphere(centre, 20) for centre in centres]
    expected, region = region_from_ellipsoids(pet, Organ.LIVER, spheres), measure(*spheres)
    assert (region.n, region.mean, region.sd) == (expected.n, expected.mean, expected.sd)
    assert (region.organ, region.warnings, region.ellipsoids) == (
        expected.organ,
        expected.warnings,
        expected.ellipsoids,
    )
    assert_array_equal(region.mask, expected.mask)


def test_an_oblique_grid_is_no_exception(pet):
    pet.SetDirection([0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, 1])
    spheres = [sphere(index_to_ras(pet, index), 18) for index in ((20, 20, 20), (12, 25, 18))]
    expected = region_from_ellipsoids(pet, Organ.SPLEEN, spheres)
    region = live_region(pet, body_mask(pet), Organ.SPLEEN, spheres)
    assert (region.n, region.mean, region.sd) == (expected.n, expected.mean, expected.sd)
    assert_array_equal(region.mask, expected.mask)


def test_varied_uptake_is_warned_of(pet):
    pet[10:30, 10:30, 15] = 60.0
    region = live_region(pet, body_mask(pet), Organ.LIVER, [sphere((0, 0, -10))])
    assert "it may hold tumour or the edge of the organ" in region.warnings[0]


def test_a_region_outside_the_image_is_refused(measure):
    with pytest.raises(MethodError, match="R 0, A 0, S 500 mm lies outside the PET image"):
        measure(sphere((0, 0, 0)), sphere((0, 0, 500)))


def test_a_region_partly_outside_the_image_is_refused(measure):
    with pytest.raises(MethodError, match=r"R 0, A 0, S 70 mm reaches outside the PET image\. Move it inwards"):
        measure(sphere((0, 0, 70)))


def test_a_region_of_too_few_voxels_is_refused(measure):
    with pytest.raises(MethodError, match="holds 8 voxels, and mean and SD need 20 or more"):
        measure(sphere((0, 0, 0), 8))


def test_a_region_partly_outside_the_body_is_refused(measure):
    with pytest.raises(SceneError, match=r"outside the body with \d+ of its \d+ voxels. Place it in the liver"):
        measure(sphere((0, 0, 62), 20))
