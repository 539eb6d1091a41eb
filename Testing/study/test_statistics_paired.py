from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from NENSegmentationLib.study.paired import compare_pairs, signed_rank_test

THRESHOLD = [12.0, 25.0, 17.0, 9.0, 31.0, 17.0, 14.0, 22.0, 40.0, 11.0]
ENSEMBLE = [4.0, 6.0, 5.0, 3.0, 9.0, 5.0, 4.0, 8.0, 14.0, 5.0]


def test_ten_pairs_with_the_medians_of_the_paper_differ_with_p_under_one_percent():
    assert (np.median(THRESHOLD), np.median(ENSEMBLE)) == (17, 5)
    found = compare_pairs(THRESHOLD, ENSEMBLE)
    assert found.t_test_p < 0.01
    assert found.wilcoxon_p < 0.01


def test_the_t_test_and_its_interval_are_those_of_scipy():
    found = compare_pairs(THRESHOLD, ENSEMBLE)
    expected = stats.ttest_rel(THRESHOLD, ENSEMBLE)
    assert (found.t, found.t_test_p) == pytest.approx((expected.statistic, expected.pvalue))
    interval = expected.confidence_interval(0.95)
    assert (found.difference_low, found.difference_high) == pytest.approx((interval.low, interval.high))


def test_the_ratio_and_its_interval_are_those_of_the_t_test_of_the_logarithms():
    found = compare_pairs(THRESHOLD, ENSEMBLE)
    interval = stats.ttest_rel(np.log(THRESHOLD), np.log(ENSEMBLE)).confidence_interval(0.95)
    assert found.ratio == pytest.approx(stats.gmean(np.divide(THRESHOLD, ENSEMBLE)))
    assert (found.ratio_low, found.ratio_high) == pytest.approx((np.exp(interval.low), np.exp(interval.high)))


def test_the_signed_rank_test_without_ties_is_that_of_scipy():
    differences = np.array([1.5, -0.5, 2.25, 3.0, -4.0, 5.0, 0.75, 6.0])
    expected = stats.wilcoxon(differences, method="exact")
    assert signed_rank_test(differences) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_signed_rank_test_with_ties_counts_every_choice_of_signs():
    differences = np.array([1.0, -1.0, 2.0, 2.0, 2.0, -3.0, 4.0])
    ranks = stats.rankdata(np.abs(differences))
    rank_sum = min(ranks[differences > 0].sum(), ranks[differences < 0].sum())
    sums = np.array([ranks[list(signs)].sum() for signs in product([False, True], repeat=7)])
    p = 2 * np.mean(sums <= rank_sum)
    assert signed_rank_test(differences) == pytest.approx((rank_sum, p))


def test_pairs_without_a_difference_are_no_part_of_the_signed_rank_test():
    assert signed_rank_test(np.array([0.0, 1.0, 2.0, 0.0])) == signed_rank_test(np.array([1.0, 2.0]))


def test_five_pairs_cannot_give_a_p_under_five_percent_in_the_signed_rank_test():
    assert signed_rank_test(np.array([10.0, 20.0, 30.0, 40.0, 50.0]))[1] == 2 / 2**5


@pytest.mark.parametrize("sign", [1, -1])
def test_the_ends_of_the_interval_of_the_effect_size_leave_two_and_a_half_percent_outside(sign):
    found = compare_pairs(sign * np.array(THRESHOLD), sign * np.array(ENSEMBLE))
    draw = np.random.default_rng(1)
    normal, chi = draw.normal(size=400_000), np.sqrt(draw.chisquare(9, size=400_000) / 9)
    assert found.effect_size == pytest.approx(sign * 1.9797, abs=1e-4)
    assert np.mean((normal + found.effect_low * np.sqrt(10)) / chi >= found.t) == pytest.approx(0.025, abs=0.001)
    assert np.mean((normal + found.effect_high * np.sqrt(10)) / chi <= found.t) == pytest.approx(0.025, abs=0.001)


def test_a_single_pair_has_a_difference_and_nothing_more():
    found = compare_pairs([6.0], [2.0])
    assert (found.n, found.mean_difference, found.ratio) == (1, 4.0, pytest.approx(3.0))
    assert found.difference_low is found.t_test_p is found.effect_size is found.ratio_low is None


def test_no_pair_gives_no_number():
    found = compare_pairs([], [])
    assert {value for name, value in vars(found).items() if name != "n"} == {None}


def test_equal_differences_have_no_t():
    found = compare_pairs([5.1, 6.1, 7.1], [4.0, 5.0, 6.0])
    assert found.t is found.t_test_p is found.effect_size is None
    assert found.mean_difference == pytest.approx(1.1)


def test_pairs_that_are_all_equal_have_no_p():
    found = compare_pairs([5.0, 6.0], [5.0, 6.0])
    assert found.t_test_p is found.wilcoxon_p is None
    assert found.mean_difference == 0.0


def test_a_time_of_zero_has_no_ratio():
    assert compare_pairs([0.0, 4.0, 5.0], [1.0, 2.0, 2.0]).ratio is None
