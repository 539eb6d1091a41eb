"""Questions to the reader in the middle of work."""

from __future__ import annotations

import qt
import slicer
from slicer.i18n import tr as _

from ..scene.session import CorrectionSession


def isConfirmed(question: str, title: str) -> bool:
    """Ask a question that has yes and no for an answer, with the pointer of someone who has to click.

    Return and Escape mean no: what is asked here cannot be undone. `slicer.util.confirmYesNoDisplay` has yes as its
    default, and PythonQt takes no other one by its ``defaultButton``, which is a method of the box.

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
        yes, no = qt.QMessageBox.Yes, qt.QMessageBox.No
        return qt.QMessageBox.question(slicer.util.mainWindow(), title, question, yes | no, no) == yes
    finally:
        slicer.app.restoreOverrideCursor()


def mayReplaceLesions(session: CorrectionSession, title: str) -> bool:
    """Ask whether corrections may be lost, where there are any.

    Parameters
    ----------
    session : CorrectionSession
        Whose lesions are to be replaced.
    title : str
        Title of the message box.

    Returns
    -------
    bool
        True if there is nothing to lose, or the answer is yes.
    """
    if not session.is_corrected and not session.is_changed_elsewhere:
        return True
    words = _("The lesions of this case ({count}) were corrected already. Replace them, and lose the corrections?")
    return isConfirmed(words.format(count=len(session.lesion_map.lesions)), title)
