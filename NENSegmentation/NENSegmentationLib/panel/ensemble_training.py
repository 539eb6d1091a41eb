"""A corrected case into the training cases of this site, with one click."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import qt
import slicer
from slicer.i18n import tr as _

from ..scene.ensemble_case import training_case
from .background import Background
from .questions import isConfirmed
from .reading import Reading
from .reporting import reportedErrors, tell

SETTING = "NENSegmentation/TrainingCases"

# A whole case is compressed for some seconds, in which the interface goes on.
_writer = ThreadPoolExecutor(max_workers=1)


class TrainingCases:
    """The button that adds the case, and the one that chooses the folder.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._writing: Future[Path] | None = None
        self._background: Background | None = None
        ui.trainingAddButton.clicked.connect(self.onAdd)
        ui.trainingFolderButton.clicked.connect(self.onFolder)
        reading.changed.connect(self._onCaseChanged)
        reading.lesionsChanged.connect(self._update)
        self._onCaseChanged()

    def onAdd(self) -> None:
        """Add the case as it is now, or say why not; the folder is asked for the first time only."""
        folder = trainingFolder() or self._askedFolder()
        if folder is None:
            return
        with reportedErrors(_("Training cases")):
            session = self._reading.session
            isNegative = not session.lesion_map.lesions
            if isNegative and not isConfirmed(_question(), _("Training cases")):
                return
            self._writing = _writer.submit(training_case(session, folder, is_negative=isNegative).write)
            self._background = Background(self._written, self._onWritten, self._end)
            tell(self._ui.trainingLabel, _("The case is written ..."))
            self._update()

    def onFolder(self) -> None:
        """Choose another folder."""
        folder = self._askedFolder()
        if folder is not None:
            tell(self._ui.trainingLabel, _("Training cases go to {folder}").format(folder=folder))

    def stop(self) -> None:
        """Wait no longer for a case that is being written."""
        if self._background is not None:
            self._background.stop()

    def _written(self) -> Path | None:
        return self._writing.result() if self._writing.done() else None

    def _onWritten(self, place: Path) -> None:
        self._end(_("Added: {place}").format(place=place))

    def _end(self, words: str) -> None:
        self._writing = None
        tell(self._ui.trainingLabel, words)
        self._update()

    def _askedFolder(self) -> Path | None:
        before = trainingFolder()
        chosen = qt.QFileDialog.getExistingDirectory(
            self._ui.trainingFolderButton.window(), _("Folder of the training cases"), str(before or "")
        )
        if not chosen:
            return None
        slicer.app.userSettings().setValue(SETTING, chosen)
        return Path(chosen)

    def _onCaseChanged(self) -> None:
        if self._writing is None:
            tell(self._ui.trainingLabel, "")
        self._update()

    def _update(self) -> None:
        session = self._reading.session
        hasLesions = session is not None and session.lesion_map is not None
        self._ui.trainingAddButton.setEnabled(hasLesions and self._writing is None)


def trainingFolder() -> Path | None:
    """Return the folder that this user chose for training cases, if one was chosen and is still there."""
    chosen = slicer.app.userSettings().value(SETTING)
    return Path(chosen) if chosen and Path(chosen).is_dir() else None


def _question() -> str:
    return _("There is no lesion in this case. Add it as a negative control?")
