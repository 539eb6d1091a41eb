from __future__ import annotations

import numpy as np
import pytest
from digital_trunk import STEP, Body, refused, trunk
from scipy.ndimage import gaussian_filter

from NENSegmentationLib.core.image_files import read_image
from NENSegmentationLib.core.organs import read_organs
from NENSegmentationLib.core.volume import image_like, voxels


@pytest.fixture(scope="module")
def patient() -> Body:
    return trunk()


def test_an_image_without_uptake_shows_no_body(patient):
    assert "shows no body" in refused(patient.pet() * 0)


def test_a_crop_is_too_little_of_a_body(patient):
    assert "170 x 160 x 200 mm of a body, too little to hold" in refused(patient.pet()[38:72, 10:42, 30:70])


def test_a_body_without_uptake_that_stands_out_has_no_liver():
    assert "no region of even uptake stands out" in refused(Body().pet())


def test_a_liver_on_the_left_is_refused(patient):
    mirrored = image_like(np.ascontiguousarray(voxels(patient.pet())[:, :, ::-1]), patient.grid)
    assert "no region of even, raised uptake on the right is as large as a liver" in refused(mirrored)


def test_an_organ_on_the_left_is_no_liver():
    body = Body()
    body.put((-75, 10, 240), (80, 85, 70), suv=5.0)
    assert "SUV 5.0) does not lie on the right" in refused(body.pet())


def test_a_larger_organ_on_the_left_makes_it_doubtful():
    body = trunk()
    body.put((-85, 10, 240), (80, 100, 110), suv=7.0)
    assert "two regions of even, raised uptake could be the liver" in refused(body.pet())


def test_an_organ_on_the_right_that_is_too_small_is_no_liver():
    body = trunk(with_liver=False)
    body.put((75, 10, 240), (36, 36, 36), suv=5.0)
    assert "as large as a liver: the largest has 1" in refused(body.pet())


def test_a_second_organ_on_the_right_makes_it_doubtful():
    body = trunk()
    body.put((90, 20, 110), (60, 60, 55), suv=12.0)
    assert "two regions of even, raised uptake could be the liver" in refused(body.pet())


def test_an_organ_with_a_twin_on_the_left_is_no_liver():
    body = trunk()
    body.put((-75, 10, 240), (74, 80, 66), suv=5.0)
    body.put((0, 0, 240), (12, 500, 500), suv=0.6)
    assert "has a twin on the left" in refused(body.pet())


def test_a_scan_that_ends_below_the_lung_is_refused(patient):
    assert "no lung lies above" in refused(patient.pet()[:, :, :61])


def test_a_ct_without_lung_above_the_liver_is_refused(patient):
    ct = image_like(np.maximum(patient.hounsfield, -400), patient.grid)
    assert "no lung lies above" in refused(patient.pet(), ct=ct)


def test_a_ct_of_another_place_is_refused(patient):
    ct = patient.ct()
    ct.SetOrigin((3000.0, 0.0, 0.0))
    assert "no region of even uptake stands out" in refused(patient.pet(), ct=ct)


def test_a_liver_whose_uptake_changes_along_it_has_no_room_for_three_spheres():
    body = trunk(with_liver=False)
    column = body.put((80, 0, 180), (31, 31, 140), suv=1.0)
    body.suv[column] = (4 * np.exp(0.008 * STEP * (np.arange(100) - 36)))[np.nonzero(column)[0]]
    assert "3 spheres of 30 mm do not fit" in refused(body.pet())


@pytest.mark.parametrize("patient_number", ["STS_002", "STS_003"])
def test_a_real_crop_of_a_thigh_is_refused(shared_data, patient_number):
    path = shared_data / "ibsi_sts_petct_crops" / patient_number / "PET" / "nifti" / "image" / "image.nii.gz"
    assert "too little to hold the upper abdomen" in refused(read_image(path))


@pytest.mark.parametrize(
    ("bq_ml_per_suv", "reason"),
    [(1.0, "does not lie on the right"), (2200.0, "no region of even uptake stands out")],
)
def test_a_real_phantom_is_refused(shared_data, bq_ml_per_suv, reason):
    phantom = read_image(shared_data / "nema_iq_phantom" / "nema_recon1.nii.gz")
    assert reason in refused(phantom / bq_ml_per_suv)


def test_a_real_abdomen_without_lung_is_refused_without_a_map(shared_data):
    folder = shared_data / "totalsegmentator_torso"
    organs = read_organs(folder / "example_seg_fast_force_split.nii.gz")
    ct = read_image(folder / "example_ct.nii.gz")
    suv = np.where(voxels(ct) > -300, 0.6, 0.05)
    suv[organs.mask("liver")] = 5.0
    assert "no lung lies above" in refused(image_like(gaussian_filter(suv, 0.8).astype(np.float32), ct))
