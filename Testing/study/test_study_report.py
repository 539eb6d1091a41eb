from __future__ import annotations

import csv
import re
import statistics

import pytest
from scipy import stats
from study.plain_readings import reading, readings_of
from study.test_evaluation_page import Tables

from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.readings import read_readings_csv
from NENSegmentationLib.study.study_report import report

THRESHOLD = [12.0, 25.0, 17.0, 9.0, 31.0, 17.0, 14.0, 22.0, 40.0, 11.0]
ENSEMBLE = [4.0, 6.0, 5.0, 3.0, 9.0, 5.0, 4.0, 8.0, 14.0, 5.0]


def arm(name, minutes, **given):
    return [
        reading(arm=name, case=f"case-{n}", position=n, minutes=one, volume_ml=3.0 * n + one, **given)
        for n, one in enumerate(minutes, 1)
    ]


@pytest.fixture(scope="module")
def rows():
    return [
        *arm("threshold", THRESHOLD),
        *arm("ensemble", ENSEMBLE, rating=3, proposal_suggested_rating=2, negative_control=False, voxel_dice=0.9),
        *arm("threshold", [one * 1.2 for one in THRESHOLD], reader="reader-2"),
        *arm("ensemble", [one + 0.5 for one in ENSEMBLE], reader="reader-2", rating=2),
        reading(arm="ensemble", case="practice", training=True, minutes=500.0),
        reading(arm="ensemble", case="open", done=False, minutes=500.0),
    ]


@pytest.fixture(scope="module")
def folder(rows, tmp_path_factory):
    out = tmp_path_factory.mktemp("study") / "out"
    report(rows, "Our <study>", out, arms=["threshold", "ensemble"])
    return out


def table(folder, name):
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(folder):
    return (folder / "report.html").read_text("utf-8")


def test_the_page_is_whole_and_needs_nothing_else(folder):
    html = page(folder)
    assert Tables(html).open == []
    assert set(Tables(html).heads) == {"col", "row"}
    assert not re.search(r"<script|http|src=|@import|url\(", html)
    assert "Our &lt;study&gt;" in html
    assert "research use only, not a medical device" in html


def test_the_pairs_of_the_paper_give_p_under_one_percent_on_the_page(tmp_path):
    rows = [*readings_of("threshold", THRESHOLD), *readings_of("ensemble", ENSEMBLE)]
    report(rows, "Ten pairs", tmp_path / "out")
    cells = Tables(page(tmp_path / "out")).rows
    (compared,) = (row for row in cells if row[0] == "threshold minus ensemble, reader-1")
    assert compared[1:5] == ["10", "13.5 8.6 to 18.4", "< 0.001 t(9) = 6.26", "0.002 W = 0"]
    medians = [row[2].split()[0] for row in cells if row[0] in ("threshold, reader-1", "ensemble, reader-1")]
    assert medians[:2] == ["17.0", "5.0"]


def test_the_tests_are_those_of_scipy_on_the_pairs_that_were_written(folder):
    pairs = table(folder, "pairs.csv")
    for found in table(folder, "comparisons.csv"):
        own = [row for row in pairs if row["reader"] == found["reader"]]
        first, second = ([float(row[name]) for row in own] for name in ("first_min", "second_min"))
        t_test = stats.ttest_rel(first, second)
        assert (float(found["t"]), float(found["t_test_p"])) == pytest.approx((t_test.statistic, t_test.pvalue))
        assert float(found["wilcoxon_p"]) == pytest.approx(2 / 2**10)


def test_times_are_those_of_the_readings_that_were_written(folder):
    rows = [row for row in read_readings_csv(folder / "readings.csv") if row.done and not row.training]
    for found in table(folder, "times.csv"):
        if found["reader"] != "all readers":
            own = [row.active_s / 60 for row in rows if (row.arm, row.reader) == (found["arm"], found["reader"])]
            quartiles = statistics.quantiles(own, n=4, method="inclusive")
            names = ("first_quartile_min", "median_min", "third_quartile_min")
            assert [float(found[name]) for name in names] == pytest.approx(quartiles)


def test_all_readings_are_written_also_those_left_out(folder, rows):
    assert read_readings_csv(folder / "readings.csv") == rows


def test_the_page_says_how_many_readings_are_left_out(folder):
    assert "40 finished readings of 10 cases by 2 readers in 2 arms (threshold, ensemble)" in page(folder)
    assert "Left out: 1 training reading and 1 unfinished reading." in page(folder)
    assert table(folder, "counts.csv")[0]["unfinished"] == "1"


def test_several_readers_of_a_case_make_one_pair_and_the_page_says_so(folder):
    assert "its mean over the readers makes one pair" in page(folder)
    whole = next(row for row in table(folder, "comparisons.csv") if row["reader"] == "all readers")
    assert whole["n"] == "10"


def test_what_is_not_defined_is_empty_in_the_files_and_a_dash_on_the_page(folder):
    (row,) = (row for row in table(folder, "accuracy.csv") if (row["arm"], row["reader"]) == ("ensemble", "reader-1"))
    assert (row["lesion_dice_mean"], row["lesion_dice_sd"], row["lesion_dice_n"]) == ("", "", "0")
    (shown,) = (row for row in Tables(page(folder)).rows if row[0] == "ensemble, reader-1" and "0.900" in row[1])
    assert shown[2] == "\N{EN DASH} n = 0"


def test_few_pairs_are_said_to_be_few(tmp_path):
    rows = [*readings_of("threshold", [12.0, 25.0, 17.0, 9.0]), *readings_of("ensemble", [4.0, 6.0, 5.0, 3.0])]
    report(rows, "Four pairs", tmp_path / "out")
    assert "Few pairs (4)" in page(tmp_path / "out")
    assert "cannot give a p under 0.125" in page(tmp_path / "out")


def test_pairs_between_readers_are_said_to_be_such(tmp_path):
    rows = [
        *readings_of("threshold", [9.0, 8.0, 7.0]),
        *readings_of("ensemble", [3.0, 2.0, 4.0], reader="reader-2"),
    ]
    report(rows, "Split", tmp_path / "out")
    assert "No reader has read a case in both arms" in page(tmp_path / "out")


def test_arms_without_a_case_in_common_are_not_compared_and_the_page_says_so(tmp_path):
    report([reading(arm="threshold", case="a"), reading(arm="ensemble", case="b")], "Apart", tmp_path / "out")
    assert "No case was finished in two arms" in page(tmp_path / "out")
    assert not (tmp_path / "out" / "comparisons.csv").exists()


def test_a_single_reading_makes_a_report(tmp_path):
    report([reading()], "One", tmp_path / "out")
    assert Tables(page(tmp_path / "out")).open == []
    assert "compared between arms" not in page(tmp_path / "out")


def test_a_study_without_ratings_truth_or_second_reader_does_not_speak_of_them(tmp_path):
    report(readings_of("ensemble", [3.0, 4.0]), "Plain", tmp_path / "out")
    for heading in ("Ratings", "Accuracy", "Agreement between readers", "Negative controls"):
        assert f"<h2>{heading}" not in page(tmp_path / "out")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ((False, False), "number of readings, without negative controls."),
        ((None, None), "number of readings, negative controls not known, all readings counted."),
        ((None, False), "without the known negative controls; not known for 1 of 2 readings, which are counted."),
    ],
)
def test_the_page_says_whether_negative_controls_are_left_out_of_the_ratings(known, said, tmp_path):
    rows = [reading(case=f"case-{n}", rating=2, negative_control=one) for n, one in enumerate(known)]
    report(rows, "Controls", tmp_path / "out")
    assert said in page(tmp_path / "out")


def test_volumes_that_are_all_zero_can_be_drawn(tmp_path):
    rows = [reading(reader=who, case=case, volume_ml=0.0) for who in ("a", "b") for case in ("x", "y")]
    report(rows, "Zero", tmp_path / "out")
    assert "Bland-Altman plot" in page(tmp_path / "out")


def test_times_that_are_all_zero_can_be_drawn(tmp_path):
    report(readings_of("ensemble", [0.0, 0.0]), "Zero", tmp_path / "out")
    assert 'aria-label="Active time' in page(tmp_path / "out")


def test_nothing_is_overwritten(folder, rows):
    with pytest.raises(OutputError, match="exists already"):
        report(rows, "Again", folder)


def test_without_a_finished_reading_no_folder_is_made(tmp_path):
    with pytest.raises(StudyError, match="nothing to report"):
        report([reading(done=False)], "None", tmp_path / "out")
    assert not (tmp_path / "out").exists()
