"""The report of one patient as a page to read and to print: measures, picture, lesions, method, and the reader's work.

Nothing in it says who the patient is: the case has a code name, or none.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from .duration_text import minutes_and_seconds
from .events import ACTIONS
from .measure_text import MEASURES, measure_texts
from .method_text import LEAD, method_text
from .number_text import value_text
from .page import counted, definitions, heading, page, paragraph, table

REPORT_FILE = "report.html"
_PICTURE_FILE = "mip.png"

_FIGURES = ("Volume (mL)", "SUVmax", "SUVmean", "SUVpeak", "Uptake (mL \u00d7 SUV)")
_COLUMNS = ("Lesion", *_FIGURES, "R, A, S (mm)", "Found by")
_WITH_DOUBT = ("AI prob.", "AI SD")


def write_case_report(
    folder: Path,
    summary: Mapping[str, Any],
    lesion_map: LesionMap,
    *,
    code: str = "",
    log: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Write the report into the folder of the results of a case.

    Parameters
    ----------
    folder : Path
        Where `write_results` writes, with the picture.
    summary, lesion_map, code, log
        As for `case_report`.
    """
    picture = (folder / _PICTURE_FILE).read_bytes()
    (folder / REPORT_FILE).write_text(case_report(summary, lesion_map, picture, code=code, log=log), "utf-8")


def case_report(
    summary: Mapping[str, Any],
    lesion_map: LesionMap,
    picture: bytes,
    *,
    code: str = "",
    log: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Return the report of one patient.

    Parameters
    ----------
    summary : mapping
        The content of summary.json.
    lesion_map : LesionMap
        The lesions.
    picture : bytes
        Projections of the patient with the lesions: the content of a PNG.
    code : str
        Code name of the case; never who the patient is.
    log : iterable of mapping
        Rows of `time_log`; none where nobody has read the case.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    measures = list(zip(MEASURES, measure_texts(lesion_map), strict=True))
    parts = [
        definitions(measures, beside=True),
        *_suggested(lesion_map),
        *(paragraph(f"Note: {warning}", notice=True) for warning in summary["warnings"]),
        heading("Method"),
        *_method(summary),
        heading("Picture"),
        _picture(picture),
        heading("Lesions"),
        _lesions(lesion_map.lesions.values()),
        heading("Reading"),
        *_reading(list(log)),
        heading("Made with"),
        paragraph(", ".join(f"{name} {version}" for name, version in summary["versions"].items())),
    ]
    return page(f"Tumour burden of case {code}" if code else "Tumour burden of one patient", parts)


def _suggested(lesion_map: LesionMap) -> list[str]:
    """Say which of the lesions may be none."""
    suggested = [lesion for lesion in lesion_map.lesions.values() if lesion.suggestion]
    if not suggested:
        return []
    volume = sum(lesion.volume_ml for lesion in suggested)
    words = (
        f"Note: {counted(len(suggested), 'lesion')} of {volume:.1f} mL together may be normal uptake of organs, as the "
        "organ map suggests; the figures above hold them."
    )
    return [paragraph(words, notice=True)]


def _method(summary: Mapping[str, Any]) -> list[str]:
    region, found_by = summary["reference"], summary.get("ensemble")
    said: dict[str, Any] = {} if region is None else {"organ": region["organ"], "place": region["place"]}
    model = {} if found_by is None else found_by["model"]
    words = method_text(summary["method"], threshold=summary["threshold"], model=model.get("title", ""), **said)
    terms = []
    if region is not None:
        figures = f"SUVmean {region['mean']:.2f}, SD {region['sd']:.2f} in {counted(region['n'], 'voxel')}"
        terms.append(("Reference region", f"{region['organ'].capitalize()}, {region['place']}: {figures}"))
        terms.append(("Threshold", f"SUV {summary['threshold']:.2f}"))
    if model:
        terms.append(("Model", f"{model['title']}, folds {', '.join(model.get('folds', ())) or 'not known'}"))
        terms.append(("SHA-256 of the model", str(model.get("sha256", "not known"))))
    # The heading says it already.
    words = words.removeprefix(LEAD)
    return [paragraph(words[:1].upper() + words[1:]), *([definitions(terms, beside=True)] if terms else [])]


def _picture(content: bytes) -> str:
    said = "Coronal and sagittal maximum intensity projection of the PET, with the lesions in their colours"
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    image = f'<img src="{source}" alt="{escape(said)}" style="max-width: 100%; border-radius: 6px">'
    return f'<figure style="max-width: none">{image}<figcaption>{escape(said)}.</figcaption></figure>'


def _lesions(lesions: Iterable[Lesion]) -> str:
    listed = sorted(lesions, key=lambda lesion: -lesion.volume_ml)
    is_by_ensemble = any(lesion.probability is not None for lesion in listed)
    header = (*_COLUMNS, *(_WITH_DOUBT if is_by_ensemble else ()))
    doubt = " AI prob. and AI SD: mean probability by the ensemble, and how far its folds disagree."
    return table(
        f"{counted(len(listed), 'lesion')}, the largest first. Uptake is volume times SUVmean; R, A, S is the centre."
        + (doubt if is_by_ensemble else ""),
        header,
        [_row(lesion, with_doubt=is_by_ensemble) for lesion in listed],
    )


def _row(lesion: Lesion, *, with_doubt: bool) -> list[str]:
    figures = (lesion.volume_ml, lesion.suv_max, lesion.suv_mean, lesion.suv_peak, lesion.total_uptake)
    found = [", ".join(str(round(place)) for place in lesion.centroid_ras), lesion.origin.value]
    doubt = [value_text(lesion.probability, 2), value_text(lesion.disagreement, 2)] if with_doubt else []
    suggestion = f" (may be {lesion.suggestion.replace('_', ' ')})" if lesion.suggestion else ""
    return [lesion.name + suggestion, *(value_text(figure, 2) for figure in figures), *found, *doubt]


def _reading(log: list[Mapping[str, Any]]) -> list[str]:
    if not log:
        return [paragraph("No reader has looked at these lesions: nothing was corrected.")]
    rows = [_reader(row) for row in log]
    caption = (
        "What each reader did, and in which time (minutes:seconds). Corrections that were undone count as well, and "
        "so do those of lesions that were replaced since."
    )
    return [table(caption, rows[0][0], [row for _, row in rows])]


def _reader(row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    times = [minutes_and_seconds(row[f"{state}_s"]) for state in ("active", "idle", "paused")]
    actions = [kind.value for kind in ACTIONS if kind.value != "segmented"]
    header = ["Reader", "Begun (UTC)", "Done (UTC)", "Active", "Idle", "Paused", "Corrections"]
    done = [f"{action.replace('_', ' ')} {row[action]}" for action in actions if row[action]]
    named = str(row["reader"]) or "Not named"
    return header, [named, _minute(row["start"]), _minute(row["done"]), *times, ", ".join(done) or "none"]


def _minute(wall: str) -> str:
    """Return a time of the journal to the minute."""
    return wall[:16].replace("T", " ") or "not done"
