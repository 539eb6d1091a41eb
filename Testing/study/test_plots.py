from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from NENSegmentationLib.study.plots import Axis, Plot, bar_plot, spread_plot


def all_of(svg, tag):
    return list(ElementTree.fromstring(svg).iter(tag))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-12, 31, ["-10", "0", "10", "20", "30"]),
        (0, 0.03, ["0", "0.01", "0.02", "0.03"]),
        (5, 5, ["4", "4.5", "5", "5.5", "6"]),
    ],
)
def test_ticks_are_round_numbers(low, high, ticks):
    assert [words for _, words in Axis.linear("", low, high).ticks] == ticks


def test_a_logarithmic_axis_has_a_tick_for_each_power_of_ten():
    axis = Axis.decades("", 0.1, 42.0)
    assert [words for _, words in axis.ticks] == ["≤0.1", "1", "10", "100"]
    assert axis.share(10.0) == pytest.approx(2 / 3)


def test_nothing_lies_below_a_logarithmic_axis():
    assert Axis.decades("", 0.1, 42.0).share(0.0) == 0.0


def test_a_point_tells_its_name_whatever_is_in_it():
    plot = Plot(Axis.linear("x", 0, 1), Axis.linear("y", 0, 1))
    plot.point(0.5, 0.5, "<b> & co")
    (circle,) = (one for one in ElementTree.fromstring(plot.svg("")).iter("circle"))
    assert circle.find("title").text == "<b> & co"


def test_a_plot_says_in_words_what_it_shows():
    svg = ElementTree.fromstring(Plot(Axis.linear("x", 0, 1), Axis.linear("y", 0, 1)).svg('"a" & b'))
    assert (svg.get("role"), svg.get("aria-label")) == ("img", '"a" & b')


def test_the_highest_value_is_at_the_top():
    plot = Plot(Axis.linear("x", 0, 1), Axis.linear("y", 0, 1))
    plot.point(0.0, 0.0, "low")
    plot.point(1.0, 1.0, "high")
    low, high = all_of(plot.svg(""), "circle")
    assert float(high.get("cy")) < float(low.get("cy"))
    assert float(high.get("cx")) > float(low.get("cx"))


def test_a_group_shows_each_value_once_and_its_quartiles():
    svg = spread_plot("Dice", [("one", [("a", 0.2), ("b", 0.4), ("c", 0.6)]), ("none", [])], "")
    assert len(all_of(svg, "circle")) == 3
    assert len([rect for rect in all_of(svg, "rect") if rect.get("class") == "quartiles"]) == 1


def test_a_long_name_of_a_group_is_shortened():
    assert "an_ensemble_of_ma…" in spread_plot("Dice", [("an_ensemble_of_many_folds", [("a", 0.2)])], "")


def test_a_bar_that_has_no_height_is_left_out_and_still_named():
    svg = bar_plot(Axis.linear("%", 0, 100), "mL", [("0-1", 50.0, "1/2"), ("1-2", None, "none")], "")
    assert len(all_of(svg, "rect")) == 1
    assert re.findall(r">(1/2|none|0-1|1-2)</text>", svg) == ["0-1", "1-2", "1/2", "none"]
