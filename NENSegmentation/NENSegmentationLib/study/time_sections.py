"""The parts of a study's page about time: per arm, compared between arms, and over the order of reading."""

from __future__ import annotations

from collections.abc import Sequence

from .number_text import interval_text, p_text, value_text
from .page import UNDEFINED, figures, heading, paragraph, table
from .reading_times import ALL_READERS, ArmComparison
from .study_plots import time_boxes, time_over_order
from .study_results import StudyResults

_FEW = 10
_THESE_READERS = "The reported readers stand for themselves: nothing here says how much other readers would differ."


def time_section(results: StudyResults) -> list[str]:
    """Return the times per arm, as a table and as box plots."""
    rows = [
        [
            f"{one.arm}, {one.reader}",
            str(one.n),
            interval_text(one.median, one.first_quartile, one.third_quartile, 1),
            f"{one.mean:.1f} ({value_text(one.sd, 1)})",
            f"{one.shortest:.1f} to {one.longest:.1f}",
            f"{one.idle_median:.1f}",
            f"{one.paused_median:.1f}",
        ]
        for one in results.times
    ]
    caption = (
        "Active time in minutes: on the screen, without loading, inference, pauses and idle time. For all readers each "
        "case counts once, by its mean over the readers who read it in that arm. Loading and inference are "
        "paused time."
    )
    header = ["Arm, reader", "Cases", "Median, quartiles", "Mean (SD)", "Range", "Idle, median", "Paused, median"]
    readers = dict.fromkeys(one.reader for one in results.times)
    highest = max(one.longest for one in results.times)
    drawn = [
        time_boxes(
            [one for one in results.times if one.reader == reader],
            [one for one in results.comparisons if one.reader == reader],
            highest,
        )
        for reader in readers
    ]
    return [heading("Time"), table(caption, header, rows), figures(drawn)]


def comparison_section(results: StudyResults) -> list[str]:
    """Return the comparison of the arms by pairs, and how far its numbers carry."""
    if len(results.selection.arms) < 2:
        return []
    title = heading("Time compared between arms", 3)
    if not results.comparisons:
        return [title, paragraph("No case was finished in two arms, so no times can be compared in pairs.")]
    caption = (
        "First arm minus second arm, in pairs of one case, in minutes. Under a value: its 95 % confidence "
        "interval. Effect size: Cohen's d of paired values. Ratio: geometric mean of first / second."
    )
    header = [
        "Arms, reader",
        "Pairs",
        "Mean difference (min)",
        "Paired t-test, p",
        "Wilcoxon signed-rank, p",
        "Effect size, d",
        "Ratio",
    ]
    shown = table(caption, header, [_compared(one) for one in results.comparisons])
    return [title, shown, *(paragraph(text) for text in _remarks(results.comparisons))]


def _compared(one: ArmComparison) -> list[str]:
    found = one.compared
    return [
        f"{one.first} minus {one.second}, {one.reader}",
        str(found.n),
        interval_text(found.mean_difference, found.difference_low, found.difference_high, 1),
        f"{p_text(found.t_test_p)}\nt({found.n - 1}) = {value_text(found.t, 2)}",
        f"{p_text(found.wilcoxon_p)}\nW = {UNDEFINED if found.signed_rank is None else f'{found.signed_rank:g}'}",
        interval_text(found.effect_size, found.effect_low, found.effect_high, 2),
        interval_text(found.ratio, found.ratio_low, found.ratio_high, 2),
    ]


def _remarks(comparisons: Sequence[ArmComparison]) -> list[str]:
    said = []
    if any(one.reader == ALL_READERS for one in comparisons):
        said.append(
            "Several readers' times of one case are not independent. The case is therefore the unit: its mean over the "
            f"readers makes one pair. {_THESE_READERS}"
        )
    if not all(one.within_reader for one in comparisons):
        said.append(
            "No reader has read a case in both arms: the two times of a pair are by different readers, and differences "
            "between readers are part of the difference between arms."
        )
    fewest = min(one.compared.n for one in comparisons)
    if fewest < _FEW:
        smallest = p_text(2 / 2**fewest)
        smallest = smallest if smallest.startswith("<") else f"under {smallest}"
        said.append(
            f"Few pairs ({fewest}): the intervals are wide, the t-test relies on differences that are about normal, "
            f"and the signed-rank test cannot give a p {smallest} with so many."
        )
    if len(comparisons) > 1:
        said.append(
            f"There are {len(comparisons)} comparisons in this table; their p values are not corrected for that."
        )
    return said


def learning_section(results: StudyResults) -> list[str]:
    """Return how the time changes over the order of reading."""
    rows = [
        [one.reader, str(one.n), interval_text(one.percent_per_case, one.low, one.high, 1), p_text(one.p)]
        for one in results.learning
    ]
    said = (
        "Change of the active time from one case to the next, in percent, with its 95 % confidence interval: linear "
        "regression of the logarithm of time on the position, with a level for each reader in each arm. Below 0: "
        "readers got faster, or remember the cases that they see again in another arm. Readings of one case count as "
        "independent here."
    )
    drawn = [time_over_order(results.selection.used, arm) for arm in results.selection.arms]
    header = ["Reader", "Readings", "Change per case (%)", "p"]
    shown = table("Change of the active time.", header, rows)
    return [heading("Learning over the order of reading"), paragraph(said), shown, figures(drawn)]
