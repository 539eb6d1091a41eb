from __future__ import annotations

import statistics

import pytest
from study.plain_readings import reading, readings_of

from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.learning import learning
from NENSegmentationLib.study.reading_times import ALL_READERS, arm_comparisons, arm_times
from NENSegmentationLib.study.selection import selected

BOTH = ["threshold", "ensemble"]


def test_training_and_unfinished_readings_are_left_out_and_kept_apart():
    rows = [
        reading(case="a"),
        reading(case="b", training=True),
        reading(case="c", training=True, done=False),
        reading(case="d", done=False),
    ]
    chosen = selected(rows)
    assert [[row.case for row in those] for those in (chosen.used, chosen.training, chosen.unfinished)] == [
        ["a"],
        ["b", "c"],
        ["d"],
    ]


def test_arms_stand_in_the_order_that_is_given_and_others_follow():
    rows = [reading(arm=arm) for arm in ("blank", "ensemble", "threshold")]
    assert selected(rows, ["threshold", "ensemble", "never read"]).arms == ("threshold", "ensemble", "blank")


def test_a_study_without_a_finished_reading_has_no_report():
    with pytest.raises(StudyError, match="none of the 1 readings is both finished and no training"):
        selected([reading(done=False)])


def test_two_readings_of_one_case_by_one_reader_in_one_arm_are_refused():
    with pytest.raises(StudyError, match="reader-1 has two readings of case-1 in the arm ensemble"):
        selected([reading(), reading(position=2)])


def test_the_times_of_an_arm_are_summed_up_in_minutes():
    minutes = [3.0, 5.0, 4.0, 12.0, 7.5]
    (found,) = arm_times(readings_of("ensemble", minutes, idle_s=30.0), ["ensemble"], ["reader-1"])
    quartiles = statistics.quantiles(minutes, n=4, method="inclusive")
    assert [found.first_quartile, found.median, found.third_quartile] == pytest.approx(quartiles)
    assert (found.mean, found.sd) == pytest.approx((statistics.mean(minutes), statistics.stdev(minutes)))
    assert (found.shortest, found.longest, found.idle_median) == (3.0, 12.0, 0.5)


def test_a_single_case_has_no_sd():
    (found,) = arm_times([reading(minutes=4.0)], ["ensemble"], ["reader-1"])
    assert (found.median, found.sd) == (4.0, None)


def test_a_case_of_several_readers_counts_once_by_its_mean():
    rows = [*readings_of("ensemble", [2.0, 4.0]), *readings_of("ensemble", [6.0, 8.0], reader="reader-2")]
    whole, *_ = arm_times(rows, ["ensemble"], ["reader-1", "reader-2"])
    assert (whole.reader, whole.n, dict(whole.minutes)) == (ALL_READERS, 2, {"case-1": 4.0, "case-2": 6.0})


def test_pairs_are_the_means_over_the_readers_who_read_the_case_in_both_arms():
    rows = [
        *readings_of("threshold", [10.0, 20.0]),
        *readings_of("ensemble", [4.0, 6.0]),
        *readings_of("threshold", [30.0], reader="reader-2"),
        *readings_of("ensemble", [8.0], reader="reader-2"),
        *readings_of("ensemble", [90.0], reader="reader-3"),
    ]
    whole, *_ = arm_comparisons(rows, BOTH, ["reader-1", "reader-2", "reader-3"])
    assert whole.within_reader
    assert [(one.case, one.first_min, one.second_min) for one in whole.pairs] == [
        ("case-1", 20.0, 6.0),
        ("case-2", 20.0, 6.0),
    ]


def test_without_a_case_in_both_arms_of_one_reader_pairs_are_between_readers():
    rows = [
        reading(arm="threshold", case="case-1", minutes=10.0),
        reading(arm="ensemble", case="case-2", minutes=4.0),
        reading(arm="ensemble", case="case-1", minutes=5.0, reader="reader-2"),
        reading(arm="threshold", case="case-2", minutes=9.0, reader="reader-2"),
    ]
    (found,) = arm_comparisons(rows, BOTH, ["reader-1", "reader-2"])
    assert (found.reader, found.within_reader) == (ALL_READERS, False)
    assert [(one.first_min, one.second_min) for one in found.pairs] == [(10.0, 5.0), (9.0, 4.0)]


def test_each_two_of_three_arms_are_compared():
    rows = [row for arm in ("a", "b", "c") for row in readings_of(arm, [1.0, 2.0])]
    found = arm_comparisons(rows, ["a", "b", "c"], ["reader-1"])
    assert [(one.first, one.second) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]


def timed(minutes, **given):
    return [reading(position=n, case=f"case-{n}", minutes=one, **given) for n, one in enumerate(minutes, 1)]


def test_learning_in_one_arm_is_the_regression_of_scipy():
    from math import log

    from scipy import stats

    minutes = [9.0, 8.0, 8.5, 6.0, 7.0, 5.0, 5.5]
    found = learning("reader-1", timed(minutes))
    expected = stats.linregress(range(1, 8), [log(60 * one) for one in minutes])
    assert (log(1 + found.percent_per_case / 100), found.p) == pytest.approx((expected.slope, expected.pvalue))
    half = expected.stderr * stats.t.ppf(0.975, 5)
    assert log(1 + found.low / 100) == pytest.approx(expected.slope - half)


def test_readers_and_arms_have_levels_of_their_own():
    minutes = [8 * 0.9**n for n in range(6)]
    fast = [reading(position=n, case=f"x{n}", arm="threshold", minutes=3 * 0.9**n) for n in range(7, 12)]
    slow = timed([10 * one for one in minutes], reader="reader-2")
    found = learning("all readers", [*timed(minutes), *fast, *slow])
    assert found.percent_per_case == pytest.approx(-10.0)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_readings_tell_nothing_of_learning(count):
    found = learning("reader-1", timed([4.0] * count))
    assert (found.n, found.percent_per_case, found.p) == (count, None, None)


def test_a_reading_without_active_time_is_no_part_of_learning():
    assert learning("reader-1", timed([4.0, 0.0, 3.0, 2.0])).n == 3
