from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from digital_trunk import NAMES, Body, refused, trunk
from numpy.testing import assert_array_equal
from scipy.ndimage import gaussian_filter

from NENSegmentationLib.core.image_files import read_image
from NENSegmentationLib.core.organs import OrganMap, read_organs
from NENSegmentationLib.core.proposal import propose_region
from NENSegmentationLib.core.reference_region import Organ, ReferenceRegion
from NENSegmentationLib.core.volume import image_like, voxels


def distances(region: ReferenceRegion) -> list[float]:
    centres = [np.array(one.centre_ras) for one in region.ellipsoids]
    return [float(np.linalg.norm(a - b)) for n, a in enumerate(centres) for b in centres[:n]]


def diameters(region: ReferenceRegion) -> list[float]:
    return [one.diameters_mm[0] for one in region.ellipsoids]


@pytest.fixture(scope="module")
def patient() -> Body:
    return trunk()


@pytest.mark.parametrize("with_ct", [False, True])
def test_three_spheres_of_30_mm_lie_in_the_liver_without_overlap(patient, with_ct):
    region = propose_region(patient.pet(), Organ.LIVER, ct=patient.ct() if with_ct else None)
    assert diameters(region) == [30.0] * 3
    assert np.all(patient.labels[region.mask] == 1)
    assert min(distances(region)) >= 30
    assert region.mean == pytest.approx(5.0, rel=0.02)
    assert region.warnings == ()


def test_three_spheres_lie_in_the_liver_of_an_organ_map(patient):
    region = propose_region(patient.pet(), Organ.LIVER, organs=patient.organs())
    assert diameters(region) == [30.0] * 3
    assert np.all(patient.labels[region.mask] == 1)
    assert min(distances(region)) >= 30


def test_an_organ_map_may_have_its_own_grid_and_orientation(patient):
    turned = sitk.DICOMOrient(patient.organs().image, "PIR")[::2, ::1, ::1]
    region = propose_region(patient.pet(), Organ.LIVER, organs=OrganMap(turned, NAMES))
    assert np.mean(patient.labels[region.mask] == 1) == 1.0


def test_a_pet_may_have_any_orientation(patient):
    upright = propose_region(patient.pet(), Organ.LIVER)
    turned = propose_region(sitk.DICOMOrient(patient.pet(), "AIL"), Organ.LIVER)
    assert [e.centre_ras for e in turned.ellipsoids] == [pytest.approx(e.centre_ras) for e in upright.ellipsoids]
    assert turned.mean == pytest.approx(upright.mean)


@pytest.mark.parametrize("given", ["pet", "map"])
@pytest.mark.parametrize("uptake", [25.0, 1.0])
def test_metastases_are_avoided_hot_or_cold(given, uptake):
    body = trunk()
    tumour = body.put((90, 20, 260), (25, 25, 25), suv=uptake) | body.put((60, -30, 210), (15, 15, 15), suv=uptake)
    region = propose_region(body.pet(), Organ.LIVER, organs=body.organs() if given == "map" else None)
    assert not (region.mask & tumour).any()
    assert region.mean == pytest.approx(5.0, rel=0.05)


def test_pieces_of_liver_that_a_metastasis_cuts_apart_count_together():
    body = trunk()
    body.put((75, 10, 240), (200, 200, 12), suv=20.0)
    region = propose_region(body.pet(), Organ.LIVER)
    assert region.mean == pytest.approx(5.0, rel=0.05)


def test_a_large_spleen_takes_three_spheres_of_30_mm():
    body = trunk()
    body.put((-105, -20, 250), (55, 75, 75), suv=9.0, label=2)
    region = propose_region(body.pet(), Organ.SPLEEN, organs=body.organs())
    assert diameters(region) == [30.0] * 3
    assert region.warnings == ()


def test_a_usual_spleen_takes_three_spheres_of_20_mm_and_says_so(patient):
    region = propose_region(patient.pet(), Organ.SPLEEN, organs=patient.organs())
    assert diameters(region) == [20.0] * 3
    assert np.all(patient.labels[region.mask] == 2)
    assert min(distances(region)) >= 20
    assert len(region.warnings) == 1
    assert "is too small for 3 spheres of 30 mm: the reference region is 3 of 20 mm." in region.warnings[0]


def test_a_small_spleen_takes_as_many_spheres_as_fit():
    body = trunk()
    body.labels[body.labels == 2] = 0
    body.put((-115, -40, 250), (21, 21, 21), suv=9.0, label=2)
    region = propose_region(body.pet(), Organ.SPLEEN, organs=body.organs())
    assert diameters(region) == [20.0]
    assert "the reference region is 1 of 20 mm." in region.warnings[0]


def test_a_hot_kidney_beside_the_spleen_does_not_spill_in():
    body = trunk()
    body.put((-75, -60, 230), (22, 25, 45), suv=25.0, label=0)
    region = propose_region(body.pet(), Organ.SPLEEN, organs=body.organs())
    assert region.mean == pytest.approx(9.0, rel=0.05)


def test_the_spleen_needs_an_organ_map(patient):
    assert "an organ map is needed" in refused(patient.pet(), Organ.SPLEEN)


def test_uptake_that_is_no_suv_is_refused(patient):
    assert "SUV 498.4, and 0.7 to 80 are plausible" in refused(patient.pet() * 100)
    assert "0.7 to 80 are plausible" in refused(patient.pet() * 100, organs=patient.organs())


def test_an_organ_map_without_the_organ_is_refused(patient):
    organs = OrganMap(patient.organs().image, {2: "spleen"})
    assert "the organ map has no liver" in refused(patient.pet(), organs=organs)


def test_an_organ_map_of_another_place_is_refused(patient):
    organs = patient.organs()
    organs.image.SetOrigin((3000.0, 0.0, 0.0))
    assert "shows no uptake where the organ map has the liver" in refused(patient.pet(), organs=organs)


def test_a_tiny_spleen_is_refused_with_its_volume():
    body = trunk()
    body.labels[body.labels == 2] = 0
    body.put((-115, -40, 250), (11, 11, 11), suv=9.0, label=2)
    sentence = refused(body.pet(), Organ.SPLEEN, organs=body.organs())
    assert "(6 mL) is too small or too thin for a sphere of 20 mm" in sentence


def test_a_liver_full_of_metastases_is_refused():
    body = trunk()
    chequered = np.indices(body.suv.shape).sum(axis=0) // 4 % 2 == 1
    body.suv[(body.labels == 1) & chequered] = 20.0
    assert "has too little tissue with even uptake" in refused(body.pet(), organs=body.organs())
    assert "on the right" in refused(body.pet())


def test_a_liver_no_warmer_than_the_body_is_refused():
    body = trunk(liver=0.8)
    assert "SUV 0.8, hardly more than the body's usual 0.6" in refused(body.pet(), organs=body.organs())


def test_even_tumour_in_half_of_the_liver_is_refused():
    body = trunk()
    body.suv[(body.labels == 1) & (np.arange(100) >= 47)[:, None, None]] = 20.0
    body.suv[(body.labels == 1) & (np.indices(body.suv.shape)[2] // 3 % 2 == 1) & (body.suv < 20)] = 8.0
    assert "have much less uptake than its most even tissue" in refused(body.pet(), organs=body.organs())


def series(folder, factor=1.0) -> sitk.Image:
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return sitk.Cast(reader.Execute(), sitk.sitkFloat32) * factor


@pytest.mark.parametrize("with_ct", [False, True])
def test_the_liver_of_a_real_pet_ct_is_found(shared_data, with_ct):
    folder = shared_data / "acrin_nsclc_042_petct"
    ct = series(folder / "CT") if with_ct else None
    region = propose_region(series(folder / "PT_AC", 4.2111007e-4), Organ.LIVER, ct=ct)
    # Looked at on PET and CT: this box holds the right lobe, from under the dome to the lower tip.
    assert_inside(region, (30, -20, -325), (150, 130, -205))
    assert region.mean == pytest.approx(1.86, abs=0.08)


def test_the_liver_of_a_real_whole_body_pet_is_found(shared_data):
    pet = series(shared_data / "fdg_wb_GE_STS001" / "image", 2.4290298e-4)
    region = propose_region(pet, Organ.LIVER)
    assert_inside(region, (10, -90, -440), (140, 60, -325))
    assert region.mean == pytest.approx(2.07, abs=0.08)


@pytest.mark.parametrize(("organ", "uptake"), [(Organ.LIVER, 5.0), (Organ.SPLEEN, 9.0)])
def test_the_organs_of_a_real_map_take_the_spheres(shared_data, organ, uptake):
    folder = shared_data / "totalsegmentator_torso"
    organs = read_organs(folder / "example_seg_fast_force_split.nii.gz")
    ct = read_image(folder / "example_ct.nii.gz")
    suv = np.where(voxels(ct) > -300, 0.6, 0.05)
    for name, value in {"liver": 5.0, "spleen": 9.0, "kidney_left": 20.0, "kidney_right": 20.0}.items():
        suv[organs.mask(name)] = value
    pet = image_like(gaussian_filter(suv, 0.8).astype(np.float32), ct)
    region = propose_region(pet, organ, organs=organs)
    assert_array_equal(organs.mask(organ.value)[region.mask], True)
    assert region.mean == pytest.approx(uptake, rel=0.03)


def assert_inside(region, low, high):
    for one in region.ellipsoids:
        assert np.all(np.array(one.centre_ras) >= np.array(low) + 15)
        assert np.all(np.array(one.centre_ras) <= np.array(high) - 15)
