"""Properties of whole patients: the truth against the images, and one dose against another."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.phantom.patient import make_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.phantom.tissues import ORGANS

STEP = (6.0, 6.0, 6.0)


@pytest.fixture(scope="module", params=(1, 2, 5))
def a_scan(request):
    return make_patient(Request(seed=request.param, lesions=25, voxel=STEP))


@pytest.fixture(scope="module")
def the_same_at_three_doses():
    return {
        dose: make_patient(Request(seed=2, lesions=25, voxel=(8.0, 8.0, 8.0), dose=dose)) for dose in (1.0, 0.25, 0.05)
    }


def test_the_reference_is_the_threshold_method_without_what_is_no_lesion(a_scan):
    image = a_scan.pet_grid.image(a_scan.pet.suv)
    found = LesionMap.from_threshold(image, a_scan.liver.threshold()).labels
    reference, lesions = a_scan.reference > 0, a_scan.lesions > 0
    assert reference.any()
    assert (found[reference] > 0).all()
    # Nothing is kept of a component without lesion; of one in which no organ takes part, all.
    with_lesion = np.unique(found[lesions & (found > 0)])
    assert np.isin(found[reference], with_lesion).all()
    organs = {name: label for label, name in enumerate(ORGANS, 1)}
    hot = np.isin(a_scan.organs, [organs[name] for name in a_scan.physiological]) & ~lesions
    mixed = np.unique(found[hot])
    pure = np.setdiff1d(with_lesion, mixed)
    assert_array_equal(np.isin(found, pure), reference & np.isin(found, pure))
    assert pure.size


def test_no_voxel_of_a_hot_organ_is_tumour_except_in_a_lesion(a_scan):
    organs = {name: label for label, name in enumerate(ORGANS, 1)}
    hot = np.isin(a_scan.organs, [organs[name] for name in a_scan.physiological])
    assert not (a_scan.reference[hot & (a_scan.lesions == 0)] > 0).any()


def test_large_hot_lesions_are_hotter_than_what_surrounds_them(a_scan):
    suv, checked = a_scan.pet.suv, 0
    for label, (tumour, volume) in enumerate(zip(a_scan.tumours, a_scan.volumes_ml, strict=True), 1):
        if tumour.suv < a_scan.liver.threshold() or volume < 1.5 or tumour.necrosis:
            continue
        inside = a_scan.lesions == label
        around = ndimage.binary_dilation(inside, iterations=4) & (a_scan.lesions == 0) & (a_scan.organs == 0)
        if around.sum() > 20:
            assert suv[inside].mean() > 1.5 * np.median(suv[around])
            checked += 1
    assert checked


def test_some_lesions_are_under_the_threshold_and_those_have_little_reference(a_scan):
    faint = [n for n, tumour in enumerate(a_scan.tumours, 1) if tumour.suv < 0.5 * a_scan.liver.threshold()]
    alone = [label for label in faint if not ndimage.binary_dilation(a_scan.lesions == label, iterations=2)[
        (a_scan.lesions > 0) & (a_scan.lesions != label)].any()]  # fmt: skip
    assert all(not (a_scan.reference[a_scan.lesions == label] > 0).all() for label in alone)


def test_another_dose_is_the_same_patient_with_the_same_truth(the_same_at_three_doses):
    full, low = the_same_at_three_doses[1.0], the_same_at_three_doses[0.25]
    assert_array_equal(full.organs, low.organs)
    assert_array_equal(full.lesions, low.lesions)
    assert_array_equal(full.hounsfield, low.hounsfield)
    assert full.study.dose_bq == low.study.dose_bq


def test_noise_follows_one_over_the_root_of_the_dose(the_same_at_three_doses):
    full, low, lowest = (the_same_at_three_doses[dose] for dose in (1.0, 0.25, 0.05))
    # Every dose draws the same random numbers, so that differences of images are differences of noise.
    inside = full.liver.mask & low.liver.mask
    first, second = (low.pet.suv - full.pet.suv)[inside].std(), (lowest.pet.suv - full.pet.suv)[inside].std()
    assert second / first == pytest.approx((0.05**-0.5 - 1) / (0.25**-0.5 - 1), rel=0.1)


def test_a_low_dose_keeps_the_mean_uptake_of_the_liver(the_same_at_three_doses):
    full, lowest = the_same_at_three_doses[1.0], the_same_at_three_doses[0.05]
    assert lowest.pet.suv[full.liver.mask].mean() == pytest.approx(full.liver.mean, rel=0.02)


def test_an_uncorrected_image_is_made_only_when_asked_for(the_same_at_three_doses):
    assert the_same_at_three_doses[1.0].uncorrected_suv is None
    other = make_patient(Request(seed=1, lesions=0, voxel=(10.0, 10.0, 10.0), uncorrected=True))
    assert other.uncorrected_suv.shape == other.pet.suv.shape
    assert other.uncorrected_suv.dtype == np.float32
    assert 0 < other.uncorrected_suv[other.liver.mask].mean() < 0.2 * other.liver.mean
