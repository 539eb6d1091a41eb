from __future__ import annotations

import numpy as np
import pytest
from study.plain_readings import reading

from NENSegmentationLib.core.cohort import Agreement
from NENSegmentationLib.study.agreement import intraclass_correlation, weighted_kappa
from NENSegmentationLib.study.reader_agreement import reader_pairs, volume_agreement

# Shrout, Fleiss. Psychological Bulletin 1979;86:420, Table 2: six targets by four judges.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def test_the_intraclass_correlation_of_the_example_of_shrout_and_fleiss_is_theirs():
    found = intraclass_correlation(np.array(SHROUT_FLEISS, float))
    assert found.value == pytest.approx(0.289764, abs=1e-6)  # 0.29 in their Table 4; digits from pingouin 0.7
    assert (found.low, found.high) == pytest.approx((0.02, 0.76), abs=0.005)
    assert (found.cases, found.readers) == (6, 4)


def test_readers_who_agree_exactly_have_a_correlation_of_one_without_an_interval():
    found = intraclass_correlation(np.array([[1.0, 1.0], [5.0, 5.0], [9.0, 9.0]]))
    assert (found.value, found.low, found.high) == (1.0, None, None)


@pytest.mark.parametrize("values", [[[1.0, 2.0]], [[1.0], [2.0]], [[3.0, 3.0], [3.0, 3.0]]])
def test_a_correlation_that_is_not_defined_is_none(values):
    assert intraclass_correlation(np.array(values)).value is None


@pytest.mark.parametrize("value", [2.0, 10.0])
def test_a_constant_difference_between_readers_lowers_the_correlation(value):
    found = intraclass_correlation(np.array([[1.0, 1.0 + value], [5.0, 5.0 + value], [9.0, 9.0 + value]]))
    assert found.value == pytest.approx(16 / (16 + value**2 / 2))


# Computed with statsmodels 0.15, cohens_kappa(wt="quadratic").
def test_the_weighted_kappa_of_a_table_is_that_of_statsmodels():
    counts = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    assert weighted_kappa(*zip(*pairs, strict=True)) == pytest.approx(0.5666666666666667)


def test_the_weighted_kappa_of_ratings_is_that_of_statsmodels():
    first, second = [1, 2, 3, 3, 5, 4, 2, 3, 1, 5], [1, 3, 3, 4, 5, 3, 2, 2, 2, 4]
    assert weighted_kappa(first, second) == pytest.approx(0.8113207547169812)


@pytest.mark.parametrize(
    ("first", "second", "kappa"),
    [([1, 5], [5, 1], -1.0), ([1, 2, 3], [1, 2, 3], 1.0), ([3, 3], [3, 3], None), ([], [], None)],
)
def test_the_ends_of_the_weighted_kappa(first, second, kappa):
    assert weighted_kappa(first, second) == kappa


def test_limits_of_agreement_are_the_bias_and_1_96_sd_to_either_side():
    found = Agreement.of([1.0, 2.0, 3.0])
    assert (found.difference.mean, found.lower, found.upper) == pytest.approx((2.0, 0.04, 3.96))


def test_a_single_difference_has_no_limits():
    assert Agreement.of([1.0]).lower is None


def volumes(**of_readers):
    return [
        reading(reader=who, case=f"case-{n}", volume_ml=volume)
        for who, given in of_readers.items()
        for n, volume in enumerate(given)
    ]


def test_a_case_whose_volume_one_reader_lacks_is_no_part_of_the_correlation():
    rows = volumes(a=[1.0, 5.0, 9.0, 2.0], b=[1.5, 5.0, 9.5, None])
    (found,) = volume_agreement(rows, ["ensemble"], ["a", "b"])
    assert found.icc.cases == 3


def test_a_single_reader_has_nobody_to_agree_with():
    rows = volumes(a=[1.0, 5.0])
    assert volume_agreement(rows, ["ensemble"], ["a"]) == []
    assert reader_pairs(rows, ["ensemble"], ["a"]) == []


def test_volumes_of_two_readers_are_subtracted_in_their_order():
    (found,) = reader_pairs(volumes(a=[1.0, 5.0], b=[2.0, 8.0]), ["ensemble"], ["a", "b"])
    assert found.volume.difference.mean == -2.0
    assert [(one.case, one.first_ml, one.second_ml) for one in found.volumes] == [
        ("case-0", 1.0, 2.0),
        ("case-1", 5.0, 8.0),
    ]


def test_only_cases_that_both_have_rated_enter_kappa():
    rows = [
        reading(reader=who, case=f"case-{n}", rating=rating)
        for who, given in {"a": [1, 2, 5, 4], "b": [1, 3, 5, None]}.items()
        for n, rating in enumerate(given)
    ]
    (found,) = reader_pairs(rows, ["ensemble"], ["a", "b"])
    assert found.rated == 3
    assert found.kappa == weighted_kappa([1, 2, 5], [1, 3, 5])


def test_dice_is_taken_between_the_voxels_of_two_readers():
    masks = {"a": np.array([0, 1]), "b": np.array([1, 2])}
    (found,) = reader_pairs(
        volumes(a=[1.0], b=[1.0]), ["ensemble"], ["a", "b"], lambda reader, _case, _arm: masks[reader]
    )
    assert (found.dice.mean, found.dice.n) == (0.5, 1)


def test_two_empty_results_and_a_missing_one_have_no_dice():
    nothing = np.zeros(0, int)
    masks = {("a", "case-0"): nothing, ("b", "case-0"): nothing, ("a", "case-1"): np.array([0, 1])}
    rows = volumes(a=[0.0, 1.0], b=[0.0, 1.0])
    (found,) = reader_pairs(rows, ["ensemble"], ["a", "b"], lambda reader, case, _arm: masks.get((reader, case)))
    assert (found.dice.mean, found.dice.n) == (None, 0)
