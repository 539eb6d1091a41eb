from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.evaluation import METRICS, Criteria, evaluate
from NENSegmentationLib.core.image_files import read_labels
from NENSegmentationLib.core.volume import voxel_volume_ml, voxels


def row(*labels):
    return np.array([[labels]], np.uint8)


def two_masks():
    shape = st.shared(array_shapes(min_dims=3, max_dims=3, max_side=7), key="shape")
    mask = arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 1, 3]))
    return st.tuples(mask, mask)


# --- by hand ---


def test_voxels_are_counted():
    one = evaluate(row(1, 1, 1, 0, 0, 0), row(0, 1, 1, 1, 1, 0), 1.0)
    assert (one.voxel_dice, one.voxel_precision, one.voxel_sensitivity) == (4 / 7, 2 / 3, 2 / 4)


def test_lesions_are_counted():
    one = evaluate(row(1, 0, 1, 0, 0, 0, 0, 1), row(1, 0, 1, 0, 1, 0, 0, 0), 1.0)
    assert (one.lesion_dice, one.lesion_precision, one.lesion_sensitivity) == (4 / 6, 2 / 3, 2 / 3)


def test_the_label_of_a_voxel_does_not_matter():
    assert evaluate(row(5, 2, 0, 0), row(1, 1, 0, 7), 1.0) == evaluate(row(1, 1, 0, 0), row(1, 1, 0, 1), 1.0)


def test_volumes_without_a_counterpart_are_in_millilitres():
    one = evaluate(row(1, 1, 0, 0, 0, 0, 1), row(0, 1, 0, 1, 1, 1, 0), 0.5)
    assert (one.false_positive_ml, one.false_negative_ml) == (0.5, 1.5)
    assert (one.truth_ml, one.predicted_ml) == (2.0, 1.5)


def test_a_component_over_two_lesions_finds_both():
    one = evaluate(row(1, 1, 1), row(1, 0, 1), 1.0)
    assert (one.found, one.missed, one.false_positives, one.lesion_dice) == (2, 0, 0, 1.0)


def test_a_lesion_in_two_halves_is_found_once():
    one = evaluate(row(1, 0, 1), row(1, 1, 1), 1.0)
    assert (one.found, one.lesion_precision, one.lesion_dice) == (1, 1.0, 1.0)


def test_corners_join_at_26_and_not_at_18():
    corner = np.zeros((2, 2, 2), np.uint8)
    corner[0, 0, 0] = corner[1, 1, 1] = 1
    assert len(evaluate(corner, corner, 1.0).lesions) == 1
    assert len(evaluate(corner, corner, 1.0, Criteria(connectivity=18)).lesions) == 2


def test_a_small_overlap_finds_a_lesion_unless_an_iou_is_asked_for():
    predicted, truth = row(1, 1, 1, 1, 0, 0, 0), row(0, 0, 0, 1, 1, 1, 1)
    assert evaluate(predicted, truth, 1.0).lesion_dice == 1.0
    assert evaluate(predicted, truth, 1.0, Criteria(iou=1 / 7)).lesion_dice == 0.0
    assert evaluate(predicted, truth, 1.0, Criteria(iou=0.14)).lesion_dice == 1.0


def test_rating_and_volumes_do_not_depend_on_the_iou():
    predicted, truth = row(1, 1, 1, 1, 0, 0, 0), row(0, 0, 0, 1, 1, 1, 1)
    one = evaluate(predicted, truth, 1.0, Criteria(iou=0.5))
    assert (one.suggested_rating, one.false_positive_ml, one.false_negative_ml) == (2, 0.0, 0.0)


def test_a_lesion_is_minor_under_a_dice_of_095():
    truth, whole, less = row(*[1] * 20), row(0, *[1] * 19), row(0, 0, *[1] * 18)
    assert (evaluate(whole, truth, 1.0).minor, evaluate(less, truth, 1.0).minor) == (0, 1)
    assert evaluate(less, truth, 1.0, Criteria(minor_dice=0.9)).suggested_rating == 1


def test_a_lesion_segmented_in_two_parts_is_no_minor_difference_when_little_is_missing():
    assert evaluate(row(*[1] * 20, 0, *[1] * 20), row(*[1] * 41), 1.0).suggested_rating == 1


# --- nothing there ---


def test_nothing_is_defined_but_volume_and_rating_without_a_lesion():
    one = evaluate(row(1, 0, 1), row(0, 0, 0), 0.5)
    assert [getattr(one, metric) for metric in METRICS] == [None] * 6 + [1.0, 0.0, 3]


def test_an_empty_prediction_has_no_precision():
    one = evaluate(row(0, 0, 0), row(1, 0, 1), 0.5)
    assert [getattr(one, metric) for metric in METRICS] == [0.0, None, 0.0, 0.0, None, 0.0, 0.0, 1.0, 5]


def test_nothing_against_nothing_is_a_negative_control_without_a_fault():
    one = evaluate(row(0, 0), row(0, 0), 0.5)
    assert (one.voxel_dice, one.lesion_dice, one.suggested_rating) == (None, None, 1)


# --- refused ---


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ({"connectivity": 8}, "connectivity 8 does not exist"),
        ({"iou": 1.0}, "intersection over union above 1 cannot"),
        ({"iou": float("nan")}, "intersection over union above nan cannot"),
        ({"minor_dice": 95.0}, "Dice under 95 cannot"),
    ],
)
def test_criteria_out_of_their_range_are_refused(criteria, words):
    with pytest.raises(MethodError, match=words):
        Criteria(**criteria)


def test_arrays_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match="the prediction has the shape"):
        evaluate(row(1, 1), row(1, 1, 1), 1.0)


# --- against others ---


@settings(deadline=None, derandomize=True)
@given(two_masks())
def test_voxel_metrics_are_those_of_simpleitk(masks):
    predicted, truth = masks
    if not truth.any() or not predicted.any():
        return
    measures = sitk.LabelOverlapMeasuresImageFilter()
    measures.Execute(*(sitk.GetImageFromArray((mask > 0).astype(np.uint8)) for mask in (predicted, truth)))
    one = evaluate(predicted, truth, 1.0)
    assert one.voxel_dice == pytest.approx(measures.GetDiceCoefficient())
    assert one.voxel_precision == pytest.approx(1 - measures.GetFalseDiscoveryRate())
    assert one.voxel_sensitivity == pytest.approx(1 - measures.GetFalseNegativeError())


@settings(deadline=None, derandomize=True)
@given(two_masks(), st.sampled_from([6, 18, 26]), st.sampled_from([None, 0.0, 0.05, 0.3]))
def test_lesions_are_those_of_a_search_through_all_pairs(masks, connectivity, iou):
    predicted, truth = masks
    structure = ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[connectivity])
    lesions, components = (
        [labels == n for n in range(1, count + 1)]
        for labels, count in (ndimage.label(mask > 0, structure) for mask in (truth, predicted))
    )

    def match(lesion, component):
        shared = np.count_nonzero(lesion & component)
        return shared > 0 if iou is None else shared / np.count_nonzero(lesion | component) > iou

    found = sum(any(match(lesion, component) for component in components) for lesion in lesions)
    alone = sum(not any(match(lesion, component) for lesion in lesions) for component in components)
    missed = [lesion for lesion in lesions if not (lesion & (predicted > 0)).any()]
    false = [component for component in components if not (component & (truth > 0)).any()]
    one = evaluate(predicted, truth, 0.25, Criteria(connectivity=connectivity, iou=iou))
    assert (one.found, one.unmatched_components, one.missed, one.false_positives) == (
        found,
        alone,
        len(missed),
        len(false),
    )
    assert (len(one.lesions), len(one.components)) == (len(lesions), len(components))
    assert one.false_positive_ml == 0.25 * sum(map(np.count_nonzero, false))
    assert one.false_negative_ml == 0.25 * sum(map(np.count_nonzero, missed))
    if lesions:
        assert one.lesion_dice == 2 * found / (2 * found + alone + len(lesions) - found)


@settings(deadline=None, derandomize=True)
@given(two_masks())
def test_minor_groups_are_those_of_the_union_by_scipy(masks):
    predicted, truth = masks
    structure = np.ones((3, 3, 3))
    lesions, components = (ndimage.label(mask > 0, structure)[0] for mask in (truth, predicted))
    groups = [{("lesion", n)} for n in range(1, lesions.max(initial=0) + 1)]
    for lesion, component in {(a, b) for a, b in zip(lesions.flat, components.flat, strict=True) if a and b}:
        joined = {("lesion", lesion), ("component", component)}
        touching = [group for group in groups if group & joined]
        groups = [group for group in groups if not group & joined] + [joined.union(*touching)]
    minor = 0
    for group in groups:
        true = np.isin(lesions, [n for side, n in group if side == "lesion"])
        ours = np.isin(components, [n for side, n in group if side == "component"])
        dice = 2 * np.count_nonzero(true & ours) / (np.count_nonzero(true) + np.count_nonzero(ours))
        minor += 0 < dice < 0.95
    assert evaluate(predicted, truth, 1.0).minor == minor


def test_the_official_figures_of_autopet_on_a_real_patient(shared_data):
    truth, predicted = (read_labels(shared_data / "psma_real_masks" / f"{n}.nii.gz") for n in ("gt", "pred_nnunet"))
    one = evaluate(voxels(predicted), voxels(truth), voxel_volume_ml(truth), Criteria(connectivity=18))
    assert f"{one.voxel_dice:.5f}" == "0.69673"
    assert f"{one.false_positive_ml:.3f} {one.false_negative_ml:.3f}" == "2.754 25.015"
    assert (len(one.lesions), round(one.truth_ml)) == (112, 431)


@pytest.mark.parametrize(("connectivity", "lesions"), [(6, 122), (18, 112), (26, 111)])
def test_lesions_of_a_real_patient_by_connectivity(shared_data, connectivity, lesions):
    truth = read_labels(shared_data / "psma_real_masks" / "gt.nii.gz")
    one = evaluate(voxels(truth), voxels(truth), 1.0, Criteria(connectivity=connectivity))
    assert (len(one.lesions), one.suggested_rating) == (lesions, 1)
