"""The case that is being read: at most one session at a time, for all sections of the panel."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..core.lesion import Lesion
from ..scene.foreign import Opened
from ..scene.found_by import found_by
from ..scene.organ_nodes import organs_from_node
from ..scene.projections import begin_projections
from ..scene.replay import case_key
from ..scene.session import CorrectionSession
from ..scene.signal import Signal
from ..scene.study_blinding import blinded
from ..scene.views import show_case
from ..study.durations import State
from .case_checks import checkedCase
from .layout_views import LayoutViews
from .parameters import NENSegmentationParameterNode
from .pet_in_suv import petInSuv, removeSuperseded
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
    wasRead : bool
        Whether it had been opened before.
    isBlinded : bool
        Whether the reader is not to know how the lesions were found, as in a reader study.
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
        self._warnings: tuple[str, ...] = ()
        self.wasRead = False
        self._isReplacing = False
        self.isBlinded = False
        self._putAway: Callable[[], object] = _nothing
        self._views = LayoutViews()
        self.changed, self.lesionsChanged, self.lost = Signal(), Signal(), Signal()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of the case should know wherever its figures are shown."""
        # How the lesions were found would tell the arm of a study.
        of_lesions = () if self.session is None or self.isBlinded else self.session.given_warnings
        return (*self._warnings, *of_lesions)

    @property
    def foundBy(self) -> str:
        """By which method the lesions were found, as a sentence; empty where the reader is not to know it."""
        return "" if self.session is None or self.isBlinded else found_by(self.session)

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
        self._closeSession()
        try:
            self._open(parameters)
        finally:
            if self.session is None:
                self._views.leave()

    def _open(self, parameters: NENSegmentationParameterNode) -> None:
        pet, ct = petInSuv(parameters.petVolume), parameters.ctVolume
        image, warnings = checkedCase(pet, ct)
        parameters.petVolume = pet
        removeSuperseded(pet)
        # On a second processor, while the case is found and replayed on this one.
        projections = begin_projections(image)
        key = case_key(image)
        journal = self.folder / f"{key}.journal"
        journal.parent.mkdir(parents=True, exist_ok=True)
        wasRead = journal.exists()
        self._views.show()
        show_case(slicer.mrmlScene, pet, ct)
        session = CorrectionSession.open(slicer.mrmlScene, pet, journal, ct, pet=image, key=key)
        self._views.showMip(session, projections)
        self.session, self.wasRead = session, wasRead
        self._warnings = (*warnings, *session.journal.warnings)
        self._putAway = session.close
        self._listen(session)
        if session.timer.state is not State.DONE:
            self.startTime(parameters.reader)
        parameters.lesions = session.node
        logging.info("NEN Segmentation: case %s opened", self.code)
        self.changed.emit()

    def adopt(
        self,
        session: CorrectionSession,
        parameters: NENSegmentationParameterNode,
        putAway: Callable[[], object],
        warnings: tuple[str, ...] = (),
    ) -> None:
        """Show the case of a session that somebody else opened, and whose time they keep.

        Parameters
        ----------
        session : CorrectionSession
            With its lesions.
        parameters : NENSegmentationParameterNode
            Gets the node of the lesions.
        putAway : callable
            Closes the session; called when the case is closed here.
        warnings : tuple of str
            What has to be known of its images wherever their uptake is shown.
        """
        self._views.show()
        show_case(slicer.mrmlScene, session.pet_node, session.ct_node)
        self._views.showMip(session)
        session.outline.set_visible(parameters.showOutline and not self.isBlinded)
        self.session, self.wasRead, self._warnings = session, False, (*warnings, *session.journal.warnings)
        self._putAway = putAway
        self._listen(session)
        parameters.lesions = session.node
        self.changed.emit()

    def release(self) -> None:
        """Let go of the session that was adopted: whoever opened it closes it now."""
        if self.session is not None:
            self.session, self._warnings = None, ()
            self.changed.emit()

    def leaveViews(self) -> None:
        """Put the layout on again that was there before the first case that was adopted."""
        self._views.leave()

    def shownLesions(self) -> Mapping[int, Lesion]:
        """Return the lesions of the case as the reader may see them, by id."""
        lesion_map = self.session.lesion_map if self.session is not None else None
        lesions = lesion_map.lesions if lesion_map is not None else {}
        return blinded(lesions) if self.isBlinded else lesions

    def _listen(self, session: CorrectionSession) -> None:
        session.edited.connect(lambda _edit: self.lesionsChanged.emit())
        session.segmented.connect(self.lesionsChanged.emit)
        session.suggested.connect(self.lesionsChanged.emit)
        session.region_used.connect(self.lesionsChanged.emit)

    def startTime(self, reader: str) -> None:
        """Let the time of the case run: it is on the screen."""
        self.session.timer.shown(case=self.code, reader=reader)

    def suggest(self, organMap: slicer.vtkMRMLNode | None) -> None:
        """Suggest which lesions are the physiological uptake of an organ of a map; without a map, none.

        Raises
        ------
        NENSegmentationError
            If the map cannot be used; then nothing is suggested.
        """
        organs = None
        try:
            if organMap is not None:
                organs = organs_from_node(organMap, self.session.pet)
        finally:
            self.session.suggest(organs)

    def segment(self, parameters: NENSegmentationParameterNode) -> None:
        """Segment the case by the reference region that was chosen; earlier lesions are replaced.

        Raises
        ------
        NENSegmentationError
            If the region cannot be placed or measured.
        """
        region = referenceRegion(self.session, parameters)
        with self._replacedLesions(parameters):
            self.session.segment(region)

    def useRegion(self, parameters: NENSegmentationParameterNode) -> None:
        """Take the threshold for added lesions from the region that was chosen; the lesions stay.

        Raises
        ------
        NENSegmentationError
            If the region cannot be measured, or the lesions were found by a threshold.
        """
        self.session.use_region(referenceRegion(self.session, parameters))

    def takeOver(self, opened: Opened, parameters: NENSegmentationParameterNode) -> None:
        """Correct lesions that were found elsewhere; earlier lesions and their edits are replaced.

        Parameters
        ----------
        opened : tuple of (LesionMap, tuple of str)
            The lesions, and what was left out or changed on the way.
        parameters : NENSegmentationParameterNode
            Gets the new node of the lesions.
        """
        with self._replacedLesions(parameters):
            self.session.take_over(*opened)

    def replaceLesions(self, replace: Callable[[], object], parameters: NENSegmentationParameterNode) -> None:
        """Let something give the session other lesions, and note their node in ``parameters``."""
        with self._replacedLesions(parameters):
            replace()

    @contextmanager
    def _replacedLesions(self, parameters: NENSegmentationParameterNode) -> Iterator[None]:
        self._isReplacing = True
        try:
            yield
        finally:
            self._isReplacing = False
        parameters.lesions = self.session.node

    def close(self) -> None:
        """Close the case, if one is open; what was done stays in its journal, and the layout before comes back."""
        if self.session is not None:
            self._closeSession()
            self._views.leave()

    def _closeSession(self) -> None:
        if self.session is None:
            return
        self.release()
        putAway, self._putAway = self._putAway, _nothing
        putAway()

    def onNodeRemoved(self, node: slicer.vtkMRMLNode) -> None:
        """Close the case when one of its nodes was removed from outside."""
        session = self.session
        if session is None or self._isReplacing:
            return
        mip = session.mip
        overlay = (session.overlay.node, session.overlay.table) if session.overlay is not None else ()
        shown = (*overlay, mip and mip.pet_node, mip and mip.lesion_node)
        if node not in (session.pet_node, session.node, *shown):
            return
        self.close()
        sentence = _("{name} was removed, so the case was closed. Open it again: it is as you left it.")
        self.lost.emit(sentence.format(name=node.GetName()))


def _nothing() -> None:
    """Put nothing away: no case is open."""
