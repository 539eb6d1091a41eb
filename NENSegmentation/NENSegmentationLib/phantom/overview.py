"""Digital patients that are there: a table and a page of pictures."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.output import new_files
from .errors import PhantomError
from .gallery import page

TABLE, PAGE = "cohort.csv", "index.html"


def write_overview(folder: Path, table: Path, page_file: Path) -> list[dict[str, Any]]:
    """Write the table and the page of the digital patients in a folder.

    Parameters
    ----------
    folder : Path
        Holds folders of digital patients.
    table, page_file : Path
        The .csv and the .html to write, in one folder.

    Returns
    -------
    list of dict
        The rows of the table.

    Raises
    ------
    PhantomError
        If there is no patient, or one cannot be read.
    OutputError
        If a file exists already or cannot be written.
    """
    found = {path.parents[1]: read_record(path.parents[1]) for path in folder.glob("[!.]*/truth/patient.json")}
    if not found:
        message = f"{folder}: there is no digital patient in this folder. Give one that `nenseg phantom` wrote."
        raise PhantomError(message)
    folders = sorted(found, key=lambda path: (found[path]["seed"], path.name))
    rows = [row(path.name, found[path]) for path in folders]
    with new_files(table, page_file) as (partial_table, partial_page):
        with partial_table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        partial_page.write_text(page(rows, folders), "utf-8")
    return rows


def row(name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the table says of a patient.

    Parameters
    ----------
    name : str
        Its code name.
    record : mapping
        Its ``patient.json``.
    """
    request, build, liver, lesions = record["request"], record["patient"], record["liver"], record["lesions"]
    return {
        "patient": name,
        "seed": request["seed"],
        "tracer": request["tracer"],
        "sex": build["sex"],
        "age": build["age"],
        "height_m": build["height_m"],
        "weight_kg": build["weight_kg"],
        "lesions": len(lesions),
        "lesions_in_reference": sum(lesion["in_reference_ml"] > 0 for lesion in lesions),
        "lesions_ml": round(sum(lesion["volume_ml"] for lesion in lesions), 4),
        "reference_ml": record["reference_ml"],
        "threshold": liver["threshold"],
        "liver_mean": liver["mean"],
        "liver_sd": liver["sd"],
        "injected_mbq": record["injected_bq"] / 1e6,
        "minutes_to_scan": round(record["seconds_from_injection_to_scan"] / 60, 1),
        "voxel_mm": "x".join(f"{x:g}" for x in request["voxel"]),
        "dose": request["dose"],
        "header": request["header"],
        "decay_correction": request["decay_correction"],
        "next_day": request["next_day"],
    }


def read_record(folder: Path) -> dict[str, Any]:
    """Read the ``patient.json`` of a digital patient.

    Parameters
    ----------
    folder : Path
        The patient's.

    Raises
    ------
    PhantomError
        If it is not there, or lacks what the table holds.
    """
    try:
        record = json.loads((folder / "truth" / "patient.json").read_text("utf-8"))
        row(folder.name, record)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{folder}: this is no folder of a digital patient, or one of an older version. Move it away."
        raise PhantomError(message) from error
    return record
