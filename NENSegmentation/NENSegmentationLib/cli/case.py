"""The arguments that name a case, and how they are read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from ..dicom.case import Case, read_case
from ..dicom.errors import DicomError, Remedy
from .errors import UsageError

_OPTIONS = {
    Remedy.SERIES: "--series UID",
    Remedy.FRAME: "--frame N",
    Remedy.INJECTION_DATE: "--injection-date YYYY-MM-DD",
}


def add_case_arguments(parser: argparse.ArgumentParser) -> None:
    """Add CASE and the options with which it is read."""
    parser.add_argument(
        "case",
        metavar="CASE",
        type=Path,
        help="folder with DICOM files, in which the PET series and its CT are found; or a PET already in SUV "
        "(.nrrd, .nii, .nii.gz)",
    )
    add_series_arguments(parser)


def add_series_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose and date a PET series."""
    parser.add_argument("--series", metavar="UID", help="SeriesInstanceUID, where the folder has several PET series")
    parser.add_argument("--frame", type=int, metavar="N", help="frame of time, from 1, of a dynamic series")
    parser.add_argument(
        "--injection-date", type=_date, metavar="YYYY-MM-DD", help="day of the injection, where the header has none"
    )


def read_named_case(arguments: argparse.Namespace, *, with_ct: bool = False) -> Case:
    """Read the case that the arguments name, with a progress bar on a terminal.

    An error that an option settles names it.
    """
    try:
        with progress_bar("Reading") as progress:
            return read_case(
                arguments.case,
                ct=arguments.ct if with_ct else None,
                with_ct=with_ct,
                series=arguments.series,
                frame=arguments.frame,
                injection_date=arguments.injection_date,
                progress=progress,
            )
    except DicomError as error:
        if error.remedy is None:
            raise
        message = f"{error} Use {_OPTIONS[error.remedy]}."
        raise UsageError(message) from error


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function of work done and work in all; None where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=title, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        message = f"{text!r} is no date such as 2024-03-21"
        raise argparse.ArgumentTypeError(message) from error
