"""The case that is read in the page: at most one at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.organs import read_organs
from ..dicom.case import Case, read_case
from ..scene.found_by import found_by, warnings_of
from ..scene.replay import case_key
from ..scene.session import CorrectionSession
from ..scene.signal import Signal
from ..scene.study_blinding import blinded
from ..scene.views import show_case
from ..scene.volumes import Units, volume_node
from .errors import WebError
from .intake_choices import Choices
from .presence import Presence
from .views import ReadingViews

ORGAN_MAPS = ("organs.nii.gz", "organs.seg.nrrd", "truth/organs.nii.gz")
"""Where in the folder of a case a label map of its organs is found; the last is that of a digital patient."""

Progress = Callable[[int, int], None]

_log = logging.getLogger(__name__)


class BrowserReading:
    """Opens a case, hands its session to the page, and closes it.

    Parameters
    ----------
    folder : Path
        Of the journals; made when the first case is opened.
    views : ReadingViews
        Where the case is shown.

    Attributes
    ----------
    session : CorrectionSession or None
        Of the case that is open.
    case : Case or None
        As it was read.
    was_read : bool
        Whether it had been opened before.
    organ_map : str or None
        Name of the file from which suggestions of physiological uptake come.
    is_blinded : bool
        Whether the reader is not to know how the lesions were found, as in a reader study.
    is_study : bool
        Whether the cases are those of a reader study.
    presence : Presence
        Whether a browser shows the case, and its time runs.
    changed : Signal
        Without arguments: another case is open, or none.
    lesions_changed : Signal
        Without arguments: its lesions are other ones.
    lesions_replaced : Signal
        Without arguments: others took the place of all of them; before `lesions_changed`.
    """

    def __init__(self, folder: Path, views: ReadingViews) -> None:
        self.folder, self.views = folder, views
        self.session: CorrectionSession | None = None
        self.case: Case | None = None
        self.was_read = False
        self.is_blinded = self.is_study = False
        self.organ_map: str | None = None
        self._image_warnings: tuple[str, ...] = ()
        self._is_opening = False
        self.presence = Presence(self)
        self.changed, self.lesions_changed, self.lesions_replaced = Signal(), Signal(), Signal()

    @property
    def lesion_map(self) -> LesionMap | None:
        """The lesions as they are now, or None."""
        return None if self.session is None else self.session.lesion_map

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of the case should know wherever its figures are shown, each once."""
        if self.session is None:
            return ()
        # How the lesions were found would tell the arm.
        of_lesions = () if self.is_blinded else warnings_of(self.session)
        return tuple(dict.fromkeys((*self.image_warnings, *of_lesions)))

    @property
    def image_warnings(self) -> tuple[str, ...]:
        """What has to be known of the images and the journal of the case."""
        return () if self.session is None else (*self._image_warnings, *self.session.journal.warnings)

    @property
    def found_by(self) -> str:
        """By which method the lesions were found, as a sentence; empty where the reader is not to know it."""
        return "" if self.session is None or self.is_blinded else found_by(self.session)

    @property
    def code(self) -> str:
        """Code name of the case, which says nothing of who the patient is."""
        return "" if self.session is None else self.session.journal.path.stem[:8]

    async def open(
        self, path: Path, *, ct: Path | None = None, choices: Choices | None = None, progress: Progress | None = None
    ) -> None:
        """Open a case as it was left, and show it; a case that is open is closed once the new one is read.

        Reading takes seconds and is done beside the loop: other pages, and the bar of the progress, go on.

        Parameters
        ----------
        path, ct
            As for `read_case`.
        choices : Choices, optional
            What the files of the case do not say.
        progress : callable, optional
            Called, in another thread, with the work done and the work in all.

        Raises
        ------
        NENSegmentationError
            If it cannot be read; the case that is open stays then. If its journal cannot be used; none is open then.
        """
        if self._is_opening:
            message = "a case is being opened already. Wait until it is there."
            raise WebError(message)
        self._is_opening = True
        try:
            said = vars(choices or Choices())
            case = await asyncio.to_thread(read_case, path, ct=ct, progress=progress, **said)
            key = await asyncio.to_thread(case_key, case.pet)
            organ_map = organ_map_beside(path)
            organs = None if organ_map is None else await asyncio.to_thread(read_organs, organ_map)
            self.close()
            self._show(case, key)
            if organs is not None and self.session is not None:
                self.session.suggest(organs)
            self.organ_map = None if organ_map is None else organ_map.name
            self.changed.emit()
        finally:
            self._is_opening = False

    def close(self) -> None:
        """Close the case, if one is open; what was done stays in its journal."""
        session, self.session, self.case = self.session, None, None
        if session is None:
            return
        self.views.clear()
        self.changed.emit()
        session.close()
        for node in (session.pet_node, session.ct_node):
            if node is not None:
                self.views.scene.RemoveNode(node)

    def adopt(self, session: CorrectionSession, warnings: tuple[str, ...] = ()) -> None:
        """Show the case of a session that somebody else opened, and who closes it and keeps its time.

        Parameters
        ----------
        session : CorrectionSession
            With its lesions.
        warnings : tuple of str
            What has to be known of its images wherever their uptake is shown.
        """
        show_case(self.views.scene, session.pet_node, session.ct_node)
        self.session, self.was_read, self._image_warnings = session, False, warnings
        self._listen(session)
        self.views.show(session)
        self.changed.emit()

    def release(self) -> None:
        """Let go of the session that was adopted: whoever opened it closes it now."""
        if self.session is not None:
            self.views.clear()
            self.session = None
            self.changed.emit()

    def shown_lesions(self) -> Mapping[int, Lesion]:
        """Return the lesions of the case as the reader may see them, by id."""
        lesions = {} if self.lesion_map is None else self.lesion_map.lesions
        return blinded(lesions) if self.is_blinded else lesions

    def start_time(self, reader: str = "") -> None:
        """Let the time of the case run: it is on the screen."""
        self.open_session.timer.shown(case=self.code, reader=reader)

    def _show(self, case: Case, key: str) -> None:
        scene = self.views.scene
        pet_node = volume_node(scene, case.pet, "PET", units=Units.SUV)
        ct_node = None if case.ct is None else volume_node(scene, case.ct, "CT", units=Units.HU)
        try:
            show_case(scene, pet_node, ct_node)
            journal = self.folder / f"{key}.journal"
            journal.parent.mkdir(parents=True, exist_ok=True)
            self.was_read = journal.exists()
            session = CorrectionSession.open(scene, pet_node, journal, ct_node, pet=case.pet, key=key)
        except BaseException:
            for node in (pet_node, ct_node):
                if node is not None:
                    scene.RemoveNode(node)
            raise
        self.session, self.case, self._image_warnings = session, case, case.warnings
        self._listen(session)
        self.views.show(session)
        _log.info("case %s opened", self.code)

    def _listen(self, session: CorrectionSession) -> None:
        session.edited.connect(lambda _edit: self.lesions_changed.emit())
        session.segmented.connect(self.lesions_replaced.emit)
        session.segmented.connect(self.lesions_changed.emit)
        session.suggested.connect(self.lesions_changed.emit)
        session.region_used.connect(self.lesions_changed.emit)

    @property
    def open_session(self) -> CorrectionSession:
        """The session of the case that is open.

        Raises
        ------
        WebError
            If none is.
        """
        if self.session is None:
            message = "no case is open. Open one first."
            raise WebError(message)
        return self.session


def organ_map_beside(case: Path) -> Path | None:
    """Return the label map of the organs in the folder of a case, or None if there is none."""
    return next((case / name for name in ORGAN_MAPS if (case / name).is_file()), None) if case.is_dir() else None
