from __future__ import annotations

import pytest

from NENSegmentationLib.core.rating import RATINGS, suggested_rating


@pytest.mark.parametrize(
    ("lesions", "missed", "false_positives", "minor", "rating"),
    [
        (4, 0, 0, 0, 1),
        (4, 0, 0, 1, 2),
        (4, 1, 0, 0, 3),
        (4, 3, 2, 0, 3),
        (9, 3, 3, 0, 4),
        (9, 4, 0, 0, 4),
        (9, 6, 4, 0, 4),
        (9, 7, 0, 0, 5),
        (9, 1, 5, 0, 5),
    ],
)
def test_the_table_of_the_paper(lesions, missed, false_positives, minor, rating):
    counts = {"missed": missed, "false_positives": false_positives, "minor": minor}
    assert suggested_rating(lesions=lesions, **counts) == rating


@pytest.mark.parametrize(("false_positives", "rating"), [(1, 3), (2, 3), (3, 4), (4, 4), (5, 5)])
def test_false_positives_alone_get_the_mildest_rating_whose_limits_hold(false_positives, rating):
    assert suggested_rating(lesions=5, missed=0, false_positives=false_positives, minor=0) == rating


@pytest.mark.parametrize("lesions", [1, 3, 6])
def test_all_lesions_missed_is_the_worst_however_few(lesions):
    assert suggested_rating(lesions=lesions, missed=lesions, false_positives=0, minor=0) == 5


def test_a_negative_control_with_nothing_segmented_is_the_best():
    assert suggested_rating(lesions=0, missed=0, false_positives=0, minor=0) == 1


def test_a_minor_difference_does_not_matter_where_a_lesion_is_missed():
    assert suggested_rating(lesions=5, missed=1, false_positives=0, minor=3) == 3


def test_every_rating_has_its_wording():
    assert list(RATINGS) == [1, 2, 3, 4, 5]
