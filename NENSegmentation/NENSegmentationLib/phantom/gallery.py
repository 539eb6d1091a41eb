"""A page that shows digital patients: their projections and a table. One file, which needs no other."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ..core.tables import NOTE
from .errors import PhantomError
from .projection import HIGHEST_SUV, OVERLAY, PICTURE

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 86rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
label { display: inline-block; padding: .4rem 0; cursor: pointer; }
.patients { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 1rem; margin: 1rem 0; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 4px; overflow: hidden; scroll-margin-top: 1rem; }
figure:target { outline: 3px solid Highlight; }
.picture { position: relative; background: #fff; }
.picture img { display: block; width: 100%; }
.picture img + img { position: absolute; inset: 0; }
#reference:not(:checked) ~ .patients img + img { display: none; }
figcaption { padding: .4rem .5rem; font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td.text { text-align: left; }
tbody tr:hover { background: var(--soft); }
"""


def page(rows: Sequence[Mapping[str, Any]], folders: Sequence[Path]) -> str:
    """Return the page.

    Parameters
    ----------
    rows : sequence of mappings
        The rows of the table, one a patient; all with the same keys.
    folders : sequence of Path
        Their folders, which hold the pictures.

    Returns
    -------
    str
        HTML, with the pictures in it.

    Raises
    ------
    PhantomError
        If a picture is missing.
    """
    figures = "\n".join(_figure(row, folder / "truth") for row, folder in zip(rows, folders, strict=True))
    negative = sum(row["lesions"] == 0 for row in rows)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{len(rows)} digital patients</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{len(rows)} digital patients</h1>
<p>{negative} of them without lesions. Coronal maximum intensity projections of the PET, SUV 0 (white) to
{HIGHEST_SUV:g} (black); the patient's right is on the left. {NOTE}</p>
<input type="checkbox" id="reference" checked>
<label for="reference">Show the reference segmentation (red)</label>
<div class="patients">
{figures}
</div>
<div class="scroll" tabindex="0" role="region" aria-label="Table of the patients">
<table>
<caption>Doses in MBq, volumes in mL, uptake in SUV (g/mL).</caption>
<thead><tr>{"".join(f'<th scope="col">{escape(key.replace("_", " "))}</th>' for key in rows[0])}</tr></thead>
<tbody>
{"".join(_table_row(row) for row in rows)}</tbody>
</table>
</div>
</body>
</html>
"""


def _figure(row: Mapping[str, Any], truth: Path) -> str:
    name, lesions = escape(row["patient"]), _counted(row["lesions"])
    shown = f"Projection of {name}: {row['tracer']}, {lesions}"
    return f"""<figure id="{name}">
<div class="picture"><img src="{_embedded(truth / PICTURE)}" alt="{shown}">
<img src="{_embedded(truth / OVERLAY)}" alt="Reference segmentation, {row["reference_ml"]:.1f} mL"></div>
<figcaption><strong>{name}</strong><br>{row["sex"]}, {row["age"]} years, {row["weight_kg"]:g} kg<br>{row["tracer"]}<br>
{lesions}<br>reference {row["reference_ml"]:.1f} mL</figcaption>
</figure>"""


def _table_row(row: Mapping[str, Any]) -> str:
    name, *cells = row.values()
    shown = "".join(_cell(cell) for cell in cells)
    return f'<tr><th scope="row"><a href="#{escape(name)}">{escape(name)}</a></th>{shown}</tr>\n'


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return f'<td class="text">{"yes" if value else "no"}</td>'
    if isinstance(value, str):
        return f'<td class="text">{escape(value)}</td>'
    return f"<td>{value:.2f}</td>" if isinstance(value, float) else f"<td>{value}</td>"


def _counted(lesions: int) -> str:
    return "no lesions" if lesions == 0 else "1 lesion" if lesions == 1 else f"{lesions} lesions"


def _embedded(path: Path) -> str:
    if not path.is_file():
        message = f"{path}: the picture is missing. Make the patient again."
        raise PhantomError(message)
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
