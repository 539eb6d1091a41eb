"""The part of a page about simulated readings: what they were drawn from, and how many cases a study would take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from .. import __version__
from .distributions import Distributions, SimulatedArm
from .page import counted, definitions, figures, folded, heading, paragraph, table
from .power import REPEATS, SIGNIFICANT, WANTED, Power, enough_text
from .study_plots import power_over_cases

SIMULATED = (
    "Simulated: these rows were drawn from given distributions. No reader, no image and no click was part of it, and "
    "the figures say nothing about patients. It shows what a study of this size could find."
)
"""Stands above everything in a report of simulated readings."""


@dataclass(frozen=True, kw_only=True)
class SimulatedStudy:
    """A study that was simulated, and the power of others like it.

    Attributes
    ----------
    distributions : Distributions
    readers, cases, training, controls, seed : int
        As in `simulate`.
    powers : sequence of Power
        By the number of cases, with as many readers.
    """

    distributions: Distributions
    readers: int
    cases: int
    training: int
    controls: int
    seed: int
    powers: Sequence[Power]


def simulation_section(study: SimulatedStudy) -> list[str]:
    """Return what was simulated, and the power by the number of cases."""
    first, second = (arm.name for arm in study.distributions.arms[:2])
    rows = [[str(one.cases), f"{100 * one.t_test:.0f}", f"{100 * one.wilcoxon:.0f}"] for one in study.powers]
    caption = f"Part of the simulated studies (%) in which {first} and {second} differ with p < {SIGNIFICANT:g}."
    return [
        paragraph(SIMULATED, notice=True),
        heading("How many cases"),
        paragraph(enough_text(study.powers, study.distributions, study.readers)),
        paragraph(
            f"Power is the part of the studies in which the test finds the difference; {100 * WANTED:.0f} % is what is "
            f"usually asked for. {REPEATS} studies of each size were drawn, so it is known to about 2.5 percentage "
            "points. Five pairs or fewer cannot give p < 0.05 in the signed-rank test, however large the difference. "
            "The number holds for the distributions below and for time alone; other questions, such as accuracy, may "
            "take more cases."
        ),
        figures([power_over_cases(study.powers)]),
        folded("Show the numbers", table(caption, ["Cases", "Paired t-test", "Wilcoxon signed-rank"], rows)),
        heading("What was simulated"),
        definitions(_facts(study).items(), beside=True),
    ]


def simulation_tables(study: SimulatedStudy) -> dict[str, list[dict[str, Any]]]:
    """Return the same as rows of CSV files, by their names."""
    return {
        "simulation.csv": [{"entry": name, "value": value} for name, value in _facts(study).items()],
        "power.csv": [vars(one) for one in study.powers],
    }


def _facts(study: SimulatedStudy) -> dict[str, str]:
    drawn = study.distributions
    return {
        "Design": f"Cross-over: each of {counted(study.readers, 'reader')} reads each case in each arm. The order is "
        "drawn as that of a real study; no wash-out passes.",
        "Cases": f"{study.cases} measured, {study.controls} of them negative controls; {study.training} for training.",
        **{f"Arm {arm.name}": _arm(arm) for arm in drawn.arms},
        "Cases differ": f"The times of {_within(drawn.case_spread)}, in all arms alike.",
        "Readers differ": f"The times of {_within(drawn.reader_spread)}, in all arms alike.",
        "Learning": f"{drawn.percent_per_case:g} % of the time from one case to the next (not in the power).",
        "Tumour volume": f"Median {drawn.volume_median_ml:g} mL, {_within(drawn.volume_spread)}; between readers of "
        f"a case {_within(drawn.volume_error)}.",
        "Seed": str(study.seed),
        "Software": f"NENSegmentation {__version__}",
    }


def _arm(arm: SimulatedArm) -> str:
    return (
        f"Median {arm.median_min:g} min; what neither case nor reader explains: {_within(arm.time_spread)}. Per case "
        f"{arm.deletes:g} deleted, {arm.adds:g} added, {arm.undos:g} undone."
    )


def _within(spread: float) -> str:
    """Return the SD of the logarithm in words."""
    return f"two thirds within a factor of {exp(spread):.2f} (SD of the logarithm {spread:g})"
