"""What the physician sees while the method works and when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import qt
import slicer

from ..core.errors import NENSegmentationError


@contextmanager
def reportedErrors(title: str) -> Iterator[None]:
    """Show the busy cursor, and the sentence of a NENSegmentationError; any other error goes on.

    Parameters
    ----------
    title : str
        Title of the message box.
    """
    try:
        with _busyCursor():
            yield
    except NENSegmentationError as error:
        sentence = str(error)
        slicer.util.errorDisplay(sentence[:1].upper() + sentence[1:], windowTitle=title)


@contextmanager
def _busyCursor() -> Iterator[None]:
    slicer.app.setOverrideCursor(qt.Qt.WaitCursor)
    try:
        yield
    finally:
        slicer.app.restoreOverrideCursor()
