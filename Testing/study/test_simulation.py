from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from study.plain_readings import reading

from NENSegmentationLib.study.distributions import (
    DISTRIBUTIONS_TEMPLATE,
    Distributions,
    SimulatedArm,
    default_distributions,
    read_distributions,
)
from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.power import Power, enough_cases, powers
from NENSegmentationLib.study.readings import read_readings_csv
from NENSegmentationLib.study.simulated_reading import SIMULATED, fill, played
from NENSegmentationLib.study.simulation import simulate
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.study_report import simulation_report
from NENSegmentationLib.study.study_results import study_results

EXACT = Distributions(
    arms=(
        SimulatedArm(name="threshold", median_min=17.0, time_spread=0.0),
        SimulatedArm(name="ensemble", median_min=5.0, time_spread=0.0),
    )
)


def test_each_reader_reads_each_case_in_each_arm_once():
    rows = simulate(default_distributions(), readers=2, cases=3, training=2)
    assert len({(row.reader, row.case, row.arm) for row in rows}) == len(rows) == 2 * 5 * 2
    assert [row.position for row in rows if row.reader == "reader-2"] == list(range(1, 11))


def test_the_same_seed_gives_the_same_readings_and_another_one_others():
    assert simulate(default_distributions(), seed=3) == simulate(default_distributions(), seed=3)
    assert simulate(default_distributions(), seed=3) != simulate(default_distributions(), seed=4)


def test_without_any_spread_the_times_are_the_medians():
    rows = simulate(EXACT, cases=4)
    assert {(row.arm, round(row.active_s / 60, 9)) for row in rows} == {("threshold", 17.0), ("ensemble", 5.0)}


def test_the_change_over_the_order_is_found_again_by_the_statistics():
    results = study_results(simulate(replace(EXACT, percent_per_case=-4.0), cases=6))
    assert [one.percent_per_case for one in results.learning] == pytest.approx([-4.0] * 3)


def test_the_medians_and_spreads_of_many_cases_are_those_given():
    given = replace(default_distributions(), reader_spread=0.0)
    rows = simulate(given, readers=1, cases=2000)
    times = np.array([row.active_s / 60 for row in rows if row.arm == "ensemble"])
    assert np.median(times) == pytest.approx(5.0, rel=0.05)
    assert np.log(times).std() == pytest.approx(np.hypot(0.45, 0.3), rel=0.05)


def test_ratings_come_with_the_weights_given():
    rows = simulate(default_distributions(), readers=1, cases=2000)
    suggested = [row.proposal_suggested_rating for row in rows if row.arm == "ensemble"]
    shares = [suggested.count(rating) / 2000 for rating in range(1, 6)]
    assert shares == pytest.approx([7 / 41, 3 / 41, 19 / 41, 6 / 41, 6 / 41], abs=0.03)


def test_negative_controls_have_no_dice_and_no_rating():
    rows = [row for row in simulate(default_distributions(), cases=4, controls=1) if row.negative_control]
    assert {row.case for row in rows} == {"case-004"}
    assert {(row.voxel_dice, row.rating) for row in rows} == {(None, None)}


@pytest.mark.parametrize("numbers", [{"readers": 21}, {"cases": 2001}, {"cases": 10**9}, {"training": 1991}])
def test_more_than_a_page_can_show_is_refused(numbers):
    with pytest.raises(StudyError, match=r"Give at most 20 readers, and readers times cases .* of at most 4000"):
        simulate(default_distributions(), **numbers)


@pytest.mark.parametrize(
    "numbers", [{"readers": 0}, {"cases": 1}, {"controls": 11}, {"training": -1}, {"seed": -1}, {"controls": -1}]
)
def test_numbers_that_make_no_study_are_refused(numbers):
    with pytest.raises(StudyError, match=r"make no study\. Give 1 reader or more"):
        simulate(EXACT, **numbers)


def test_the_power_grows_with_the_cases_and_six_are_the_fewest_for_the_signed_rank_test():
    found = powers(default_distributions(), largest=8, repeats=200)
    assert [one.cases for one in found] == [3, 4, 5, 6, 7, 8]
    assert [one.wilcoxon for one in found[:3]] == [0, 0, 0]
    assert found[3].wilcoxon > 0.8
    assert found[0].t_test < found[1].t_test < found[5].t_test


def test_the_power_of_the_t_test_is_that_of_its_formula_where_differences_are_normal():
    from scipy import stats

    # Spreads this small make differences of log-normal times normal: SD = 100 * 0.02 * sqrt(2) min.
    near = Distributions(
        arms=(
            SimulatedArm(name="a", median_min=102.0, time_spread=0.02),
            SimulatedArm(name="b", median_min=100.0, time_spread=0.02),
        )
    )
    found = powers(near, readers=1, largest=8, repeats=1000)[-1]
    centre = 2.0 / (101 * 0.02 * np.sqrt(2)) * np.sqrt(8)
    critical = stats.t.ppf(0.975, 7)
    expected = stats.nct.sf(critical, 7, centre) + stats.nct.cdf(-critical, 7, centre)
    assert found.t_test == pytest.approx(expected, abs=0.04)


def test_without_a_difference_the_tests_find_one_in_one_study_of_twenty():
    same = replace(EXACT, arms=tuple(replace(arm, median_min=5.0, time_spread=0.3) for arm in EXACT.arms))
    found = powers(same, largest=8, repeats=1000)[-1]
    assert found.t_test == pytest.approx(0.05, abs=0.02)
    assert found.wilcoxon == pytest.approx(0.05, abs=0.02)


def test_enough_cases_are_those_from_which_on_the_power_stays():
    found = [Power(3, 0.9, 0.0), Power(4, 0.7, 0.1), Power(5, 0.8, 0.2), Power(6, 0.95, 0.3)]
    assert (enough_cases(found, "t_test"), enough_cases(found, "wilcoxon")) == (5, None)


def test_three_arms_of_few_cases_can_be_simulated():
    arms = (*EXACT.arms, SimulatedArm(name="blank", median_min=30.0, time_spread=0.2))
    rows = simulate(replace(EXACT, arms=arms), readers=1, cases=2, training=1, controls=2)
    assert {row.arm for row in rows} == {"threshold", "ensemble", "blank"}
    assert len(rows) == 3 * 3


def test_a_power_of_fewer_than_three_cases_is_refused():
    with pytest.raises(StudyError, match=r"up to 2 cases\. Give 1 reader or more and 3 to 200 cases"):
        powers(EXACT, largest=2)


def test_the_report_says_first_that_it_is_simulated_and_holds_the_power(tmp_path):
    written, _ = simulation_report(default_distributions(), tmp_path / "out", cases=4, largest=6, seed=7)
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert html.index("Simulated: these rows were drawn") < html.index("<h2>")
    assert "No reader, no image and no click was part of it" in html
    assert "To show that threshold (median 17 min) and ensemble (median 5 min) take different times" in html
    assert "two thirds within a factor of 1.57 (SD of the logarithm 0.45)" in html
    assert all(path.exists() for path in written)
    assert len(read_readings_csv(tmp_path / "out" / "readings.csv")) == 16
    with (tmp_path / "out" / "power.csv").open(newline="") as file:
        assert [row["cases"] for row in csv.DictReader(file)] == ["3", "4", "5", "6"]


def written(tmp_path, text):
    path = tmp_path / "given.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_template_is_the_default(tmp_path):
    assert read_distributions(written(tmp_path, DISTRIBUTIONS_TEMPLATE)) == default_distributions()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("case_spread = 0.45", "case_sprad = 0.45", "given.toml: the entry 'case_sprad' is unknown"),
        ("case_spread = 0.45", "case_spread = -1", "given.toml: case_spread is -1. Give a number from 0 to 3"),
        ("case_spread = 0.45", 'case_spread = "a"', "given.toml: case_spread is 'a'. Give a number from 0 to 3"),
        ("median_min = 17.0", "median_min = 0", "arm 1: median_min is 0. Give a number from 0.01 to 1000000"),
        ("median_min = 17.0", "", "arm 1: median_min is missing"),
        ("ratings = [7, 3, 19, 6, 6]", "ratings = [7, 3]", "arm 2: ratings is .*Give five numbers from 0"),
        ("rating_agreement = 0.7", "rating_agreement = 1.2", "rating_agreement is 1.2. Give a number from 0 to 1"),
        ("percent_per_case = 0.0", "percent_per_case = nan", "percent_per_case is nan. Give a number from -10 to 10"),
        ('name = "ensemble"', 'name = "threshold"', "two arms have one name"),
        ('name = "ensemble"', 'name = "two words"', "arm 2: name is 'two words'. Give at most 32 letters"),
        ("case_spread = 0.45", "case_spread = ", "given.toml: this is no valid TOML"),
    ],
)
def test_what_is_wrong_with_the_distributions_is_said(tmp_path, old, new, said):
    with pytest.raises(StudyError, match=said):
        read_distributions(written(tmp_path, DISTRIBUTIONS_TEMPLATE.replace(old, new, 1)))


def test_all_faults_are_said_at_once(tmp_path):
    text = DISTRIBUTIONS_TEMPLATE.replace("case_spread = 0.45", "case_spread = -1").replace("= 17.0", "= 0")
    with pytest.raises(StudyError) as raised:
        read_distributions(written(tmp_path, text))
    assert len(str(raised.value).splitlines()) == 2


def test_a_single_arm_is_refused(tmp_path):
    text = DISTRIBUTIONS_TEMPLATE[: DISTRIBUTIONS_TEMPLATE.rindex("[[arms]]")]
    with pytest.raises(StudyError, match=r"fewer than two arms\. Give a table"):
        read_distributions(written(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"none.toml: the distributions cannot be read \(No such file"):
        read_distributions(tmp_path / "none.toml")


def test_a_reading_that_is_played_has_the_times_counts_and_rating_that_were_drawn():
    drawn = reading(
        minutes=17.0, idle_s=12.5, paused_s=3.25, deletes=4, adds=2, undos=1, rating=3, lesions=5, volume_ml=9.5
    )
    row = played(drawn)
    assert row == replace(drawn, active_s=pytest.approx(1020, abs=1e-6))


def test_a_short_reading_is_played_too():
    drawn = reading(minutes=0.01, idle_s=1000.0, lesions=0, volume_ml=0.0)
    assert (played(drawn).active_s, played(drawn).idle_s) == (pytest.approx(0.6), 1000)
    assert played(reading(minutes=0.0)).active_s == 0


def test_simulated_readings_come_back_from_a_store_as_they_were_drawn(place):
    rows = simulate(default_distributions(), cases=3, training=2)
    assert fill(place.url, rows) > 0
    with Store.open(place.url, SIMULATED) as store:
        assert store.verify() == []
        kept = store.readings()
    assert [(row.reader, row.case, row.arm, row.position, row.deletes, row.rating) for row in kept] == [
        (row.reader, row.case, row.arm, row.position, row.deletes, row.rating) for row in rows
    ]
    assert [row.active_s for row in kept] == pytest.approx([row.active_s for row in rows])


def test_a_store_with_simulated_readings_takes_no_more(tmp_path):
    rows = simulate(default_distributions(), cases=2)
    fill(tmp_path / "simulated.db", rows)
    with pytest.raises(StudyError, match=r"holds the readings of an earlier simulation\. Give a new one\."):
        fill(tmp_path / "simulated.db", rows)
