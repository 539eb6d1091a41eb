"""What `segment` and `measure` print: the table of lesions, the patient, the warnings and the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.lesion import Lesion
from ..core.tables import lesion_row

_SHOWN = (
    ("id", "id", "d"),
    ("volume_ml", "mL", ".2f"),
    ("suv_max", "SUVmax", ".2f"),
    ("suv_mean", "SUVmean", ".2f"),
    ("suv_peak", "SUVpeak", ".2f"),
    ("r", "R", ".0f"),
    ("a", "A", ".0f"),
    ("s", "S", ".0f"),
)


def described(summary: dict[str, Any], lesions: Iterable[Lesion], folder: Path) -> dict[str, Any]:
    """Return the result of a command that wrote the results of a case."""
    return {
        **summary,
        "table": [lesion_row(lesion) for lesion in lesions],
        "files": [str(path) for path in sorted(folder.iterdir())],
    }


def written(result: dict[str, Any]) -> str:
    """Say in words what `described` holds."""
    lines = [*_table(result["table"]), "", *_patient(result)]
    lines += [f"Warning: {warning}" for warning in result["warnings"]]
    lines += [f"Wrote {path}" for path in result["files"]]
    return "\n".join([*lines, result["note"]])


def _table(rows: list[dict[str, Any]]) -> list[str]:
    header = "".join(f"{title:>9}" for _, title, _ in _SHOWN) + "  suggestion"
    body = [
        "".join(f"{row[column]:>9{form}}" for column, _, form in _SHOWN) + f"  {row['suggestion'] or ''}".rstrip()
        for row in rows
    ]
    return [header, *body]


def _patient(result: dict[str, Any]) -> list[str]:
    lines = []
    if result["reference"]:
        reference = result["reference"]
        lines.append(
            f"Reference {reference['organ']} ({reference['place']}): mean {reference['mean']:.3f}, "
            f"SD {reference['sd']:.3f} g/mL ({reference['n']} voxels); threshold {result['threshold']:.3f} g/mL"
        )
    lines.append(
        f"{result['lesions']} lesions, total tumour volume {result['total_volume_ml']:.2f} mL, "
        f"total uptake {result['total_uptake']:.1f} mL*g/mL"
    )
    lowest = result["lowest_suv_mean"]
    if lowest:
        lines.append(
            f"Highest SUVmax {result['suv_max']:.2f}; lowest lesion SUVmean {lowest['value']:.2f} "
            f"(lesion {lowest['lesion']})"
        )
    return lines
