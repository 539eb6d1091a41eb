"""The order of readings: drawn anew for each reader, the same at any time, and balanced however it is counted."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from NENSegmentationLib.study.draw import Draw
from NENSegmentationLib.study.errors import StudyError
from NENSegmentationLib.study.order import assignments, squares
from NENSegmentationLib.study.plan import Design, Method, Plan, PlannedArm, PlannedCase


def a_plan(*, cases=6, training=0, arms=2, readers=2, blocks=1, seed=1, design=Design.CROSSOVER) -> Plan:
    names = [(f"case-{n:02}", False) for n in range(1, cases + 1)] + [(f"try-{n}", True) for n in range(training)]
    return Plan(
        title="A study",
        cases=tuple(PlannedCase(name=name, path=Path(name), training=first) for name, first in names),
        arms=tuple(PlannedArm(name=name, method=Method.BLANK) for name in "ABCDE"[:arms]),
        readers=tuple(f"reader-{n}" for n in range(1, readers + 1)),
        design=design,
        washout_days=28,
        blocks=blocks,
        hide_arm=True,
        show_time=False,
        idle_s=60,
        seed=seed,
        path=Path("study.toml"),
        identity="",
    )


@st.composite
def plans(draw) -> Plan:
    arms = draw(st.integers(2, 5))
    cases = draw(st.integers(arms, 23))
    return a_plan(
        cases=cases,
        training=draw(st.sampled_from([0, arms, arms + 1])),
        arms=arms,
        readers=draw(st.integers(1, 7)),
        blocks=draw(st.integers(1, cases // arms)),
        seed=draw(st.integers(0, 2**63 - 1)),
        design=draw(st.sampled_from(Design)),
    )


def each_property(test):
    return settings(deadline=None, derandomize=True, max_examples=60)(given(plan=plans())(test))


def uneven(counted: Counter, keys) -> int:
    """Difference between the most and the least frequent."""
    numbers = [counted[key] for key in keys]
    return max(numbers) - min(numbers)


def arm_names(plan: Plan) -> list[str]:
    return [arm.name for arm in plan.arms]


@each_property
def test_every_case_is_read_once_in_each_arm_of_a_crossover_and_once_in_a_split(plan):
    for reader in plan.readers:
        readings = assignments(plan, reader)
        if plan.design is Design.CROSSOVER:
            pairs = product((case.name for case in plan.cases), arm_names(plan))
            assert Counter((one.case, one.arm) for one in readings) == Counter(pairs)
        else:
            assert Counter(one.case for one in readings) == Counter(case.name for case in plan.cases)


@each_property
def test_no_case_comes_twice_between_two_washouts(plan):
    for reader in plan.readers:
        read = Counter((one.case, plan.period_of(one.block)) for one in assignments(plan, reader))
        assert set(read.values()) == {1}


@each_property
def test_a_case_comes_in_the_same_block_of_each_period(plan):
    for reader in plan.readers:
        blocks = {(one.case, (one.block - 1) % plan.blocks) for one in assignments(plan, reader)}
        assert len(blocks) == len(plan.cases)


@each_property
def test_the_arms_of_a_reader_are_balanced_within_one_in_each_period_and_block(plan):
    for reader in plan.readers:
        measured = [one for one in assignments(plan, reader) if not one.training]
        for part in (lambda one: one.block, lambda one: plan.period_of(one.block)):
            for value in set(map(part, measured)):
                counted = Counter(one.arm for one in measured if part(one) == value)
                assert uneven(counted, arm_names(plan)) <= 1


@each_property
def test_the_arms_are_balanced_within_one_at_every_moment_of_a_period(plan):
    readings = [one for one in assignments(plan, plan.readers[0]) if not one.training]
    for period in range(1, plan.periods + 1):
        counted: Counter = Counter()
        for one in (one for one in readings if plan.period_of(one.block) == period):
            counted[one.arm] += 1
            assert uneven(counted, arm_names(plan)) <= 1


@each_property
def test_every_arm_occurs_in_every_block(plan):
    occurring = {(one.block, one.arm) for one in assignments(plan, plan.readers[0]) if not one.training}
    assert len(occurring) == plan.periods * plan.blocks * len(plan.arms)


@each_property
def test_each_case_is_in_each_arm_first_equally_often_over_the_readers_within_one(plan):
    first: dict[str, Counter] = {case.name: Counter() for case in plan.cases}
    for reader in plan.readers:
        for one in assignments(plan, reader):
            if plan.period_of(one.block) == 1:
                first[one.case][one.arm] += 1
    assert all(uneven(counted, arm_names(plan)) <= 1 for counted in first.values())


@each_property
def test_training_comes_first_in_each_period_in_every_arm(plan):
    trained = [case for case in plan.cases if case.training]
    for period in range(1, plan.periods + 1):
        readings = [one for one in assignments(plan, plan.readers[0]) if plan.period_of(one.block) == period]
        assert [one.training for one in readings] == [True] * len(trained) + [False] * (len(plan.cases) - len(trained))
        if trained:
            assert {one.arm for one in readings if one.training} == set(arm_names(plan))


@each_property
def test_positions_count_from_one_and_blocks_never_go_back(plan):
    readings = assignments(plan, plan.readers[-1])
    assert [one.position for one in readings] == list(range(1, len(readings) + 1))
    assert all(before.block <= after.block for before, after in pairwise(readings))
    assert {one.block for one in readings} == set(range(1, plan.periods * plan.blocks + 1))


@each_property
def test_the_same_plan_gives_the_same_order(plan):
    assert assignments(plan, plan.readers[0]) == assignments(plan, plan.readers[0])


def test_another_seed_gives_another_order():
    orders = {tuple(one.case for one in assignments(a_plan(seed=seed), "reader-1")) for seed in range(20)}
    assert len(orders) > 15


def test_each_reader_has_an_order_of_their_own():
    plan = a_plan(cases=10, readers=4)
    assert len({tuple(one.case for one in assignments(plan, reader)) for reader in plan.readers}) == 4


def test_the_order_of_a_study_that_has_begun_stays_as_it_was_drawn():
    """Written down once: whoever changes the draw changes studies that are under way."""
    readings = assignments(a_plan(cases=4, training=2, seed=20220330), "reader-2")
    assert [(one.case, one.arm, one.block, one.training) for one in readings] == [
        ("try-0", "A", 1, True),
        ("try-1", "B", 1, True),
        ("case-02", "B", 1, False),
        ("case-03", "A", 1, False),
        ("case-01", "B", 1, False),
        ("case-04", "A", 1, False),
        ("try-0", "B", 2, True),
        ("try-1", "A", 2, True),
        ("case-01", "A", 2, False),
        ("case-03", "B", 2, False),
        ("case-04", "B", 2, False),
        ("case-02", "A", 2, False),
    ]


def test_a_reader_whom_the_plan_does_not_know_is_refused():
    with pytest.raises(StudyError) as error:
        assignments(a_plan(), "reader-9")
    assert str(error.value) == (
        "study.toml: there is no reader 'reader-9' in this study. Give one of: reader-1, reader-2."
    )


@pytest.mark.parametrize("count", range(1, 8))
def test_each_arm_is_once_in_every_row_and_column_of_a_square(count):
    for square in squares(count):
        assert all(sorted(line) == list(range(count)) for line in (*square, *zip(*square, strict=True)))


@pytest.mark.parametrize("count", range(2, 8))
def test_each_arm_follows_each_other_one_equally_often_over_the_squares(count):
    followed = Counter(pair for square in squares(count) for row in square for pair in pairwise(row))
    assert set(followed) == {(a, b) for a in range(count) for b in range(count) if a != b}
    assert len(set(followed.values())) == 1


def test_a_crossover_of_two_arms_has_both_sequences():
    assert squares(2) == [((0, 1), (1, 0))]


def test_the_draw_is_that_of_its_key_and_no_other():
    assert Draw("a", "bc").shuffled(range(8)) != Draw("ab", "c").shuffled(range(8))
    assert Draw(7).shuffled(range(8)) == Draw("7").shuffled(range(8))


def test_the_draw_does_not_change():
    assert Draw("reader").shuffled("abcdefgh") == list("ghdcebaf")


def test_every_order_of_three_is_drawn_about_equally_often():
    orders = Counter("".join(Draw(seed).shuffled("abc")) for seed in range(6000))
    assert len(orders) == 6
    # 1000 each, SD 29: five of those.
    assert all(abs(count - 1000) < 145 for count in orders.values())
