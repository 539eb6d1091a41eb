from __future__ import annotations

import statistics

import numpy as np
import pytest

from NENSegmentationLib.core.cohort import Spread, summed_up
from NENSegmentationLib.core.evaluation import evaluate


def case(predicted, truth, voxel_ml=0.5):
    return evaluate(np.array([[predicted]]), np.array([[truth]]), voxel_ml)


PERFECT = case([1, 1, 0, 0], [1, 1, 0, 0])
MISSED = case([0, 0, 0, 0], [1, 1, 0, 1])
HALF = case([1, 0, 0, 1], [1, 1, 0, 0])
QUIET_CONTROL = case([0, 0, 0, 0], [0, 0, 0, 0])
LOUD_CONTROL = case([1, 1, 1, 1], [0, 0, 0, 0])


def test_mean_and_sample_sd_leave_out_what_is_not_defined():
    assert Spread.of([1.0, None, 2.0, 4.0]) == Spread(7 / 3, pytest.approx(statistics.stdev([1, 2, 4])), 3)


def test_one_value_has_no_sd_and_none_has_no_mean():
    assert (Spread.of([2.0]), Spread.of([None])) == (Spread(2.0, None, 1), Spread(None, None, 0))


def test_metrics_are_those_of_the_cases_with_lesions():
    cohort = summed_up([PERFECT, MISSED, LOUD_CONTROL])
    assert (cohort.cases, cohort.with_lesions) == (3, 2)
    assert cohort.metrics["voxel_dice"] == Spread(0.5, pytest.approx(0.5**0.5), 2)
    assert cohort.metrics["false_positive_ml"].mean == 0.0


def test_an_empty_prediction_counts_in_dice_and_not_in_precision():
    metrics = summed_up([PERFECT, MISSED]).metrics
    assert (metrics["voxel_dice"].n, metrics["voxel_precision"].n, metrics["lesion_precision"].n) == (2, 1, 1)


def test_ratings_are_counted_without_the_negative_controls():
    assert summed_up([PERFECT, PERFECT, MISSED, QUIET_CONTROL]).ratings == {1: 2, 2: 0, 3: 0, 4: 0, 5: 1}


def test_negative_controls_have_number_and_volume():
    controls = summed_up([PERFECT, QUIET_CONTROL, LOUD_CONTROL]).controls
    assert (controls.cases, controls.nothing, controls.within_limit, controls.largest_ml) == (2, 1, 1, 2.0)
    assert (controls.volume_ml.mean, controls.components.mean) == (1.0, 0.5)


def test_a_control_with_125_voxels_of_0012_ml_is_within_15_ml():
    volume = np.ones((5, 5, 5))
    control = evaluate(volume, 0 * volume, 2.0 * 2.0 * 3.0 / 1000)
    assert summed_up([control]).controls.within_limit == 1


def test_bias_and_limits_of_agreement():
    volume = summed_up([PERFECT, MISSED, HALF]).volume
    differences = [0.0, -1.5, 0.0]
    sd = statistics.stdev(differences)
    assert volume.difference == Spread(pytest.approx(-0.5), pytest.approx(sd), 3)
    assert (volume.lower, volume.upper) == (pytest.approx(-0.5 - 1.96 * sd), pytest.approx(-0.5 + 1.96 * sd))


def test_one_case_has_no_limits_of_agreement():
    volume = summed_up([PERFECT]).volume
    assert (volume.lower, volume.upper) == (None, None)


def test_lesions_are_counted_by_their_volume():
    detection = summed_up([MISSED, PERFECT]).detection
    assert [(one.from_ml, one.to_ml, one.lesions, one.found) for one in detection] == [
        (0.0, 0.5, 0, 0),
        (0.5, 1.0, 1, 0),
        (1.0, 2.0, 2, 1),
        (2.0, 5.0, 0, 0),
        (5.0, 10.0, 0, 0),
        (10.0, None, 0, 0),
    ]
