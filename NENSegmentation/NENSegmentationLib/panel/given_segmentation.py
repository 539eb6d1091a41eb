"""Lesions that another tool or an earlier reader found: opened for correction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import qt
import slicer
from slicer.i18n import tr as _

from ..dicom.series import is_dicom
from ..scene.foreign import Opened, lesion_map_from_foreign
from ..scene.foreign_files import SUFFIXES, lesion_map_from_file
from ..scene.session import CorrectionSession
from ..study.durations import State
from ..study.timer import Reason, Timer
from .dicom_database import petSeries
from .errors import PanelError
from .parameters import NENSegmentationParameterNode
from .questions import mayReplaceLesions
from .reading import Reading
from .reporting import reportedErrors, tell


class GivenSegmentation:
    """Opens a segmentation of the scene, or of a file, in place of the lesions of the case.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._parameters: NENSegmentationParameterNode | None = None
        ui.givenSelector.currentNodeChanged.connect(self._update)
        ui.openGivenButton.clicked.connect(self.onOpenNode)
        ui.openGivenFileButton.clicked.connect(self.onOpenFile)
        reading.changed.connect(self._onCaseChanged)
        self._onCaseChanged()

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Let the parameter node know the lesions, whichever it is."""
        self._parameters = parameters

    def onOpenNode(self) -> None:
        """Open the chosen segmentation or label map of the scene, or say why not."""
        node = self._ui.givenSelector.currentNode()
        self._open(node.GetName(), lambda session: lesionsOfNode(node, session))

    def onOpenFile(self) -> None:
        """Ask for a file and open it, or say why not."""
        kinds = f"{_('Segmentations')} ({' '.join(SUFFIXES)});;{_('All files')} (*)"
        chosen = qt.QFileDialog.getOpenFileName(
            self._ui.openGivenFileButton.window(), _("Open segmentation"), "", kinds
        )
        if chosen:
            path = Path(chosen)
            self._open(path.name, lambda session: lesionsOfFile(path, session))

    def _open(self, name: str, read: Callable[[CorrectionSession], Opened]) -> None:
        tell(self._ui.givenLabel, "")
        session = self._reading.session
        with reportedErrors(_("Open segmentation")):
            with _loading(session.timer):
                opened = read(session)
            if not mayReplaceLesions(session, _("Open segmentation")):
                return
            self._reading.takeOver(opened, self._parameters)
            lesions, said = opened
            words = _("{name}: lesions opened for correction: {count}.").format(name=name, count=len(lesions.lesions))
            tell(self._ui.givenLabel, "\n".join((words, *said)))

    def _onCaseChanged(self) -> None:
        tell(self._ui.givenLabel, "")
        self._update()

    def _update(self, *_node: object) -> None:
        isOpen = self._reading.session is not None
        self._ui.openGivenButton.setEnabled(isOpen and self._ui.givenSelector.currentNode() is not None)
        self._ui.openGivenFileButton.setEnabled(isOpen)


def lesionsOfNode(node: slicer.vtkMRMLNode, session: CorrectionSession) -> Opened:
    """Return the lesions of a segmentation or label map node of the scene.

    Raises
    ------
    NENSegmentationError
        If the node shows the lesions of the case themselves, or cannot be opened on its PET.
    """
    if node in (session.node, session.overlay and session.overlay.node):
        message = _("{name}: these are the lesions that are open now. Choose another segmentation.")
        raise PanelError(message.format(name=node.GetName()))
    return lesion_map_from_foreign(node, session.pet)


def lesionsOfFile(path: Path, session: CorrectionSession) -> Opened:
    """Return the lesions of a file; a DICOM file has to be of the PET series that the case came from.

    Raises
    ------
    NENSegmentationError
        If the file cannot be opened on the PET of the case.
    """
    series = petSeries(session.pet_node) if path.is_file() and is_dicom(path) else None
    return lesion_map_from_file(path, session.scene, session.pet, series)


@contextmanager
def _loading(timer: Timer) -> Iterator[None]:
    """Stop the time while something is read: that is not the reader's time."""
    runs = timer.state in (State.ACTIVE, State.IDLE)
    if runs:
        timer.pause(Reason.LOADING)
    try:
        yield
    finally:
        if runs:
            timer.resume()
