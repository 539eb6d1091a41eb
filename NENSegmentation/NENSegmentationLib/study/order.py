"""Which case each reader reads in which arm, and in which order; ``Docs/reader-studies.md`` gives the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .draw import Draw
from .errors import StudyError
from .plan import Plan, PlannedArm

Square = tuple[tuple[int, ...], ...]
"""Rows are sequences of arms: each arm is once in each row and once in each column."""


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One reading that a reader is to do.

    Attributes
    ----------
    reader : str
        Code name.
    position : int
        From 1, over all blocks of the reader.
    case : str
        Code name.
    arm : str
        Name of the arm.
    block : int
        From 1. A crossover has ``plan.blocks`` of them in each period; see `Plan.period_of`.
    training : bool
        Whether the reading is for practice and does not count.
    """

    reader: str
    position: int
    case: str
    arm: str
    block: int
    training: bool


@dataclass(frozen=True)
class _Allotted:
    """A case, and the arms that a reader reads it in: one for each period."""

    case: str
    arms: tuple[PlannedArm, ...]


def assignments(plan: Plan, reader: str) -> tuple[Assignment, ...]:
    """Draw the readings of a reader, in order.

    Parameters
    ----------
    plan : Plan
        Of the study.
    reader : str
        One of the plan's.

    Returns
    -------
    tuple of Assignment
        The same for the same plan, on every machine.

    Raises
    ------
    StudyError
        If the plan has no such reader.
    """
    if reader not in plan.readers:
        message = (
            f"{plan.path.name}: there is no reader {reader!r} in this study. Give one of: {', '.join(plan.readers)}."
        )
        raise StudyError(message)
    draw = Draw(plan.seed, "order", reader)
    practice = [one for cases in _allotted(plan, reader, training=True) for one in cases]
    blocks = _dealt(_allotted(plan, reader, training=False), plan.blocks, draw)
    steps: list[tuple[int, bool, str, PlannedArm]] = []
    for period in range(plan.periods):
        first = period * plan.blocks + 1
        steps += [(first, True, case, arm) for case, arm in _in_turn(practice, period, draw)]
        for number, cases in enumerate(blocks, first):
            steps += [(number, False, case, arm) for case, arm in _in_turn(cases, period, draw)]
    return tuple(
        Assignment(reader=reader, position=position, case=case, arm=arm.name, block=block, training=training)
        for position, (block, training, case, arm) in enumerate(steps, 1)
    )


def squares(arms: int) -> list[Square]:
    """Return the sequences of arms that cases are read in.

    Parameters
    ----------
    arms : int
        How many there are.

    Returns
    -------
    list of Square
        One Latin square, or two for an odd number from 3 on. In all of them together each arm follows each other one
        equally often, so that what a reader remembers of a case from the arm before falls on all arms alike [1]_.

    References
    ----------
    .. [1] Williams EJ. Aust J Sci Res A 1949;2:149-168.
    """
    zigzag = [(step + 1) // 2 if step % 2 else -(step // 2) for step in range(arms)]
    found = [tuple(tuple((row + step) % arms for step in zigzag) for row in range(arms))]
    if arms % 2 and arms > 1:
        found.append(tuple(row[::-1] for row in found[0]))
    return found


def _allotted(plan: Plan, reader: str, *, training: bool) -> list[list[_Allotted]]:
    """Give each case its sequence of arms, in groups of as many cases as there are arms.

    The cases of a group are in different arms at any time. A set of as many readers as there are arms shares one draw,
    and each of them stands one row further in the square: so each case is in each arm equally often over them.
    """
    count = len(plan.arms)
    readers_before, turn = divmod(plan.readers.index(reader), count)
    draw = Draw(plan.seed, "arms", readers_before, "training" if training else "measured")
    names = draw.shuffled(case.name for case in plan.cases if case.training == training)
    choice = squares(count)
    found = []
    for number, start in enumerate(range(0, len(names), count), readers_before):
        square = choice[number % len(choice)]
        rows = [square[(row + turn) % count] for row in draw.shuffled(range(count))]
        group = zip(names[start : start + count], rows, strict=False)
        found.append([_Allotted(name, tuple(plan.arms[arm] for arm in row)) for name, row in group])
    return found


def _dealt(groups: Sequence[list[_Allotted]], blocks: int, draw: Draw) -> list[list[_Allotted]]:
    """Deal whole groups to blocks, so that the arms are balanced in each of them."""
    full = max(map(len, groups), default=0)
    order = draw.shuffled(group for group in groups if len(group) == full)
    # A group that is not full lacks arms: it comes last, where nothing is read after it that could lack the same.
    rest = [one for group in groups if len(group) < full for one in group]
    dealt = [[one for group in order[block::blocks] for one in group] for block in range(blocks)]
    return [*dealt[:-1], dealt[-1] + rest]


def _in_turn(cases: Sequence[_Allotted], period: int, draw: Draw) -> list[tuple[str, PlannedArm]]:
    """Put cases in random order, in rounds: each arm comes once, in random order, before one comes again."""
    by_arm: dict[PlannedArm, list[tuple[str, PlannedArm]]] = {}
    for one in cases:
        by_arm.setdefault(one.arms[period], []).append((one.case, one.arms[period]))
    shuffled = [draw.shuffled(members) for members in by_arm.values()]
    rounds = max(map(len, shuffled), default=0)
    return [step for turn in range(rounds) for step in draw.shuffled(arm[turn] for arm in shuffled if turn < len(arm))]
