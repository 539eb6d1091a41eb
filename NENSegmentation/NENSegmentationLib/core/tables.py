"""The numbers as they leave: a row per lesion, and the summary of the patient."""

from __future__ import annotations

import csv
import io
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from typing import Any

from .. import __version__
from .csv_cells import cell
from .lesion import Lesion
from .lesions import LesionMap
from .reference_region import ReferenceRegion

RESEARCH_USE = "research use only, not a medical device"
"""Said wherever results leave."""

NOTE = f"For {RESEARCH_USE}."

LESION_COLUMNS = (
    "id",
    "name",
    "volume_ml",
    "suv_max",
    "suv_mean",
    "suv_peak",
    "total_uptake",
    "r",
    "a",
    "s",
    "voxels",
    "origin",
    "probability",
    "disagreement",
    "suggestion",
)

_MADE_WITH = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "slicer-core")


def lesion_row(lesion: Lesion) -> dict[str, Any]:
    """Return one lesion as a row of lesions.csv.

    Volumes are in mL, SUV in g/mL, the total uptake in mL * g/mL, the centroid r, a, s in RAS mm.
    """
    r, a, s = lesion.centroid_ras
    values = {"r": r, "a": a, "s": s, "origin": lesion.origin.value}
    return {column: values[column] if column in values else getattr(lesion, column) for column in LESION_COLUMNS}


def lesions_csv(lesions: Iterable[Lesion]) -> str:
    """Return lesions.csv: a header and a row per lesion; what is not known is left empty.

    Parameters
    ----------
    lesions : iterable of Lesion
        In the order of the rows.

    Returns
    -------
    str
        Numbers with as many digits as it takes to read them back exactly; a name that a spreadsheet would compute has
        an apostrophe before it.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, LESION_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in lesion_row(lesion).items()} for lesion in lesions)
    return file.getvalue()


def summary(
    lesion_map: LesionMap,
    *,
    method: str,
    region: ReferenceRegion | None = None,
    ensemble: Mapping[str, Any] | None = None,
    warnings: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the content of summary.json.

    Parameters
    ----------
    lesion_map : LesionMap
        The lesions.
    method : str
        How they were found: threshold, ensemble, or given.
    region : ReferenceRegion, optional
        What the threshold was taken from.
    ensemble : mapping, optional
        Which model found them, and how it was computed.
    warnings : iterable of str
        What a reader should know, besides the warnings of the region.

    Returns
    -------
    dict
        Volumes in mL, SUV and threshold in g/mL, total uptake in mL * g/mL; ``ensemble`` only where it was given.
    """
    patient = lesion_map.patient()
    lowest = patient.lowest_suv_mean
    return {
        "method": method,
        "reference": region and _reference(region),
        "threshold": region and region.threshold(),
        **({} if ensemble is None else {"ensemble": dict(ensemble)}),
        "lesions": patient.lesions,
        "total_volume_ml": patient.total_volume_ml,
        "total_uptake": patient.total_uptake,
        "suv_max": patient.suv_max,
        "lowest_suv_mean": lowest and {"lesion": lowest[0], "value": lowest[1]},
        "warnings": [*warnings, *(region.warnings if region else ())],
        "versions": versions(),
        "note": NOTE,
    }


def _reference(region: ReferenceRegion) -> dict[str, Any]:
    return {
        "organ": region.organ.value,
        "mean": region.mean,
        "sd": region.sd,
        "n": region.n,
        "cv": region.cv,
        "place": region.place,
    }


def versions() -> dict[str, str]:
    """Return the versions of what made a result; libraries that are not there are left out."""
    found = {"nensegmentation": __version__, "python": platform.python_version()}
    for name in _MADE_WITH:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
