"""Simulated readings: drawn at random and played through timer and log, without images, clicks or people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from .distributions import Distributions, SimulatedArm
from .errors import StudyError
from .order import Assignment, assignments
from .page import counted
from .plan import Design, Method, Plan, PlannedArm, PlannedCase
from .readings import ReadingRow
from .simulated_reading import played

MOST_READERS, MOST_READINGS = 20, 4000
"""Of a simulated study, the readings in one arm: a page of more opens slowly, and nobody reads it."""

_WORST = 5


def simulate(
    distributions: Distributions,
    *,
    readers: int = 2,
    cases: int = 10,
    training: int = 0,
    controls: int = 0,
    seed: int = 0,
) -> list[ReadingRow]:
    """Draw the readings of a crossover study and play them; its order is drawn as that of a real one.

    Parameters
    ----------
    distributions : Distributions
        What they are drawn from.
    readers, cases : int
        How many; ``cases`` counts those that are measured.
    training : int
        Cases more, for training only.
    controls : int
        How many of ``cases`` are negative controls.
    seed : int
        The same one gives the same readings.

    Returns
    -------
    list of ReadingRow
        By reader, in the order of reading.

    Raises
    ------
    StudyError
        If there are too few or too many readers or cases, or more controls than cases.
    """
    _refuse_odd_numbers(readers, cases, training, controls, seed)
    names = [f"case-{n:03d}" for n in range(1, cases + 1)]
    plan = _plan(distributions, names, readers, training, seed)
    draw = np.random.default_rng(seed)
    hardness = {case.name: float(draw.normal()) * distributions.case_spread for case in plan.cases}
    volumes = {
        case.name: distributions.volume_median_ml * float(np.exp(distributions.volume_spread * draw.normal()))
        for case in plan.cases
    }
    volumes.update(dict.fromkeys(names[cases - controls :], 0.0))
    drawn = _Draws(distributions, hardness, volumes, draw)
    return [played(row) for reader in plan.readers for row in drawn.readings(assignments(plan, reader))]


def _refuse_odd_numbers(readers: int, cases: int, training: int, controls: int, seed: int) -> None:
    if readers < 1 or cases < 2 or min(training, controls, seed) < 0 or controls > cases:
        message = (
            f"{counted(readers, 'reader')}, {counted(cases, 'case')}, {training} for training, "
            f"{counted(controls, 'negative control')} and the seed {seed} make no study. Give 1 reader or more, 2 "
            "cases or more, no more controls than cases, and no negative number."
        )
        raise StudyError(message)
    if readers > MOST_READERS or readers * (cases + training) > MOST_READINGS:
        message = (
            f"{counted(readers, 'reader')} and {counted(cases + training, 'case')} are more than a page can show. Give "
            f"at most {MOST_READERS} readers, and readers times cases (with those for training) of at most "
            f"{MOST_READINGS}."
        )
        raise StudyError(message)


def _plan(distributions: Distributions, names: list[str], readers: int, training: int, seed: int) -> Plan:
    nowhere = Path("simulated")
    practice = [PlannedCase(name=f"training-{n:03d}", path=nowhere, training=True) for n in range(1, training + 1)]
    return Plan(
        title="Simulated study",
        cases=(*practice, *(PlannedCase(name=name, path=nowhere) for name in names)),
        arms=tuple(PlannedArm(name=arm.name, method=Method.BLANK) for arm in distributions.arms),
        readers=tuple(f"reader-{n}" for n in range(1, readers + 1)),
        design=Design.CROSSOVER,
        washout_days=0,
        blocks=1,
        hide_arm=False,
        show_time=False,
        idle_s=60.0,
        seed=seed,
        path=nowhere,
        identity="simulated",
    )


class _Draws:
    """Draws readings of cases that are the same to all readers."""

    def __init__(
        self,
        distributions: Distributions,
        hardness: Mapping[str, float],
        volumes: Mapping[str, float],
        draw: np.random.Generator,
    ) -> None:
        self._all, self._hardness, self._volumes, self._draw = distributions, hardness, volumes, draw
        self._arms = {arm.name: arm for arm in distributions.arms}
        self._suggested: dict[tuple[str, str], int | None] = {}

    def readings(self, order: tuple[Assignment, ...]) -> list[ReadingRow]:
        """Return the readings of one reader, who is as fast in each of them."""
        slowness = self._all.reader_spread * float(self._draw.normal())
        return [self._reading(one, slowness) for one in order]

    def _reading(self, one: Assignment, slowness: float) -> ReadingRow:
        arm, draw = self._arms[one.arm], self._draw
        learnt = (one.position - 1) * float(np.log1p(self._all.percent_per_case / 100))
        effects = self._hardness[one.case] + slowness + learnt + arm.time_spread * float(draw.normal())
        row = ReadingRow(
            reader=one.reader,
            position=one.position,
            case=one.case,
            arm=one.arm,
            block=one.block,
            training=one.training,
            active_s=60 * arm.median_min * float(np.exp(effects)),
            idle_s=float(draw.exponential(20)),
            paused_s=float(draw.exponential(10)),
            done=True,
            deletes=int(draw.poisson(arm.deletes)),
            adds=int(draw.poisson(arm.adds)),
            undos=int(draw.poisson(arm.undos)),
            other_actions=0,
            rating=None,
            comment="",
            lesions=0,
            volume_ml=0.0,
            false_positive_ml=float(draw.exponential(arm.false_positive_ml)),
            negative_control=True,
        )
        return self._with_lesions(row, arm) if self._volumes[one.case] else self._control(row)

    def _control(self, row: ReadingRow) -> ReadingRow:
        """Return a reading of a patient without tumour: half the time nothing is left at the end."""
        volume = row.false_positive_ml if self._draw.random() < 0.5 else 0.0
        return replace(
            row, lesions=int(bool(volume)), volume_ml=volume, false_positive_ml=volume, false_negative_ml=0.0
        )

    def _with_lesions(self, row: ReadingRow, arm: SimulatedArm) -> ReadingRow:
        draw = self._draw
        suggested = self._suggestion(row.case, arm)
        volume = self._volumes[row.case] * float(np.exp(self._all.volume_error * draw.normal()))
        return replace(
            row,
            rating=None if suggested is None else self._rated(suggested),
            lesions=1 + int(draw.poisson(volume / 8)),
            volume_ml=volume,
            voxel_dice=self._part(arm.voxel_dice, arm.voxel_dice_spread),
            lesion_dice=self._part(arm.lesion_dice, arm.lesion_dice_spread),
            false_negative_ml=float(draw.exponential(arm.false_negative_ml)),
            proposal_suggested_rating=suggested,
            negative_control=False,
        )

    def _suggestion(self, case: str, arm: SimulatedArm) -> int | None:
        """Return the rating that the truth suggests for what is shown: one for all readers of a case in an arm."""
        if not sum(arm.ratings):
            return None
        if (case, arm.name) not in self._suggested:
            weights = np.array(arm.ratings) / sum(arm.ratings)
            self._suggested[case, arm.name] = 1 + int(self._draw.choice(len(weights), p=weights))
        return self._suggested[case, arm.name]

    def _rated(self, suggested: int) -> int:
        if self._draw.random() < self._all.rating_agreement:
            return suggested
        beside = [rating for rating in (suggested - 1, suggested + 1) if 1 <= rating <= _WORST]
        return beside[int(self._draw.integers(len(beside)))]

    def _part(self, mean: float, spread: float) -> float:
        return float(np.clip(mean + spread * self._draw.normal(), 0, 1))
