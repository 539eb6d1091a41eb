"""One reading of a study while its case is open: its images in the scene, its session, and what it starts from."""

from __future__ import annotations

from pathlib import Path

import slicer

from ..core.errors import NENSegmentationError
from ..ensemble.errors import EnsembleError
from ..study.errors import StudyError
from ..study.events import Kind
from ..study.order import Assignment
from ..study.skipping import SkipReason
from ..study.timer import HEARTBEAT_S, Reason
from .replay import case_key
from .segmentation import remove_node
from .session import CorrectionSession
from .study_case import CaseError, CaseImages
from .study_curtain import Curtain
from .study_opening import OpenedStudy
from .study_saving import save_result
from .study_start import Start, start_of
from .volumes import Units, volume_node

_IN_BREAK = "this is a break, and the time stands still. Go on with the case before you correct it."


class OpenCase:
    """The case of a reading, from its images to Done.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    study : OpenedStudy
        The study.
    one : Assignment
        The reading.
    images : CaseImages
        Of its case.

    Attributes
    ----------
    session : CorrectionSession
    is_shown : bool
        Whether the case is on the screen.

    Raises
    ------
    CaseError
        If the case cannot be opened, or its start state not be made; nothing is left of it then.
    StudyError, EnsembleError
        If the store or the ensemble cannot be used; likewise.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, study: OpenedStudy, one: Assignment, images: CaseImages) -> None:
        self._scene, self._one, self._images = scene, one, images
        self._curtain = Curtain(scene)
        self._nodes: list[slicer.vtkMRMLScalarVolumeNode] = []
        self.is_shown = False
        journal = study.store.reading(
            one.reader,
            one.case,
            one.arm,
            position=one.position,
            block=one.block,
            training=one.training,
            case_key=case_key(images.pet),
        )
        try:
            # Code names: whatever shows the name of a node shows nothing of who the patient is.
            pet_node = self._node(images.pet, "PET", Units.SUV)
            ct_node = None if images.ct is None else self._node(images.ct, "CT", Units.HU)
            self.session = CorrectionSession(
                scene, pet_node, journal, ct_node, pet=images.pet, idle_after_s=study.plan.idle_s
            )
            self.session.is_region_planned = True
            self.session.is_region_hidden = study.plan.hide_arm
        except BaseException:
            self._remove_nodes()
            journal.close()
            raise
        try:
            self._start: Start = start_of(self.session, study, one, images)
        except BaseException as error:
            self.close()
            # The store or the ensemble may work the next time; whatever else goes wrong is the case's own.
            if isinstance(error, (StudyError, EnsembleError)) or not isinstance(error, (NENSegmentationError, OSError)):
                raise
            raise CaseError(str(error), SkipReason.START) from error

    @property
    def image_warnings(self) -> tuple[str, ...]:
        """What has to be known of the images wherever their uptake is shown."""
        return self._images.warnings

    @property
    def progress(self) -> tuple[int, int]:
        """How much of the start state is made, and how much there is; (0, 0) while that is not known."""
        return self._start.progress

    @property
    def rated(self) -> tuple[int | None, str]:
        """The last rating that was given, and its comment."""
        given = [event.payload for event in self.session.journal.events() if event.kind is Kind.RATED]
        return (given[-1]["rating"], given[-1]["comment"]) if given else (None, "")

    def poll(self) -> bool:
        """Return whether the case can be shown, and keep the session of the reader alive meanwhile.

        Raises
        ------
        EnsembleError, StudyError
            If the ensemble or the store failed.
        """
        journal = self.session.journal
        if (journal.clock.elapsed_ns() - journal.events()[-1].elapsed_ns) / 1e9 >= HEARTBEAT_S:
            journal.record(Kind.HEARTBEAT)
        return self._start.poll()

    def shown(self) -> None:
        """Let the time run: the case is on the screen."""
        self.session.timer.shown(case=self._one.case, reader=self._one.reader)
        self.is_shown = True

    def rate(self, rating: int, comment: str) -> None:
        """Write down what the reader thinks of what they were given, unless that is what they said last."""
        if (rating, comment) != self.rated:
            self.session.timer.activity()
            self.session.journal.record(Kind.RATED, rating=rating, comment=comment)

    def take_break(self) -> None:
        """Let the time stand still, and hide the images."""
        self.session.take_in()
        self.session.timer.pause()
        self._hide()

    def go_on(self) -> None:
        """Let the time run again, and show the images."""
        self.session.timer.resume()
        self.session.closed_to_edits = ""
        self._curtain.lift()

    def finish(self, folder: Path) -> None:
        """Save the result, and write down that the reader is through.

        The result comes first: what counts as done is saved, whenever the process ends. Writing it takes none of the
        reader's time.
        """
        session = self.session
        session.take_in()
        session.timer.pause(Reason.LOADING)
        try:
            save_result(session, folder, self._images.warnings)
            patient = session.lesion_map.patient()
            session.timer.done(lesions=patient.lesions, volume_ml=patient.total_volume_ml)
        except BaseException:
            self._not_finished()
            raise

    def close(self) -> None:
        """Take the case out of the scene, and let go of the store; what was done stays there."""
        self.is_shown = False
        self._curtain.forget()
        self.session.closed_to_edits = ""
        try:
            self.session.close()
        finally:
            self._remove_nodes()

    def _not_finished(self) -> None:
        """Let the reader go on; where the store is gone, that has to wait until it is back, as after a break."""
        try:
            self.session.timer.resume()
        except StudyError:
            self._hide()

    def _hide(self) -> None:
        self.session.closed_to_edits = _IN_BREAK
        self._curtain.draw()

    def _node(self, image: object, modality: str, units: Units) -> slicer.vtkMRMLScalarVolumeNode:
        node = volume_node(self._scene, image, f"{self._one.case} {modality}", units=units)
        self._nodes.append(node)
        return node

    def _remove_nodes(self) -> None:
        while self._nodes:
            node = self._nodes.pop()
            if self._scene.IsNodePresent(node):
                remove_node(self._scene, node)
