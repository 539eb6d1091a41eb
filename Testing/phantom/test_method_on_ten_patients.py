"""The threshold method on ten digital patients, against SimpleITK alone and against brute force."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import qmc

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.reference_region import Organ, region_from_mask
from NENSegmentationLib.core.suv_peak import RADIUS_MM
from NENSegmentationLib.core.volume import spacing, voxel_volume_ml, voxels
from NENSegmentationLib.phantom.patient import make_patient
from NENSegmentationLib.phantom.request import Request


@pytest.fixture(scope="module", params=range(1, 11))
def segmented(request) -> tuple[LesionMap, float]:
    """The lesion map of a patient at the threshold of the whole healthy liver, and that threshold."""
    # At 6 mm one voxel is 0.2 mL; the first two patients have voxels of which 0.1 mL takes several.
    step = 4.0 if request.param <= 2 else 6.0
    patient = make_patient(Request(seed=request.param, lesions=12, voxel=(step, step, step)))
    pet = patient.pet_grid.image(patient.pet.suv)
    region = region_from_mask(pet, Organ.LIVER, patient.liver.mask)
    return LesionMap.from_threshold(pet, region.threshold()), region.threshold()


def test_the_label_map_is_the_one_that_simpleitk_makes_alone(segmented):
    lesion_map, threshold = segmented
    above = sitk.BinaryThreshold(
        sitk.Cast(lesion_map.pet, sitk.sitkFloat64), np.nextafter(threshold, np.inf), 1e9, 1, 0
    )
    found = sitk.ConnectedComponent(above, True)
    smallest = int(np.ceil(0.1 / voxel_volume_ml(lesion_map.pet)))
    expected = sitk.RelabelComponent(found, minimumObjectSize=smallest)
    assert len(lesion_map.lesions) > 3
    assert_array_equal(lesion_map.labels, voxels(expected))


def test_the_measures_are_those_of_simpleitk(segmented):
    lesion_map, _ = segmented
    statistics = sitk.LabelIntensityStatisticsImageFilter()
    statistics.Execute(lesion_map.image, lesion_map.pet)
    for lesion in lesion_map.lesions.values():
        assert_allclose(lesion.suv_mean, statistics.GetMean(lesion.id), rtol=1e-6)
        assert lesion.suv_max == statistics.GetMaximum(lesion.id)
        assert_allclose(lesion.volume_ml * 1000, statistics.GetPhysicalSize(lesion.id), rtol=1e-9)
        left, posterior, superior = statistics.GetCentroid(lesion.id)
        assert_allclose(lesion.centroid_ras, (-left, -posterior, superior), atol=1e-6)


def test_suv_peak_is_that_of_brute_force(segmented):
    lesion_map, _ = segmented
    points = (qmc.Sobol(3, rng=1).random_base2(15) - 0.5) * 12.5
    points = points[(points**2).sum(axis=1) <= RADIUS_MM**2] / spacing(lesion_map.pet)
    uptake = voxels(lesion_map.pet)
    small = [lesion for lesion in lesion_map.lesions.values() if lesion.voxels < 100]
    assert small
    for lesion in small:
        centres = np.argwhere(lesion_map.labels == lesion.id)
        index = np.floor(centres[:, None] + points + 0.5).astype(int)
        assert_allclose(lesion.suv_peak, uptake[tuple(index.transpose(2, 0, 1))].mean(axis=1).max(), rtol=5e-3)
