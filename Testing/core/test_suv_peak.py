from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose
from scipy.stats import qmc

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.suv_peak import RADIUS_MM, sphere_weights


def brute_force_peak(values: np.ndarray, spacing: tuple, inside: np.ndarray) -> float:
    """SUVpeak by quasi-random points around each centre, each with the uptake of the voxel it lies in."""
    points = (qmc.Sobol(3, rng=1).random_base2(18) - 0.5) * 12.5
    points = points[(points**2).sum(axis=1) <= RADIUS_MM**2]
    best = -np.inf
    for centre in np.argwhere(inside):
        index = np.floor(centre + points / spacing + 0.5).astype(int)
        index = index[((index >= 0) & (index < values.shape)).all(axis=1)]
        best = max(best, values[tuple(index.T)].mean(dtype=float))
    return best


def test_the_radius_of_the_sphere_of_one_millilitre_is_6_204_mm():
    assert round(RADIUS_MM, 3) == 6.204


@pytest.mark.parametrize("spacing", [(3.0, 2.0, 2.0), (1.0, 1.0, 1.0), (3.27, 4.6875, 4.6875), (20.0, 20.0, 20.0)])
def test_the_weights_of_the_sphere_add_up_to_one_millilitre(spacing):
    assert_allclose(sphere_weights(spacing).sum() * np.prod(spacing), 1000, rtol=1e-3)


def test_a_voxel_inside_counts_whole_and_a_rim_voxel_by_its_part_inside():
    weights = sphere_weights((6.0, 6.0, 6.0))
    assert weights.shape == (3, 3, 3)
    assert weights[1, 1, 1] == 1
    # On the axis the rim voxel spans 3 to 9 mm, of which 3.2 lie inside, and less beside the axis.
    assert 0.3 < weights[1, 1, 2] < 3.2 / 6
    assert_allclose([weights[0, 1, 1], weights[1, 0, 1]], weights[1, 1, 0], rtol=1e-3)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("spacing", [(3.0, 2.0, 2.0), (4.0, 4.0, 4.0), (2.5, 4.1, 3.3)])
def test_suv_peak_is_that_of_brute_force_also_at_the_border_of_the_image(seed, spacing):
    random = np.random.default_rng(seed)
    values = random.random((9, 10, 11)).astype(np.float32)
    # One lesion well inside, one in a corner of the image.
    values[4:6, 4:7, 4:6] += 5
    values[:2, :3, :1] += 9
    pet = sitk.GetImageFromArray(values)
    pet.SetSpacing(spacing[::-1])
    lesion_map = LesionMap.from_threshold(pet, 4.0, minimum_volume_ml=0)
    assert len(lesion_map.lesions) == 2
    for lesion in lesion_map.lesions.values():
        expected = brute_force_peak(values, spacing, lesion_map.labels == lesion.id)
        assert_allclose(lesion.suv_peak, expected, rtol=1e-3)


def test_in_uniform_uptake_suv_peak_is_that_uptake():
    pet = sitk.GetImageFromArray(np.full((8, 8, 8), 7, np.float32))
    pet.SetSpacing((3.0, 3.0, 3.0))
    assert_allclose(LesionMap.from_threshold(pet, 5.0).lesions[1].suv_peak, 7)


def test_the_sphere_may_reach_outside_the_lesion():
    values = np.zeros((9, 9, 9), np.float32)
    values[4, 4, 4] = 10
    pet = sitk.GetImageFromArray(values)
    pet.SetSpacing((4.0, 4.0, 4.0))
    lesion = LesionMap.from_threshold(pet, 5.0, minimum_volume_ml=0).lesions[1]
    # The voxel of 0.064 mL lies whole in a sphere of 1 mL: 10 * 0.064.
    assert_allclose(lesion.suv_peak, 0.64, rtol=1e-3)
