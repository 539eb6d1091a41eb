"""A page of results in one file: no script, nothing from the network, light or dark as the reader's system has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .. import __version__
from ..core.tables import RESEARCH_USE

UNDEFINED = "\N{EN DASH}"
"""Stands where there is no value."""

_STYLE = """
:root { color-scheme: light dark; --text: #1c2329; --soft: #55606a; --ground: #ffffff; --panel: #f4f6f8;
  --rule: #d5dbe1; --grid: #e6eaee; --mark: #1f6fb4; --fill: #8dbbe0; --line: #b3541e; }
@media screen and (prefers-color-scheme: dark) { :root { --text: #e4e9ee; --soft: #a3afba; --ground: #14191e;
  --panel: #1d242b; --rule: #3a444e; --grid: #29323a; --mark: #6db3ee; --fill: #2f5f88; --line: #f0a06a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; } h2 { font-size: 1.25rem; margin: 36px 0 8px; }
h3 { font-size: 1.05rem; margin: 24px 0 6px; }
p { max-width: 76ch; margin: 8px 0; } .soft, figcaption, caption { color: var(--soft); }
.notice { border-left: 4px solid var(--line); background: var(--panel); padding: 8px 14px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 10px 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 6px; max-width: 76ch; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--rule); text-align: right; white-space: nowrap; }
th[scope=row] { text-align: left; font-weight: 500; white-space: normal; max-width: 24em; }
thead th:first-child { text-align: left; }
thead th { border-bottom: 2px solid var(--rule); font-weight: 600; vertical-align: bottom; white-space: normal;
  max-width: 9em; }
th, td { vertical-align: top; }
td small { color: var(--soft); }
.figures { display: flex; flex-wrap: wrap; gap: 18px; } figure { margin: 0; max-width: 384px; }
figcaption { font-size: .9rem; padding: 0 6px; }
svg { max-width: 100%; height: auto; background: var(--panel); border-radius: 6px; font: 12px system-ui, sans-serif; }
svg text { fill: var(--text); } svg .note { font-size: 11.5px; } svg .tick { fill: var(--soft); }
svg .axis { fill: none; stroke: var(--soft); } svg .grid { stroke: var(--grid); }
svg .point { fill: var(--mark); fill-opacity: .75; stroke: var(--panel); stroke-width: .8; }
svg .hollow { fill: var(--panel); fill-opacity: 1; stroke: var(--mark); stroke-width: 1.5; }
svg .line { stroke: var(--soft); } svg .guide { stroke: var(--line); stroke-dasharray: 5 4; }
svg .strong { stroke: var(--line); stroke-width: 2; }
svg .bar, svg .quartiles { fill: var(--fill); } svg .quartiles { fill-opacity: .55; }
dt { font-weight: 600; margin-top: 8px; } dd { margin: 0; max-width: 76ch; overflow-wrap: anywhere; }
.beside { display: grid; grid-template-columns: minmax(7em, max-content) 1fr; gap: 3px 18px; }
.beside dt { margin: 0; max-width: 14em; }
ol { max-width: 80ch; padding-left: 2em; font-size: .92rem; }
details table { font-size: .88rem; } details th[scope=row] { white-space: nowrap; } summary { cursor: pointer; }
@page { size: A4; margin: 13mm; }
@media print { :root { color-scheme: light; font-size: 12px; } body { font-size: 12px; line-height: 1.35; }
  main { max-width: none; padding: 0; } p, caption, dd, ol { max-width: none; } .wide { overflow: visible; }
  table { font-size: 10.5px; } th, td { padding: 2px 9px 2px 0; } details table { font-size: 8.6px; }
  details::details-content { content-visibility: visible; display: block; } summary { display: none; }
  th[scope=row] { min-width: 6em; } .wide, tr, figure, dd, li { break-inside: avoid; }
  details .wide { break-inside: auto; }
  h2, h3, caption, dt, thead { break-after: avoid; } h2 { margin: 22px 0 6px; }
  .figures { gap: 8px; } figure { max-width: 88mm; } svg { background: none; } }
"""


def page(title: str, parts: Iterable[str]) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Its heading.
    parts : iterable of str
        HTML, in order.

    Returns
    -------
    str
        HTML, with the note that it is for research use under the heading.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{escape(title)}</h1>\n<p class="soft">NENSegmentation {escape(__version__)}: {RESEARCH_USE}.</p>\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first column heads the rows.

    Parameters
    ----------
    caption : str
        What the table shows; plain text.
    header : sequence of str
        Heads of the columns; plain text.
    rows : iterable of sequence of str
        Plain text; the first cell is the head of the row. What stands on a second line is written small.

    Returns
    -------
    str
        HTML.
    """
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{_cell(cell)}</td>" for cell in cells) + "</tr>"
        for first, *cells in rows
    )
    return (
        f'<div class="wide" tabindex="0"><table><caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _cell(text: str) -> str:
    first, line, second = text.partition("\n")
    return f"{escape(first)}<br><small>{escape(second)}</small>" if line else escape(first)


def figures(drawn: Iterable[tuple[str, str]]) -> str:
    """Return figures side by side, given as pairs of SVG and caption (plain text)."""
    inside = "\n".join(f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>" for svg, caption in drawn)
    return f'<div class="figures">\n{inside}\n</div>'


def heading(text: str, level: int = 2) -> str:
    """Return a heading of plain text."""
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str, *, notice: bool = False) -> str:
    """Return a paragraph of plain text; ``notice`` sets it off."""
    return f"<p{' class=notice' if notice else ''}>{escape(text)}</p>"


def definitions(terms: Iterable[tuple[str, str]], *, beside: bool = False) -> str:
    """Return a list of terms with their meaning, plain text; ``beside`` puts it on the line of its term."""
    inside = "\n".join(f"<dt>{escape(term)}</dt><dd>{escape(said)}</dd>" for term, said in terms)
    return f"<dl{' class=beside' if beside else ''}>{inside}</dl>"


def listed(items: Iterable[str]) -> str:
    """Return a numbered list of plain text."""
    return "<ol>" + "\n".join(f"<li>{escape(item)}</li>" for item in items) + "</ol>"


def folded(summary: str, inside: str) -> str:
    """Return HTML that opens under its summary."""
    return f"<details><summary>{escape(summary)}</summary>\n{inside}\n</details>"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "case"), counted(2, "case")
    ('1 case', '2 cases')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
