"""The arguments that name a case, and how they are read."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
    """Read the case that the arguments name, and show how far it is.

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


class SlowLines:
    """Lines of progress for where no bar can be drawn (a log, a pipe): one a minute, the first after a minute.

    Parameters
    ----------
    every_s : float
        Shortest time between two lines (s).
    """

    def __init__(self, every_s: float = 60.0) -> None:
        self._every_s, self._last = every_s, time.monotonic()

    def show(self, title: str, done: int, total: int) -> None:
        """Say how far the work is, if the last line is old enough."""
        now = time.monotonic()
        if now - self._last >= self._every_s:
            self._last = now
            # Where nobody can read it any more, the work goes on all the same.
            with suppress(OSError):
                sys.stderr.write(f"nenseg: {title}: {done} of {total}\n")
                sys.stderr.flush()


@contextmanager
def progress_bar(title: str, lines: SlowLines | None = None) -> Iterator[Callable[[int, int], None]]:
    """Give a function of work done and work in all: it draws a bar on a terminal, and writes slow lines elsewhere.

    Parameters
    ----------
    title : str
        What is done, in words.
    lines : SlowLines, optional
        Where many short pieces of work follow each other: those of all of them.
    """
    if not sys.stderr.isatty():
        lines = lines or SlowLines()
        yield lambda done, total: lines.show(title, done, total)
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
