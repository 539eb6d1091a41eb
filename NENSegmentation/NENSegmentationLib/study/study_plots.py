"""The plots of a study: times in pairs, time over the order, volumes of two readers. Each with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .number_text import interval_text, p_text
from .page import counted
from .plots import Axis, Plot, paired_plot
from .power import Power
from .reader_agreement import ReaderPair
from .reading_times import ALL_READERS, ArmComparison, ArmTimes
from .readings import ReadingRow

_SMALLEST_DRAWN_ML = 0.1
_ROOM_FOR_LEVELS = 62


def time_boxes(
    times: Sequence[ArmTimes], compared: Sequence[ArmComparison] = (), highest: float | None = None
) -> tuple[str, str]:
    """Draw the times of one reader, or of all, per arm, with each case joined; return SVG and caption.

    Parameters
    ----------
    times : sequence of ArmTimes
        Of that reader, or of all.
    compared : sequence of ArmComparison
        Of the same; the caption says what they found.
    highest : float, optional
        Where the axis ends (min), so that plots beside each other can be compared.
    """
    reader = times[0].reader
    groups = [(one.arm, one.minutes) for one in times]
    medians = ", ".join(f"{one.arm} {one.median:.1f} min ({counted(one.n, 'case')})" for one in times)
    whose = "Mean over the readers of each case" if reader == ALL_READERS else reader
    arms = ", ".join(f"{one.arm} (n = {one.n})" for one in times)
    caption = f"{whose}, {arms}: each point is a case, a line joins it between arms, the box holds the middle half."
    said = [caption, *map(difference_text, compared)]
    description = f"Active time, {reader}. Medians: {medians}."
    return paired_plot("Active time (min)", groups, description, highest=highest), " ".join(said)


def difference_text(one: ArmComparison) -> str:
    """Return what the comparison of two arms found, as a sentence."""
    found = one.compared
    value, interval = interval_text(found.mean_difference, found.difference_low, found.difference_high, 1).split("\n")
    return (
        f"{one.first} minus {one.second}: {value} min (95 % CI {interval}), n = {found.n}; paired t-test p "
        f"{_equals(found.t_test_p)}, signed-rank p {_equals(found.wilcoxon_p)}."
    )


def _equals(p: float | None) -> str:
    said = p_text(p)
    return said if said.startswith("<") else f"= {said}"


def time_over_order(rows: Sequence[ReadingRow], arm: str) -> tuple[str, str]:
    """Draw the time of each reading of an arm over its position in the reader's order; return SVG and caption."""
    those = [row for row in rows if row.arm == arm]
    last, longest = max(row.position for row in rows), max(row.active_s for row in rows) / 60
    whole = [(n, str(n)) for n in range(1, last + 1) if last <= 12 or n % -(-last // 10) == 0]
    plot = Plot(Axis("Position in the reader's order", 0.5, last + 0.5, whole), _minutes(longest))
    readers = sorted({row.reader for row in rows})
    for row in those:
        minutes = row.active_s / 60
        told = f"{row.reader}, {row.case}, position {row.position}: {minutes:.1f} min"
        plot.point(row.position, minutes, told, hollow=len(readers) == 2 and row.reader == readers[1])
    middle = median(row.active_s / 60 for row in those)
    description = f"Active time over position, arm {arm}: {counted(len(those), 'reading')}, median {middle:.1f} min."
    whose = f", filled by {readers[0]}, hollow by {readers[1]}" if len(readers) == 2 else ""
    return plot.svg(description), f"Arm {arm}: each point is a reading{whose}."


def _minutes(longest: float) -> Axis:
    return Axis.linear("Active time (min)", 0, 1.06 * longest)


def reader_difference(pair: ReaderPair) -> tuple[str, str]:
    """Draw the difference of two readers' volumes over their mean (Bland-Altman); return SVG and caption."""
    levels = [("strong", pair.volume.difference.mean), ("guide", pair.volume.lower), ("guide", pair.volume.upper)]
    drawn = [(kind, y) for kind, y in levels if y is not None]
    points = [(one.case, (one.first_ml + one.second_ml) / 2, one.first_ml - one.second_ml) for one in pair.volumes]
    heights = [*(y for _, _, y in points), 0.0, *(y for _, y in drawn)]
    room = 0.1 * (max(heights) - min(heights))
    x = Axis.decades("Mean of both readers (mL)", _SMALLEST_DRAWN_ML, max(mean for _, mean, _ in points))
    label = f"{pair.first} minus {pair.second} (mL)"
    plot = Plot(x, Axis.linear(label, min(heights) - room, max(heights) + room), right=_ROOM_FOR_LEVELS)
    plot.line((x.low, 0), (x.high, 0), "line")
    for kind, y in drawn:
        plot.level(y, f"{y:+.2f}", kind=kind)
    for case, mean, difference in points:
        plot.point(mean, difference, f"{case}: {difference:+.2f} mL at {mean:.1f} mL")
    who = f"{pair.first} and {pair.second}, arm {pair.arm}"
    description = f"Bland-Altman plot of the total tumour volume, {who}, {counted(len(points), 'case')}."
    return plot.svg(description), f"{who}: bias (solid) and 95 % limits of agreement (dashed)."


def power_over_cases(powers: Sequence[Power]) -> tuple[str, str]:
    """Draw the power of both tests over the number of cases; return SVG and caption."""
    x = Axis("Cases", powers[0].cases - 0.5, powers[-1].cases + 0.5, _some([one.cases for one in powers]))
    plot = Plot(x, Axis("Power (%)", 0, 104, [(n, str(n)) for n in range(0, 101, 20)]))
    plot.line((x.low, 80), (x.high, 80), "guide")
    for before, after in pairwise(powers):
        plot.line((before.cases, 100 * before.t_test), (after.cases, 100 * after.t_test), "strong")
        plot.line((before.cases, 100 * before.wilcoxon), (after.cases, 100 * after.wilcoxon))
    for one in powers:
        plot.point(one.cases, 100 * one.t_test, f"{one.cases} cases, t-test: {100 * one.t_test:.0f} %")
        plot.point(one.cases, 100 * one.wilcoxon, f"{one.cases} cases, signed-rank: {100 * one.wilcoxon:.0f} %")
    caption = "Paired t-test (orange line) and Wilcoxon signed-rank test (grey line); 80 % is dashed."
    return plot.svg(f"Power over the number of cases, {powers[0].cases} to {powers[-1].cases}."), caption


def _some(numbers: Sequence[int]) -> list[tuple[float, str]]:
    step = -(-len(numbers) // 12)
    return [(n, str(n)) for n in numbers[::step]]
