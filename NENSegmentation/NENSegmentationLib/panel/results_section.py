"""The section Results: the measures of the patient, and the way out for them."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import qt
from slicer.i18n import tr as _

from ..core.errors import NENSegmentationError
from ..core.output import new_file
from ..dicom.derived import checked_headers
from ..dicom.series import Series
from ..scene.dicom_nodes import conversion_of
from ..scene.session import CorrectionSession
from ..study.case_report import write_case_report
from ..study.measure_text import measure_texts
from ..study.time_log import time_log, time_log_csv
from .dependencies import ensurePackages
from .dicom_database import petSeries
from .reading import Reading
from .reporting import reportedErrors, tell

_NOTHING = "-"


class ResultsSection:
    """Shows the measures as they are now, and exports.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        ui.exportButton.clicked.connect(self.onExport)
        reading.changed.connect(self._onCaseChanged)
        reading.lesionsChanged.connect(self._show)
        self._onCaseChanged()

    def onExport(self) -> None:
        """Ask for a folder, and write the results into a new folder there."""
        parent = qt.QFileDialog.getExistingDirectory(self._ui.exportButton.window(), _("Export results to"))
        if parent:
            with reportedErrors(_("Export")):
                folder, missing = exportResults(self._reading, Path(parent))
                tell(self._ui.exportedLabel, "\n".join((_("Written to {folder}").format(folder=folder), *missing)))

    def _onCaseChanged(self) -> None:
        tell(self._ui.exportedLabel, "")
        self._show()

    def _show(self) -> None:
        session = self._reading.session
        lesions = session.lesion_map if session is not None else None
        ui = self._ui
        labels = (ui.lesionCountLabel, ui.totalVolumeLabel, ui.totalUptakeLabel, ui.suvMaxLabel, ui.lowestUptakeLabel)
        for label, text in zip(labels, measure_texts(lesions, _NOTHING), strict=True):
            label.setText(text)
        ui.exportButton.setEnabled(lesions is not None)
        self._showOrigin()

    def _showOrigin(self) -> None:
        """Say here and in the review by which method the lesions were found, and what has to be known of them."""
        ui, reading = self._ui, self._reading
        region = reading.session.region if reading.session is not None and not reading.isBlinded else None
        of_region = () if region is None else region.warnings
        named = [_("Warning: {warning}").format(warning=one) for one in (*reading.warnings, *of_region)]
        warnings = "\n".join(dict.fromkeys(named))
        for label in (ui.methodLabel, ui.reviewMethodLabel):
            tell(label, reading.foundBy)
        for label in (ui.resultWarningsLabel, ui.reviewWarningsLabel):
            tell(label, warnings)


def exportResults(reading: Reading, parent: Path) -> tuple[Path, tuple[str, ...]]:
    """Write the results of a case, its report, its time log and how its PET became SUV to a new folder.

    Parameters
    ----------
    reading : Reading
        Holds the case.
    parent : Path
        Where the folder is made; its name is the code of the case and the time, and does not say who the patient is.

    Returns
    -------
    Path
        The folder.
    tuple of str
        Why RTSTRUCT and SEG are missing, where the PET came as DICOM and they are; the summary says it too.

    Raises
    ------
    NENSegmentationError
        If it cannot be written, or a package that draws the picture is missing.
    """
    ensurePackages({"matplotlib": "matplotlib"})
    session = reading.session
    folder = parent / f"{reading.code}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    series, missing = _series(session)
    log = time_log(session.journal.events())
    report = partial(write_case_report, lesion_map=session.lesion_map, code=reading.code, log=log)
    session.export(folder, series=series, warnings=(*reading.warnings, *missing), further=report)
    with new_file(folder / "time_log.csv") as file:
        file.write_text(time_log_csv(log), "utf-8")
    conversion = conversion_of(session.pet_node)
    if conversion is not None:
        with new_file(folder / "pet.json") as file:
            file.write_text(json.dumps(conversion, indent=2) + "\n", "utf-8")
    return folder, missing


def _series(session: CorrectionSession) -> tuple[Series | None, tuple[str, ...]]:
    """Return the series that RTSTRUCT and SEG refer to, and why there is none although the PET came as DICOM."""
    try:
        series = petSeries(session.pet_node)
        if series is not None and session.lesion_map.lesions:
            checked_headers(session.lesion_map, series)
    except NENSegmentationError as error:
        return None, (_("There is no RTSTRUCT and no DICOM SEG. {reason}").format(reason=error),)
    return series, ()
