"""What `segment` and `measure` print: the table of lesions, the patient, the warnings and the files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.lesion import Lesion
from ..core.tables import lesion_row
from ..ensemble.provenance import in_words

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


_COMPARED = (
    ("lesions", "lesions", "d"),
    ("total_volume_ml", "volume mL", ".2f"),
    ("total_uptake", "uptake", ".1f"),
    ("suv_max", "SUVmax", ".2f"),
)


def compared(result: dict[str, Any]) -> str:
    """Say in words what several methods found in one patient, side by side."""
    methods = result["methods"]
    header = f"{'':<10}" + "".join(f"{title:>11}" for _, title, _ in _COMPARED) + f"{'lowest SUVmean':>27}"
    lines = [header, *(_row(method, part) for method, part in methods.items()), ""]
    for part in methods.values():
        lines += [line for line in _patient(part)[:1] if part["reference"]]
        lines += [in_words(part["ensemble"])] if "ensemble" in part else []
    lines += [
        f"Warning: {warning}"
        for warning in dict.fromkeys(line for part in methods.values() for line in part["warnings"])
    ]
    files = [*(file for part in methods.values() for file in part["files"]), *result["files"]]
    return "\n".join([*lines, *(f"Wrote {path}" for path in files), result["note"]])


def _row(method: str, part: dict[str, Any]) -> str:
    lowest = part["lowest_suv_mean"]
    figures = "".join("          -" if part[key] is None else f"{part[key]:>11{form}}" for key, _, form in _COMPARED)
    named = f"{lowest['value']:.2f} (lesion {lowest['lesion']})" if lowest else "-"
    return f"{method:<10}{figures}{named:>27}"


def written(result: dict[str, Any]) -> str:
    """Say in words what `described` holds."""
    lines = [*_table(result["table"]), "", *_patient(result)]
    if "ensemble" in result:
        lines.append(in_words(result["ensemble"]))
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
