"""The plots of an evaluation: distribution of a metric, tumour volume, detection by volume. Each with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ..core.cohort import Agreement, Detection
from ..core.evaluation import Evaluation
from .page import UNDEFINED, counted
from .plots import Axis, Plot, bar_plot, spread_plot

_SMALLEST_DRAWN_ML = 0.1
_ROOM_FOR_LEVELS = 62


def value_distribution(title: str, groups: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> tuple[str, str]:
    """Draw the values from 0 to 1 of named cases in named groups; return SVG and caption."""
    medians = (
        f"{name} {median([value for _, value in values]):.3f}" if values else f"{name} none" for name, values in groups
    )
    description = f"{title} of each case. Medians: {', '.join(medians)}."
    caption = f"{title}: each point is a case, the box holds the middle half, the line is the median."
    return spread_plot(title, groups, description), caption


def volume_scatter(cases: Sequence[tuple[str, Evaluation]]) -> tuple[str, str]:
    """Draw the predicted against the true total tumour volume of named cases; return SVG and caption."""
    largest = max(max(one.truth_ml, one.predicted_ml) for _, one in cases)
    x = Axis.decades("True total tumour volume (mL)", _SMALLEST_DRAWN_ML, largest)
    y = Axis.decades("Predicted (mL)", _SMALLEST_DRAWN_ML, largest)
    plot = Plot(x, y)
    plot.line((x.low, y.low), (x.high, y.high), "guide")
    for name, one in cases:
        plot.point(
            one.truth_ml, one.predicted_ml, f"{name}: true {one.truth_ml:.1f}, predicted {one.predicted_ml:.1f} mL"
        )
    description = (
        f"Predicted against true total tumour volume of {counted(len(cases), 'case')}, up to {largest:.0f} mL."
    )
    return plot.svg(description), "Total tumour volume, both axes logarithmic; on the dashed line they agree."


def bland_altman(cases: Sequence[tuple[str, Evaluation]], agreement: Agreement) -> tuple[str, str]:
    """Draw the difference of the volumes of named cases over their mean (Bland-Altman); return SVG and caption."""
    means = [(one.truth_ml + one.predicted_ml) / 2 for _, one in cases]
    differences = [one.predicted_ml - one.truth_ml for _, one in cases]
    bias = agreement.difference.mean or 0.0
    levels = [("strong", bias)]
    if agreement.lower is not None and agreement.upper is not None:
        levels += [("guide", agreement.lower), ("guide", agreement.upper)]
    heights = [*differences, 0.0, *(y for _, y in levels)]
    low, high = min(heights), max(heights)
    room = 0.1 * (high - low)
    x = Axis.decades("Mean of true and predicted volume (mL)", _SMALLEST_DRAWN_ML, max(means))
    plot = Plot(x, Axis.linear("Predicted minus true (mL)", low - room, high + room), right=_ROOM_FOR_LEVELS)
    plot.line((x.low, 0), (x.high, 0), "line")
    for kind, y in levels:
        plot.level(y, f"{y:+.2f}", kind=kind)
    for (name, _), mean, difference in zip(cases, means, differences, strict=True):
        plot.point(mean, difference, f"{name}: {difference:+.1f} mL at {mean:.1f} mL")
    description = f"Bland-Altman plot of the total tumour volume: bias {bias:+.2f} mL, {counted(len(cases), 'case')}."
    caption = (
        "Bland-Altman: difference over mean of the two volumes; bias (solid) and 95 % limits of agreement (dashed)."
    )
    return plot.svg(description), caption


def detection_by_volume(detection: Sequence[Detection]) -> tuple[str, str]:
    """Draw which part of the lesions was found, by their volume; return SVG and caption."""
    bars = [
        (
            f"≥ {one.from_ml:g}" if one.to_ml is None else f"{one.from_ml:g}{UNDEFINED}{one.to_ml:g}",
            100 * one.found / one.lesions if one.lesions else None,
            f"{one.found}/{one.lesions}" if one.lesions else UNDEFINED,
        )
        for one in detection
    ]
    y = Axis("Lesions found (%)", 0, 112, [(n, str(n)) for n in range(0, 101, 20)])
    found, lesions = sum(one.found for one in detection), sum(one.lesions for one in detection)
    told = "; ".join(f"{name} mL: {said}" for name, _, said in bars)
    description = f"Lesions found by volume, {found} of {lesions} in all. {told}."
    caption = f"Lesions of all cases by their true volume: {found} of {lesions} found."
    return bar_plot(y, "Volume of the lesion (mL)", bars, description), caption
