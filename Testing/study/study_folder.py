"""A folder with a small study: images of a few voxels and the plan that names them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from dicom.conftest import a_ct_header, a_pet_header, written

ARMS = ({"name": "A", "method": "threshold"}, {"name": "B", "method": "blank"})


def write_image(path: Path, value: float = 1.0, shape=(2, 3, 4), origin=(0.0, 0.0, 0.0)) -> Path:
    image = sitk.GetImageFromArray(np.full(shape, value, np.float32), isVector=False)
    image.SetOrigin(origin)
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))
    return path


def cases(count: int) -> list[dict[str, Any]]:
    return [{"name": f"case-{n:02}", "path": f"cases/{n}.nrrd"} for n in range(1, count + 1)]


def write_dicom(folder: Path, uid: str = "1.2.3", *, ct: bool = False, **changes) -> Path:
    for k in range(3):
        written(a_pet_header(k, SeriesInstanceUID=uid, **changes), folder / f"pet{k}.dcm")
    for k in range(5 if ct else 0):
        written(a_ct_header(k, PatientID=changes.get("PatientID", "SECRET-ID")), folder / f"ct{k}.dcm")
    return folder


def write_study(folder: Path, *, count: int = 4, images: bool = True, **changes: Any) -> Path:
    """Write a plan without a fault and its images; a change to None takes an entry out."""
    entries: dict[str, Any] = {
        "title": "Threshold against blank",
        "seed": 7,
        "readers": ["reader-1", "reader-2"],
        "design": "crossover",
        "washout_days": 28,
        "hide_arm": True,
        "show_time": False,
        "arms": list(ARMS),
        "cases": cases(count),
        **changes,
    }
    for number in range(1, count + 1 if images else 0):
        write_image(folder / "cases" / f"{number}.nrrd", value=number)
    path = folder / "study.toml"
    path.write_text(as_toml(entries), "utf-8")
    return path


def as_toml(entries: dict[str, Any]) -> str:
    lists = {key: value for key, value in entries.items() if isinstance(value, list)}
    tables = {key: rows for key, rows in lists.items() if rows and isinstance(rows[0], dict)}
    lines = [f"{key} = {_value(value)}" for key, value in entries.items() if key not in tables and value is not None]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{key}]]", *(f"{name} = {_value(value)}" for name, value in row.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(str(value) if isinstance(value, Path) else value)
