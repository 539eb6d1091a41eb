from __future__ import annotations

from xml.etree import ElementTree

from study.plain_readings import readings_of

from NENSegmentationLib.study.plots import paired_plot
from NENSegmentationLib.study.reading_times import arm_comparisons, arm_times
from NENSegmentationLib.study.study_plots import time_boxes, time_over_order


def drawn(svg, tag, kind):
    return [one for one in ElementTree.fromstring(svg).iter(tag) if one.get("class") == kind]


def test_each_case_is_a_point_in_each_group_joined_by_one_line():
    svg = paired_plot("min", [("a", {"x": 1.0, "y": 2.0}), ("b", {"x": 3.0, "z": 4.0})], "")
    assert len(drawn(svg, "circle", "point")) == 4
    left, right = (float(one.get("cx")) for one in drawn(svg, "circle", "point")[1:3])
    joining = [
        one for one in drawn(svg, "line", "line") if (float(one.get("x1")), float(one.get("x2"))) == (left, right)
    ]
    assert len(joining) == 1


def test_whiskers_end_at_the_last_value_within_one_and_a_half_boxes():
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "far": 50.0}
    svg = paired_plot("min", [("one", values)], "")
    height = {one.find("title").text.split(",")[0]: one.get("cy") for one in drawn(svg, "circle", "point")}
    whisker = next(one for one in drawn(svg, "line", "line") if one.get("x1") == one.get("x2"))
    assert {whisker.get("y1"), whisker.get("y2")} == {height["a"], height["d"]}


def test_a_group_without_values_keeps_its_place():
    svg = paired_plot("min", [("a", {"x": 1.0}), ("b", {})], "")
    assert len(drawn(svg, "rect", "quartiles")) == 1
    assert ">b</text>" in svg


def test_long_names_beside_each_other_keep_their_ends():
    groups = [(name, {"x": 1.0}) for name in ("ensemble-of-four-folds", "ensemble-of-many-more", "blank", "threshold")]
    svg = paired_plot("min", groups, "")
    assert ">ense…ds</text>" in svg
    assert ">ense…re</text>" in svg
    assert ">blank</text>" in svg


def test_the_box_plot_says_its_medians_in_words():
    svg, caption = time_boxes(arm_times(readings_of("ensemble", [4.0, 6.0, 5.0]), ["ensemble"], ["reader-1"]))
    assert "Medians: ensemble 5.0 min (3 cases)" in svg
    assert caption.startswith("reader-1, ensemble (n = 3): each point is a case")


def test_the_box_plot_says_what_its_comparison_found():
    rows = [*readings_of("slow", [12.0, 25.0, 17.0]), *readings_of("fast", [4.0, 6.0, 5.0])]
    arms, readers = ["slow", "fast"], ["reader-1"]
    _, caption = time_boxes(arm_times(rows, arms, readers), arm_comparisons(rows, arms, readers))
    said = "slow minus fast: 13.0 min (95 % CI -0.8 to 26.8), n = 3; paired t-test p = 0.056, signed-rank p = 0.250."
    assert caption.endswith(said)


def test_two_readers_have_points_of_their_own_over_the_order():
    rows = [*readings_of("fast", [4.0, 6.0], reader="a"), *readings_of("fast", [5.0], reader="b")]
    svg, caption = time_over_order(rows, "fast")
    assert (len(drawn(svg, "circle", "point")), len(drawn(svg, "circle", "point hollow"))) == (2, 1)
    assert caption == "Arm fast: each point is a reading, filled by a, hollow by b."


def test_plots_beside_each_other_share_the_scale_that_is_given():
    low, high = (paired_plot("min", [("one", {"x": 10.0})], "", highest=highest) for highest in (10.0, 40.0))
    heights = [float(drawn(svg, "circle", "point")[0].get("cy")) for svg in (low, high)]
    assert heights[0] < heights[1]
