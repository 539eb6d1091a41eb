"""Questions to the reader in the middle of work."""

from __future__ import annotations

import qt
import slicer


def isConfirmed(question: str, title: str) -> bool:
    """Ask a question that has yes and no for an answer, with the pointer of someone who has to click.

    Parameters
    ----------
    question : str
        One sentence or two.
    title : str
        Title of the message box.

    Returns
    -------
    bool
        Whether the answer is yes.
    """
    slicer.app.setOverrideCursor(qt.Qt.ArrowCursor)
    try:
        return slicer.util.confirmYesNoDisplay(question, windowTitle=title)
    finally:
        slicer.app.restoreOverrideCursor()
