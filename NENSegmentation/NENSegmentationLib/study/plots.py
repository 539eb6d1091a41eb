"""Plots as inline SVG: they need no library, stay sharp at any size and follow the light or dark of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

_WIDTH, _TOP, _RIGHT, _BOTTOM = 384, 14, 22, 46
_TICK = 5
_CHARACTER = 6.4
_LONGEST_NAME = 18


@dataclass(frozen=True)
class Axis:
    """One axis of a plot.

    Attributes
    ----------
    label : str
        With its unit.
    low, high : float
        Its ends, in data units.
    ticks : sequence of (float, str)
        Place and text.
    logarithmic : bool
        Whether equal factors are equal lengths; ``low`` is then above zero, and what lies below is drawn there.
    """

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    logarithmic: bool = False

    @classmethod
    def linear(cls, label: str, low: float, high: float, *, count: int = 5) -> Axis:
        """Return an axis from ``low`` to ``high`` with about ``count`` round ticks; it grows to have some length."""
        if high <= low:
            low, high = low - 1, high + 1
        raw = (high - low) / count
        power = 10.0 ** np.floor(np.log10(raw))
        step = power * next(round_ for round_ in (1, 2, 5, 10) if round_ * power >= raw * 0.999)
        first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
        return cls(label, low, high, [(n * step, _number(n * step)) for n in range(first, last + 1)])

    @classmethod
    def decades(cls, label: str, low: float, high: float) -> Axis:
        """Return a logarithmic axis from a power of ten to another that holds ``low`` and ``high``."""
        first = int(np.floor(np.log10(low)))
        last = max(int(np.ceil(np.log10(max(high, low)))), first + 1)
        ticks = [(10.0**n, ("≤" if n == first else "") + _number(10.0**n)) for n in range(first, last + 1)]
        return cls(label, 10.0**first, 10.0**last, ticks, logarithmic=True)

    def share(self, value: float) -> float:
        """Return where a value lies, from 0 at ``low`` to 1 at ``high``."""
        if self.logarithmic:
            return float(np.log(max(value, self.low) / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


class Plot:
    """A plot that is drawn on and then returned as SVG.

    Parameters
    ----------
    x, y : Axis
        Its axes.
    height : int
        In pixels; the width is 384.
    left, right : int
        Room for the ticks of y, and for what is written beside levels, in pixels.
    """

    def __init__(self, x: Axis, y: Axis, *, height: int = 290, left: int = 62, right: int = _RIGHT) -> None:
        self._x, self._y, self._height, self._left, self._right = x, y, height, left, right
        self._drawn: list[str] = []
        self._draw_axes()

    def point(self, x: float, y: float, told: str, *, hollow: bool = False) -> None:
        """Draw a point that tells its name under the pointer."""
        self._drawn.append(
            f'<circle class="point{" hollow" if hollow else ""}" cx="{self._at_x(x)}" cy="{self._at_y(y)}" r="3.6">'
            f"<title>{escape(told)}</title></circle>"
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], kind: str = "line") -> None:
        """Draw a straight line of the class ``line``, ``guide`` (dashed) or ``strong``."""
        self._drawn.append(
            f'<line class="{kind}" x1="{self._at_x(start[0])}" y1="{self._at_y(start[1])}" '
            f'x2="{self._at_x(end[0])}" y2="{self._at_y(end[1])}"/>'
        )

    def level(self, y: float, told: str, *, kind: str = "guide") -> None:
        """Draw a line across at ``y`` and write what it is beside its right end, where it hides no point."""
        self.line((self._x.low, y), (self._x.high, y), kind)
        self._write(_WIDTH - self._right + _TICK, self._at_y(y) + 4, told, "start", "note")

    def box(self, low: tuple[float, float], high: tuple[float, float], kind: str = "bar", told: str = "") -> None:
        """Draw a rectangle between two corners, of the class ``bar``, ``empty`` or ``quartiles``."""
        left, top = self._at_x(low[0]), self._at_y(high[1])
        width, height = self._at_x(high[0]) - left, self._at_y(low[1]) - top
        title = f"<title>{escape(told)}</title>" if told else ""
        self._drawn.append(
            f'<rect class="{kind}" x="{left}" y="{top}" width="{width:.1f}" height="{height:.1f}">{title}</rect>'
        )

    def text(self, x: float, y: float, words: str, *, above: float = 4) -> None:
        """Write centred words above a place, ``above`` in pixels."""
        self._write(self._at_x(x), self._at_y(y) - above, words, "middle", "note")

    def svg(self, description: str) -> str:
        """Return the plot; ``description`` says in words what it shows, for those who do not see it."""
        return (
            f'<svg role="img" viewBox="0 0 {_WIDTH} {self._height}" width="{_WIDTH}" height="{self._height}" '
            f'aria-label="{escape(description)}">{"".join(self._drawn)}</svg>'
        )

    def _at_x(self, value: float) -> float:
        return round(self._left + self._x.share(value) * (_WIDTH - self._right - self._left), 1)

    def _at_y(self, value: float) -> float:
        return round(self._height - _BOTTOM - self._y.share(value) * (self._height - _BOTTOM - _TOP), 1)

    def _write(self, x: float, y: float, words: str, anchor: str, kind: str) -> None:
        self._drawn.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def _draw_axes(self) -> None:
        bottom, middle = self._height - _BOTTOM, (_TOP + self._height - _BOTTOM) / 2
        for value, words in self._x.ticks:
            x = self._at_x(value)
            self._drawn.append(f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}"/>')
            self._write(x, bottom + _TICK + 11, words, "middle", "tick")
        for value, words in self._y.ticks:
            y = self._at_y(value)
            self._drawn.append(f'<line class="grid" x1="{self._left}" y1="{y}" x2="{_WIDTH - self._right}" y2="{y}"/>')
            self._write(self._left - _TICK - 2, y + 4, words, "end", "tick")
        self._drawn.append(f'<path class="axis" d="M{self._left},{_TOP} V{bottom} H{_WIDTH - self._right}"/>')
        self._write((self._left + _WIDTH - self._right) / 2, self._height - 8, self._x.label, "middle", "label")
        if self._y.label:
            self._drawn.append(
                f'<text class="label" transform="translate(13,{middle:.1f}) rotate(-90)" text-anchor="middle">'
                f"{escape(self._y.label)}</text>"
            )


def spread_plot(label: str, groups: Sequence[tuple[str, Sequence[tuple[str, float]]]], description: str) -> str:
    """Draw the values of groups from 0 to 1 as points over their quartiles, a row a group.

    Parameters
    ----------
    label : str
        Of the values.
    groups : sequence of (str, sequence of (str, float))
        Name of the group, and its values with their names.
    description : str
        Of the whole plot in words.

    Returns
    -------
    str
        SVG.
    """
    names = [_shortened(name) for name, _ in groups]
    rows = Axis("", -0.5, len(groups) - 0.5, [(len(groups) - 1 - n, name) for n, name in enumerate(names)])
    left = int(24 + _CHARACTER * max(len(name) for name in names))
    plot = Plot(Axis.linear(label, 0, 1), rows, height=_TOP + _BOTTOM + 62 * len(groups), left=left)
    for row, (_, values) in zip(reversed(range(len(groups))), groups, strict=True):
        if not values:
            continue
        quarter, median, three_quarters = np.quantile([value for _, value in values], (0.25, 0.5, 0.75))
        plot.box((quarter, row - 0.3), (three_quarters, row + 0.3), "quartiles")
        plot.line((median, row - 0.3), (median, row + 0.3), "strong")
        for (name, value), aside in zip(values, _aside(len(values)), strict=True):
            plot.point(value, row + aside, f"{name}: {value:.3f}")
    return plot.svg(description)


def paired_plot(
    label: str,
    groups: Sequence[tuple[str, Mapping[str, float]]],
    description: str,
    *,
    highest: float | None = None,
) -> str:
    """Draw the values of groups as a box each, and join those of one name by lines.

    Parameters
    ----------
    label : str
        Of the values, which are not below zero; the axis starts there.
    groups : sequence of (str, mapping of str to float)
        Name of the group, and name -> value.
    description : str
        Of the whole plot in words.
    highest : float, optional
        Where the axis of the values ends, so that plots beside each other can be compared; the highest of them if not
        given.

    Returns
    -------
    str
        SVG. A box holds the middle half; whiskers reach to the last value within 1.5 times its length.
    """
    if highest is None:
        highest = max(value for _, values in groups for value in values.values())
    room = int(0.5 * _WIDTH / _CHARACTER / len(groups))
    columns = Axis("", -0.6, len(groups) - 0.4, [(n, _narrowed(name, room)) for n, (name, _) in enumerate(groups)])
    plot = Plot(columns, Axis.linear(label, 0, 1.06 * highest), height=330)
    for n, (_, values) in enumerate(groups):
        if values:
            _draw_box(plot, n, list(values.values()))
    for n, ((_, left), (_, right)) in enumerate(pairwise(groups)):
        for name in left:
            if name in right:
                plot.line((n, left[name]), (n + 1, right[name]))
    for n, (group, values) in enumerate(groups):
        for name, value in values.items():
            plot.point(n, value, f"{name}, {group}: {value:.1f}")
    return plot.svg(description)


def _draw_box(plot: Plot, n: int, values: Sequence[float]) -> None:
    quarter, median, three_quarters = np.quantile(values, (0.25, 0.5, 0.75))
    reach = 1.5 * (three_quarters - quarter)
    low = min(value for value in values if value >= quarter - reach)
    high = max(value for value in values if value <= three_quarters + reach)
    plot.line((n, low), (n, high))
    for end in (low, high):
        plot.line((n - 0.1, end), (n + 0.1, end))
    plot.box((n - 0.25, quarter), (n + 0.25, three_quarters), "quartiles")
    plot.line((n - 0.25, median), (n + 0.25, median), "strong")


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _narrowed(name: str, longest: int) -> str:
    """Leave out the middle: names beside each other often begin alike."""
    end = max(longest // 2 - 1, 1)
    return name if len(name) <= longest else f"{name[: max(longest - end - 1, 1)]}…{name[-end:]}"


def bar_plot(y: Axis, x_label: str, bars: Iterable[tuple[str, float | None, str]], description: str) -> str:
    """Draw bars side by side.

    Parameters
    ----------
    y : Axis
        Of the heights.
    x_label : str
        What the bars differ in.
    bars : iterable of (str, float or None, str)
        Name, height (None: no bar), and what is written above.
    description : str
        Of the whole plot in words.

    Returns
    -------
    str
        SVG.
    """
    bars = list(bars)
    plot = Plot(Axis(x_label, -0.5, len(bars) - 0.5, [(n, name) for n, (name, _, _) in enumerate(bars)]), y)
    for n, (_, height, told) in enumerate(bars):
        if height is not None:
            plot.box((n - 0.32, y.low), (n + 0.32, height), "bar", told)
        plot.text(n, y.low if height is None else height, told)
    return plot.svg(description)


def _aside(count: int) -> list[float]:
    """Return shifts that keep points apart, the same ones each time."""
    golden = 0.618033988749895
    return [0.44 * ((0.5 + n * golden) % 1) - 0.22 for n in range(count)]


def _number(value: float) -> str:
    return f"{value:.10g}"
