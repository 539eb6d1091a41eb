"""The result of a reading as files: the lesions that the reader left, their measures, and the log."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from ..core.output import OutputError, new_file
from ..study.time_log import time_log, time_log_csv
from .session import CorrectionSession

_LOG_FILE = "time_log.csv"


def save_result(session: CorrectionSession, folder: Path, warnings: Iterable[str] = ()) -> None:
    """Write the segmentation and the measures of a reading; those of an attempt that never became Done are replaced.

    Nothing that names the patient is written: there is no RTSTRUCT and no DICOM SEG.

    Parameters
    ----------
    session : CorrectionSession
        Of the reading.
    folder : Path
        By `result_folder`.
    warnings : iterable of str
        What has to be known wherever the SUV is shown.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        message = f"{folder}: an earlier result cannot be replaced ({error.strerror}). Check its permissions."
        raise OutputError(message) from error
    session.export(folder, warnings=warnings)


def save_log(session: CorrectionSession, folder: Path) -> None:
    """Write the times and counts of a reading beside its result.

    Raises
    ------
    OutputError
        If it cannot be written; the store has all of it.
    """
    file = folder / _LOG_FILE
    if not file.exists():
        with new_file(file) as partial:
            partial.write_text(time_log_csv(time_log(session.journal.events())), "utf-8")
