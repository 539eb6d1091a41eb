"""The case that is being read: at most one session at a time, for all sections of the panel."""

from __future__ import annotations

import logging
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..scene.replay import case_key
from ..scene.session import CorrectionSession
from ..scene.signal import Signal
from ..scene.views import PetColour, link_cursor, set_ct_window, set_pet_window, show_pet_ct
from ..study.durations import State
from .case_checks import checkedCase
from .parameters import NENSegmentationParameterNode
from .threshold_method import referenceRegion


def journalFolder() -> Path:
    """Return where the journals of all cases are: beside the settings of this user's Slicer."""
    return Path(slicer.app.slicerUserSettingsFilePath).parent / "NENSegmentation" / "journals"


class Reading:
    """Opens a case, hands its session to the panel, and closes it.

    Parameters
    ----------
    folder : Path
        Of the journals; made when the first case is opened.

    Attributes
    ----------
    session : CorrectionSession or None
        Of the case that is open.
    warnings : tuple of str
        What its reader should know.
    wasRead : bool
        Whether it had been opened before.
    changed : Signal
        Without arguments: another case is open, or none.
    lesionsChanged : Signal
        Without arguments: its lesions are other ones.
    lost : Signal
        With a sentence: the case had to be closed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session: CorrectionSession | None = None
        self.warnings: tuple[str, ...] = ()
        self.wasRead = False
        self._isReplacing = False
        self.changed, self.lesionsChanged, self.lost = Signal(), Signal(), Signal()

    @property
    def code(self) -> str:
        """Code name of the case, which says nothing of who the patient is."""
        return self.session.journal.path.stem[:8]

    def open(self, parameters: NENSegmentationParameterNode) -> None:
        """Open the chosen case as it was left, show it, and start its time; a case that is open is closed.

        Raises
        ------
        NENSegmentationError
            If the volumes cannot be a case, or its journal cannot be used.
        """
        self.close()
        pet, ct = parameters.petVolume, parameters.ctVolume
        image, warnings = checkedCase(pet, ct)
        journal = self.folder / f"{case_key(image)}.journal"
        journal.parent.mkdir(parents=True, exist_ok=True)
        wasRead = journal.exists()
        _show(pet, ct)
        session = CorrectionSession.open(slicer.mrmlScene, pet, journal, ct)
        self.session, self.wasRead = session, wasRead
        self.warnings = (*warnings, *session.journal.warnings)
        session.edited.connect(lambda _edit: self.lesionsChanged.emit())
        session.segmented.connect(self.lesionsChanged.emit)
        if session.timer.state is not State.DONE:
            self.startTime(parameters.reader)
        parameters.lesions = session.node
        logging.info("NEN Segmentation: case %s opened", self.code)
        self.changed.emit()

    def startTime(self, reader: str) -> None:
        """Let the time of the case run: it is on the screen."""
        self.session.timer.shown(case=self.code, reader=reader)

    def segment(self, parameters: NENSegmentationParameterNode) -> None:
        """Segment the case by the reference region that was chosen; earlier lesions are replaced.

        Raises
        ------
        NENSegmentationError
            If the region cannot be placed or measured.
        """
        region = referenceRegion(self.session.pet, parameters)
        self._isReplacing = True
        try:
            self.session.segment(region)
        finally:
            self._isReplacing = False
        parameters.lesions = self.session.node

    def close(self) -> None:
        """Close the case, if one is open; what was done stays in its journal."""
        session, self.session = self.session, None
        if session is None:
            return
        self.warnings = ()
        self.changed.emit()
        session.close()

    def onNodeRemoved(self, node: slicer.vtkMRMLNode) -> None:
        """Close the case when one of its nodes was removed from outside."""
        session = self.session
        if session is None or self._isReplacing:
            return
        if node not in (session.pet_node, session.node, session.overlay and session.overlay.node):
            return
        self.close()
        sentence = _("{name} was removed, so the case was closed. Open it again: it is as you left it.")
        self.lost.emit(sentence.format(name=node.GetName()))


def _show(pet: slicer.vtkMRMLScalarVolumeNode, ct: slicer.vtkMRMLScalarVolumeNode | None) -> None:
    """Bring the images into the slice views."""
    show_pet_ct(slicer.mrmlScene, pet, ct, colour=PetColour.INVERTED_GREY if ct is None else PetColour.HOT)
    set_pet_window(pet)
    if ct is not None:
        set_ct_window(ct, "soft tissue")
    link_cursor(slicer.mrmlScene)
    slicer.app.applicationLogic().FitSliceToAll()
