from __future__ import annotations

import json

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal
from scipy import ndimage

from NENSegmentationLib.cli.main import main
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.lesions import DrawnTumour
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import ORGANS
from NENSegmentationLib.phantom.truth import (
    healthy_liver,
    hot_organs,
    lesion_labels,
    physiological_zone,
    reference_segmentation,
)
from NENSegmentationLib.phantom.uptake import TRACERS, Uptake

ROW = Grid((1, 1, 6), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))  # 0.125 mL a voxel


def row(*values, dtype=float):
    return np.array([[values]], dtype)


def pet(suv, grid=ROW):
    return grid.image(suv.astype(np.float32))


def read_suv(folder, factor):
    slices = sorted((pydicom.dcmread(path) for path in (folder / "PET").iterdir()), key=lambda x: x.SliceLocation)
    return np.stack([x.pixel_array * float(x.RescaleSlope) * factor for x in slices]).astype(np.float32)


def drawn(filled):
    whole = tuple(slice(0, n) for n in filled.shape)
    return DrawnTumour(None, whole, filled, filled, filled)


def away_from(mask):
    """Return the distance (mm) to a mask on the patient's grid of 8 mm."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing((8.0, 8.0, 8.0))
    return sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(image, False, False, True))


def test_the_reference_is_what_simpleitk_makes_of_the_files(a_patient, truth_of, parameters_of):
    parameters = parameters_of(a_patient)
    suv = read_suv(a_patient, parameters["suv_of_1_bq_per_ml"])
    organs, lesions = truth_of(a_patient, "organs"), truth_of(a_patient, "lesions")
    labels = {name: int(label) for label, name in json.loads((a_patient / "truth/organs.json").read_text()).items()}
    organ = np.isin(organs, [labels[name] for name in parameters["physiological_organs"]]) & (lesions == 0)
    above = suv > parameters["liver"]["threshold"]
    to_organ, to_lesion = away_from(above & organ), away_from(above & (lesions > 0))
    spilled = above & (lesions == 0) & ~organ & (to_organ <= 12) & (to_organ < to_lesion)
    components = sitk.ConnectedComponent(sitk.GetImageFromArray((above & ~organ & ~spilled).astype(np.uint8)), True)
    voxel_ml = 0.512
    kept = sitk.GetArrayFromImage(sitk.RelabelComponent(components, int(np.ceil(0.1 / voxel_ml))))
    tumour = [label for label in np.unique(kept[lesions > 0]) if label]
    assert_array_equal(truth_of(a_patient, "reference"), np.isin(kept, tumour))
    assert len(tumour) >= 3


def test_the_reference_is_nenseg_segment_without_what_is_no_true_lesion(a_patient, truth_of, parameters_of, tmp_path):
    arguments = ["segment", str(a_patient), "--method", "threshold", "--liver", "auto", "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    threshold = json.loads((tmp_path / "out" / "summary.json").read_text())["threshold"]
    found = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out" / "lesions.nii.gz"))) > 0
    image, organs, lesions = read_case(a_patient).pet, truth_of(a_patient, "organs"), truth_of(a_patient, "lesions")
    hot = np.isin(organs, [ORGANS.index(name) + 1 for name in parameters_of(a_patient)["physiological_organs"]])
    zone = physiological_zone(image, threshold, lesions, hot)
    left, _ = ndimage.label(found & ~(zone & (lesions == 0)), np.ones((3, 3, 3)))
    kept = np.isin(left, np.unique(left[lesions > 0])) & (left > 0)
    assert kept.any()
    assert_array_equal(reference_segmentation(image, threshold, lesions, zone), kept)


def test_the_threshold_rests_on_liver_ten_millimetres_inside_and_away_from_lesions(a_patient, truth_of, parameters_of):
    parameters = parameters_of(a_patient)
    suv = read_suv(a_patient, parameters["suv_of_1_bq_per_ml"])
    organs, lesions = truth_of(a_patient, "organs"), truth_of(a_patient, "lesions")
    names = json.loads((a_patient / "truth/organs.json").read_text())
    liver = organs == next(int(label) for label, name in names.items() if name == "liver")
    to_other = sitk.GetImageFromArray(((~liver) | (lesions > 0)).astype(np.uint8))
    to_other.SetSpacing((8.0, 8.0, 8.0))
    distance = sitk.SignedMaurerDistanceMap(to_other, False, False, True)
    healthy = suv[(sitk.GetArrayFromImage(distance) > 10.0) & liver].astype(float)
    expected = parameters["liver"]
    assert healthy.size == expected["n"]
    assert healthy.mean() == pytest.approx(expected["mean"], rel=1e-6)
    assert np.std(healthy, ddof=1) == pytest.approx(expected["sd"], rel=1e-6)
    assert expected["threshold"] == pytest.approx(1.5 * healthy.mean() + 2 * np.std(healthy, ddof=1), rel=1e-6)
    assert 0.04 < expected["sd"] / expected["mean"] < 0.16


def test_only_voxels_strictly_above_the_threshold_count():
    suv, lesions = row(9.0, 9.01, 0, 0, 0, 0), row(1, 1, 0, 0, 0, 0, dtype=int)
    result = reference_segmentation(pet(suv), 9.0, lesions, np.zeros(suv.shape, bool))
    assert_array_equal(result, row(0, 1, 0, 0, 0, 0))


def test_a_component_without_a_lesion_is_no_reference():
    suv, lesions = row(20, 0, 20, 20, 0, 20), row(0, 0, 0, 2, 0, 0, dtype=int)
    result = reference_segmentation(pet(suv), 9.0, lesions, np.zeros(suv.shape, bool))
    assert_array_equal(result, row(0, 0, 1, 1, 0, 0))


def test_physiological_uptake_is_left_out_except_where_a_lesion_lies_in_it():
    suv, lesions = row(20, 20, 20, 0, 0, 0), row(1, 1, 0, 0, 0, 0, dtype=int)
    result = reference_segmentation(pet(suv), 9.0, lesions, row(0, 1, 1, 0, 0, 0, dtype=bool))
    assert_array_equal(result, row(1, 1, 0, 0, 0, 0))


def test_spill_over_between_an_organ_and_a_lesion_belongs_to_the_nearer():
    suv, lesions = row(20, 20, 20, 20, 20, 20), row(1, 0, 0, 0, 0, 0, dtype=int)
    zone = physiological_zone(pet(suv), 9.0, lesions, row(0, 0, 0, 0, 0, 1, dtype=bool))
    assert_array_equal(zone, row(0, 0, 0, 1, 1, 1, dtype=bool))


def test_spill_over_reaches_twelve_millimetres_at_most():
    suv, lesions = row(20, 20, 20, 20, 9, 20), row(0, 0, 0, 0, 0, 1, dtype=int)
    zone = physiological_zone(pet(suv), 9.0, lesions, row(1, 0, 0, 0, 0, 0, dtype=bool))
    assert_array_equal(zone, row(1, 1, 1, 0, 0, 0, dtype=bool))


def test_without_a_lesion_only_the_organ_itself_is_physiological():
    suv, nothing = row(20, 20, 0, 0, 0, 0), row(0, 0, 0, 0, 0, 0, dtype=int)
    organ = row(1, 0, 0, 0, 0, 0, dtype=bool)
    assert_array_equal(physiological_zone(pet(suv), 9.0, nothing, organ), organ)


def test_a_tenth_of_a_millilitre_is_enough_and_less_is_not():
    suv, lesions = row(20, 20, 0, 20, 0, 0), row(1, 1, 0, 2, 0, 0, dtype=int)
    grid = Grid((1, 1, 6), (5.0, 5.0, 2.0), (0.0, 0.0, 0.0))  # 0.05 mL a voxel
    result = reference_segmentation(pet(suv, grid), 9.0, lesions, np.zeros(suv.shape, bool))
    assert_array_equal(result, row(1, 1, 0, 0, 0, 0))


def test_a_lesion_below_the_threshold_has_no_reference_but_a_label(a_patient, truth_of, parameters_of):
    parameters = parameters_of(a_patient)
    lesions, reference = truth_of(a_patient, "lesions"), truth_of(a_patient, "reference")
    faint = [x["label"] for x in parameters["lesions"] if x["suv"] < 0.9 * parameters["liver"]["threshold"]]
    assert not any(reference[lesions == label].all() for label in faint)
    assert all((lesions == label).any() for label in faint)


def test_too_little_healthy_liver_is_refused():
    liver = np.zeros((9, 9, 9), bool)
    liver[2:7, 2:7, 2:7] = True
    grid = Grid(liver.shape, (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    with pytest.raises(PhantomError, match="Only 1 voxels of healthy liver are left"):
        healthy_liver(pet(np.ones(liver.shape), grid), liver, np.zeros(liver.shape, int))


def test_a_voxel_half_filled_belongs_to_the_lesion():
    fine, coarse = Grid((1, 1, 4), (4.0, 4.0, 2.0), (1.0, 0.0, 0.0)), Grid((1, 1, 2), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    filled = np.array([[[0.0, 1.0, 0.9, 0.0]]], np.float32)
    box = (slice(0, 1), slice(0, 1), slice(0, 4))
    assert_array_equal(
        lesion_labels(
            Drawing(fine, np.zeros(fine.shape, np.uint8), [DrawnTumour(None, box, filled, filled, filled)]), coarse
        ),
        [[[1, 0]]],
    )


def test_a_lesion_too_small_for_half_a_voxel_still_gets_one():
    fine, coarse = Grid((1, 1, 4), (4.0, 4.0, 2.0), (1.0, 0.0, 0.0)), Grid((1, 1, 2), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    filled = np.array([[[0.1, 0.0, 0.3, 0.0]]], np.float32)
    box = (slice(0, 1), slice(0, 1), slice(0, 4))
    assert_array_equal(
        lesion_labels(
            Drawing(fine, np.zeros(fine.shape, np.uint8), [DrawnTumour(None, box, filled, filled, filled)]), coarse
        ),
        [[[0, 1]]],
    )


def test_hot_organs_are_those_above_the_threshold_by_themselves():
    uptake = Uptake.drawn(Seeds(1), TRACERS["cu64-dotatate"])
    hot = hot_organs(uptake.suv, 9.0)
    assert {"kidney_left", "kidney_right", "urinary_bladder"} <= set(hot)
    assert "liver" not in hot
