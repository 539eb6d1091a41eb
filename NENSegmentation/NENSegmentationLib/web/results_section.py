"""The section Results: the measures of the patient, and the way out for them."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tempfile
import zipfile
from functools import partial
from pathlib import Path

from ..core.errors import NENSegmentationError
from ..core.lesions import LesionMap
from ..dicom.derived import checked_headers
from ..dicom.series import Series
from ..study.case_report import REPORT_FILE, write_case_report
from ..study.measure_text import MEASURES, measure_texts
from ..study.time_log import time_log, time_log_csv
from .errors import WebError
from .room import Room

FILES = {
    REPORT_FILE: "Report to read and print",
    "lesions.seg.nrrd": "Segmentation for Slicer",
    "rtstruct.dcm": "DICOM RTSTRUCT",
    "lesions.seg.dcm": "DICOM SEG",
    "lesions.csv": "Table of lesions",
    "summary.json": "Summary of the patient",
    "mip.png": "Picture",
    "time_log.csv": "Time log",
    "pet.json": "How the PET became SUV",
}
"""What can be downloaded, and what it is called; all of it also as one archive."""

ALL = "results.zip"


class ResultsSection:
    """Shows the measures and how they came about, and writes the files that are downloaded.

    Parameters
    ----------
    room : Room
        Of the page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._folder: Path | None = None
        room.state.update({"files": [], "export_said": []})
        room.on("export", self._export)
        room.server.trigger("download")(self._download)
        room.reading.changed.connect(self._show)
        room.reading.lesions_changed.connect(self._show)
        self._show()

    def close(self) -> None:
        """Remove what was written for download."""
        self._forget()

    async def _export(self) -> None:
        """Write all files, beside the loop; nothing else is done meanwhile, so that they fit together."""
        session = self._room.session
        if self._room.reading.is_study:
            message = "a study keeps the results of its cases itself. Ask who leads it."
            raise WebError(message)
        self._forget()
        with self._room.busy("Writing the results \u2026"):
            folder = Path(tempfile.mkdtemp(prefix="nenseg-results-"))
            try:
                missing = await asyncio.to_thread(self._write, folder / "results")
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        if session is not self._room.reading.session:
            shutil.rmtree(folder, ignore_errors=True)
            return
        self._folder = folder
        present = {path.name for path in (folder / "results").iterdir()}
        state = self._room.state
        state.files = [[name, said] for name, said in FILES.items() if name in present]
        state.export_said = list(missing)

    def _write(self, folder: Path) -> tuple[str, ...]:
        session, case = self._room.session, self._room.reading.case
        series, missing = _series(session.lesion_map, case.pet_series)
        log, code = time_log(session.journal.events()), self._room.reading.code
        session.export(
            folder,
            series=series,
            warnings=(*self._room.reading.image_warnings, *missing),
            further=partial(write_case_report, lesion_map=session.lesion_map, code=code, log=log),
        )
        (folder / "time_log.csv").write_text(time_log_csv(log), "utf-8")
        if case.conversion is not None:
            (folder / "pet.json").write_text(json.dumps(case.conversion.to_dict(), indent=2) + "\n", "utf-8")
        return missing

    def _download(self, name: str) -> bytes:
        """Return the content of one of the files that were written, or of all of them."""
        if self._folder is None or (name not in FILES and name != ALL):
            return b""
        folder = self._folder / "results"
        return _archive(folder) if name == ALL else (folder / name).read_bytes()

    def _forget(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        self._room.state.update({"files": [], "export_said": []})

    def _show(self) -> None:
        # What was written before is of other lesions.
        self._forget()
        reading, state = self._room.reading, self._room.state
        state.results = list(zip(MEASURES, measure_texts(reading.lesion_map), strict=True))
        state.found_by, state.case_warnings = reading.found_by, list(reading.warnings)
        state.flush()


def _archive(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file.getvalue()


def _series(lesions: LesionMap, series: Series | None) -> tuple[Series | None, tuple[str, ...]]:
    """Return the series that RTSTRUCT and SEG refer to, and why there is none although the PET came as DICOM."""
    try:
        if series is not None and lesions.lesions:
            checked_headers(lesions, series)
    except NENSegmentationError as error:
        return None, (f"There is no RTSTRUCT and no DICOM SEG. {error}",)
    return series, ()
