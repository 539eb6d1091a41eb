from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from NENSegmentationLib.core.cohort import summed_up
from NENSegmentationLib.core.evaluated_cases import EvaluatedCase
from NENSegmentationLib.core.evaluation import Criteria, evaluate
from NENSegmentationLib.study.evaluation_page import evaluation_page
from NENSegmentationLib.study.page import table


class Tables(HTMLParser):
    """The cells of all tables, row by row, and the tags that are open at the end."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.heads, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in ("meta", "br"):
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "th":
            self.heads.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data if "small" not in self.open else f" {data}"


def case(name, predicted, truth):
    return EvaluatedCase(name, {"ours": evaluate(np.array([[predicted]]), np.array([[truth]]), 0.5)})


def page_of(*cases, criteria=None):
    cohorts = {"ours": summed_up(one.evaluations["ours"] for one in cases)}
    return evaluation_page(cases, cohorts, criteria or Criteria())


GOOD, MISSED = case("good", [1, 1, 0], [1, 1, 0]), case("missed", [0, 0, 0], [1, 1, 0])
CONTROL = case("control", [1, 0, 1], [0, 0, 0])


@pytest.fixture
def a_page():
    return page_of(GOOD, MISSED, CONTROL)


def row(html, head):
    return next(one for one in Tables(html).rows if one[0] == head)


def test_the_page_is_whole_and_needs_nothing_else(a_page):
    assert Tables(a_page).open == []
    assert "<script" not in a_page
    assert "http" not in a_page
    assert 'src="' not in a_page


def test_mean_and_sd_stand_beside_the_published_figures(a_page):
    assert row(a_page, "Metric")[1:] == ["ours", "Carlsen 2022 (n = 41)"]
    assert row(a_page, "Voxel-wise Dice")[1:] == ["0.500 (0.707) n = 2", "0.801"]


def test_the_number_of_cases_that_enter_a_mean_is_said(a_page):
    assert row(a_page, "Voxel-wise precision")[1] == "1.000 (\N{EN DASH}) n = 1"


def test_ratings_are_counted_beside_those_of_the_paper(a_page):
    assert row(a_page, "1: no false positive and no missed lesion")[1:] == ["1 (50 %)", "7 (17 %)"]


def test_negative_controls_stand_beside_those_of_the_paper(a_page):
    assert row(a_page, "Nothing")[1:] == ["0 of 1", "5 of 10"]
    assert row(a_page, "At most 1.5 mL")[1:] == ["1 of 1", "9 of 10"]


def test_every_head_of_a_table_says_what_it_heads(a_page):
    assert set(Tables(a_page).heads) == {"col", "row"}


def test_a_cohort_without_a_lesion_has_controls_only():
    page = page_of(CONTROL)
    assert "Negative controls" in page
    assert "Table 3" not in page
    assert Tables(page).open == []


def test_a_cohort_without_controls_does_not_speak_of_them():
    assert "<h2>Negative controls" not in page_of(GOOD, MISSED)


def test_the_names_of_cases_are_text():
    page = page_of(case("<i>a & b", [1, 1, 0], [1, 1, 0]))
    assert "<i>" not in page
    assert row(page, "<i>a & b")[1:3] == ["ours", "1.000"]


def test_the_page_says_that_it_is_for_research_and_how_lesions_are_matched():
    page = page_of(GOOD, criteria=Criteria(connectivity=18, iou=0.05))
    assert "research use only, not a medical device" in page
    assert "18-connected components; a lesion is found on intersection over union above 0.05" in page


def test_what_stands_on_a_second_line_is_small():
    assert "<td>1 &lt; 2<br><small>n = 3</small></td>" in table("", ["a", "b"], [["c", "1 < 2\nn = 3"]])
