from __future__ import annotations

from study.plain_readings import reading, readings_of

from NENSegmentationLib.study.outcomes import accuracy, actions, arm_ratings, controls

ONE = (["ensemble"], ["reader-1"])


def rated(*pairs):
    return [
        reading(case=f"case-{n}", rating=given, proposal_suggested_rating=shown, suggested_rating=1)
        for n, (given, shown) in enumerate(pairs)
    ]


def test_ratings_are_counted_beside_the_suggested_ones():
    (found,) = arm_ratings(rated((1, 1), (3, 3), (3, 4), (None, 5)), *ONE)
    assert found.given == {1: 1, 2: 0, 3: 2, 4: 0, 5: 0}
    assert found.shown == {1: 1, 2: 0, 3: 1, 4: 1, 5: 1}
    assert found.left == {1: 4, 2: 0, 3: 0, 4: 0, 5: 0}
    assert found.unrated == 1


def test_ratings_of_negative_controls_are_not_counted():
    (found,) = arm_ratings([*rated((1, 1)), reading(case="control", negative_control=True, rating=3)], *ONE)
    assert (found.given[1], found.given[3]) == (1, 0)


def test_readings_that_may_be_negative_controls_are_counted_and_their_number_is_told():
    (found,) = arm_ratings([*rated((1, 1), (3, 3)), reading(case="c", negative_control=False, rating=2)], *ONE)
    assert (sum(found.given.values()), found.controls_unknown) == (3, 2)


def test_kappa_of_given_and_suggested_is_not_defined_without_a_truth():
    (found,) = arm_ratings(rated((1, None), (3, None)), *ONE)
    assert found.kappa is None


def test_accuracy_leaves_out_negative_controls_and_cases_without_a_truth():
    rows = [
        reading(case="a", negative_control=False, voxel_dice=0.8),
        reading(case="b", negative_control=False, voxel_dice=0.9),
        reading(case="c", negative_control=True, false_positive_ml=9.0),
        reading(case="d"),
    ]
    (found,) = accuracy(rows, *ONE)
    assert (round(found.spreads["voxel_dice"].mean, 6), found.spreads["voxel_dice"].n) == (0.85, 2)
    assert found.spreads["false_positive_ml"].mean is None


def test_the_accuracy_of_what_was_shown_counts_each_case_once_whoever_saw_it():
    rows = [
        reading(case="a", reader=reader, negative_control=False, proposal_voxel_dice=dice, proposal_lesions=2)
        for reader, dice in (("reader-1", 0.8), ("reader-2", 0.8))
    ]
    shown, *left = accuracy(rows, ["ensemble"], ["reader-1", "reader-2"])
    assert (shown.reader, shown.spreads["voxel_dice"].mean, shown.spreads["voxel_dice"].n) == ("as shown", 0.8, 1)
    assert [one.reader for one in left] == ["all readers", "reader-1", "reader-2"]


def test_an_arm_that_starts_from_nothing_has_shown_nothing():
    assert [one.reader for one in accuracy([reading(negative_control=False)], *ONE)] == ["reader-1"]


def test_a_study_without_truth_has_no_accuracy_and_no_controls():
    rows = readings_of("ensemble", [1.0, 2.0])
    assert accuracy(rows, *ONE) == controls(rows, *ONE) == []


def test_the_actions_of_several_readers_are_averaged_by_case():
    rows = [
        reading(case="a", deletes=2),
        reading(case="a", deletes=6, reader="reader-2"),
        reading(case="b", deletes=1),
    ]
    whole, first, second = actions(rows, ["ensemble"], ["reader-1", "reader-2"])
    assert (whole.spreads["deletes"].mean, whole.spreads["deletes"].n) == (2.5, 2)
    assert (first.spreads["deletes"].mean, second.spreads["deletes"].mean) == (1.5, 6.0)


def test_negative_controls_are_counted_with_the_limit_of_the_paper():
    rows = [
        reading(case=f"case-{n}", negative_control=True, lesions=int(volume > 0), volume_ml=volume)
        for n, volume in enumerate([0.0, 1.5, 1.6])
    ]
    (found,) = controls(rows, *ONE)
    assert (found.controls.cases, found.controls.nothing, found.controls.within_limit) == (3, 1, 2)
    assert found.controls.largest_ml == 1.6


def test_negative_controls_as_shown_are_counted_by_cases():
    rows = [
        reading(case="a", reader=reader, negative_control=True, proposal_lesions=1, proposal_volume_ml=0.4)
        for reader in ("reader-1", "reader-2")
    ]
    shown, *_ = controls(rows, ["ensemble"], ["reader-1", "reader-2"])
    assert (shown.reader, shown.controls.cases, shown.controls.within_limit) == ("as shown", 1, 1)
