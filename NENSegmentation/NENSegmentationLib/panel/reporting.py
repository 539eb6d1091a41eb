"""What the physician sees while the method works and when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import qt
import slicer

from ..core.errors import NENSegmentationError


@contextmanager
def reportedErrors(title: str) -> Iterator[None]:
    """Show the busy cursor, and the sentence of a NENSegmentationError in a box; any other error goes on.

    Parameters
    ----------
    title : str
        Title of the message box.
    """
    try:
        with _busyCursor():
            yield
    except NENSegmentationError as error:
        slicer.util.errorDisplay(_sentence(error), windowTitle=title)


@contextmanager
def errorsIn(label: qt.QLabel) -> Iterator[None]:
    """Show the sentence of a NENSegmentationError in a label, where a box would stop the reading.

    Parameters
    ----------
    label : QLabel
        Empty and out of sight while there is no error.
    """
    tell(label, "")
    try:
        yield
    except NENSegmentationError as error:
        tell(label, _sentence(error))


def tell(label: qt.QLabel, sentence: str) -> None:
    """Show a sentence in a label, which takes no room while there is none."""
    label.setText(sentence)
    label.setVisible(bool(sentence))


def _sentence(error: NENSegmentationError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


@contextmanager
def _busyCursor() -> Iterator[None]:
    slicer.app.setOverrideCursor(qt.Qt.WaitCursor)
    try:
        yield
    finally:
        slicer.app.restoreOverrideCursor()
