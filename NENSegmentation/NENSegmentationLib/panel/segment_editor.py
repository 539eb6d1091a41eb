"""The way to Slicer's own Segment Editor and back: what is edited there comes back as edits of the lesions."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import qt
import slicer
from slicer.i18n import tr as _

from ..core.segments import segment_id
from .reading import Reading
from .reporting import errorsIn, tell

# A script that edits makes many changes; they are taken in when it has been quiet for this long.
_QUIET_MS = 300
# So long may pass from a change in another module until it is in the journal: what a kill there can lose.
_NOTED_MS = 3000


class SegmentEditor:
    """The button Segment Editor; the time of the case goes on there.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    selected : callable
        Returns the id of the selected lesion, or None.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading, selected: Callable[[], int | None]) -> None:
        self._ui, self._reading, self._selected = ui, reading, selected
        self._isEntered = False
        self._quiet = qt.QTimer()
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(_QUIET_MS)
        self._quiet.timeout.connect(self.onQuiet)
        self._noted = qt.QTimer()
        self._noted.setSingleShot(True)
        self._noted.setInterval(_NOTED_MS)
        self._noted.timeout.connect(self.onNoted)
        ui.segmentEditorButton.clicked.connect(self.onEdit)
        reading.changed.connect(self._onCaseChanged)

    def enter(self) -> None:
        """Take in what was edited, and show the lesions as always: the reader came back."""
        self._isEntered = True
        self._stop()
        session = self._reading.session
        if session is not None:
            self.onQuiet()
            session.show_for_editing(False)

    def exit(self) -> None:
        """From here on only write down what is edited, before the reader comes back: they may not be ready."""
        self._isEntered = False
        self._stop()

    def onEdit(self) -> None:
        """Open the selected lesion in the Segment Editor."""
        session = self._reading.session
        session.show_for_editing(True)
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.SegmentEditorWidget.editor
        editor.setSegmentationNode(session.node)
        editor.setSourceVolumeNode(session.pet_node)
        if self._selected() is not None:
            editor.setCurrentSegmentID(segment_id(self._selected()))

    def onQuiet(self) -> None:
        """Take in what others did to the segmentation."""
        session = self._reading.session
        if session is not None and session.is_changed_elsewhere:
            with errorsIn(self._ui.messageLabel):
                session.take_in()

    def onNoted(self) -> None:
        """Write down what was done so far in another module, which goes on with its work."""
        session = self._reading.session
        if session is not None and not self._isEntered:
            with errorsIn(self._ui.messageLabel):
                session.note_elsewhere()

    def _stop(self) -> None:
        self._quiet.stop()
        self._noted.stop()

    def _onTakenIn(self, count: int, remarks: tuple[str, ...]) -> None:
        if count:
            tell(self._ui.previewLabel, _("Taken over from another module: {count} edits.").format(count=count))
        tell(self._ui.messageLabel, " ".join(remarks))

    def _onCaseChanged(self) -> None:
        self._stop()
        if self._reading.session is not None:
            self._reading.session.changed_elsewhere.connect(self._onChangedElsewhere)
            self._reading.session.taken_in.connect(self._onTakenIn)

    def _onChangedElsewhere(self) -> None:
        with errorsIn(self._ui.timeMessageLabel):
            self._reading.session.timer.activity()
        if self._isEntered:
            self._quiet.start()
        elif not self._noted.active:
            # Not begun anew by each change: while they paint without a break, it would never end.
            self._noted.start()
