"""What a reader does to the lesions of a case: checked, done, written to the journal, and only then shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import SimpleITK as sitk
import slicer

from ..core.body import Body
from ..core.brush import stroke
from ..core.history import Edit
from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.reference_region import Point, ReferenceRegion
from ..core.seed import CAP_ML, Growth, add_growth, grow
from ..core.seed_rule import Rule, patient_threshold
from ..core.split import split_by_points, split_by_watershed
from ..study.arrays import pack
from ..study.errors import StudyError
from ..study.event_log import EventLog
from ..study.events import Kind
from ..study.timer import IDLE_AFTER_S, Timer
from .display import LesionOverlay
from .edited_elsewhere import Away, NodeWatch, changes_in
from .errors import SceneError
from .mip import RotatingMip
from .replay import several
from .segment_edits import apply_edit, has_shared_layer, refill
from .signal import Signal


class Corrections:
    """The lesions of a case, and each edit of them; see `CorrectionSession` for the attributes.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    journal : EventLog
        Of this case.
    idle_after_s : float
        Time without input (s) after which the reader counts as away.
    """

    def __init__(
        self, scene: slicer.vtkMRMLScene, pet: sitk.Image, journal: EventLog, idle_after_s: float = IDLE_AFTER_S
    ) -> None:
        self.scene = scene
        self.pet = pet
        self.body = Body(pet)
        self.journal = journal
        self.timer = Timer(journal, idle_after_s=idle_after_s)
        self.closed_to_edits = ""
        self.is_region_planned = self.is_region_hidden = False
        self.segmented, self.edited = Signal(), Signal()
        self.changed_elsewhere, self.taken_in = Signal(), Signal()
        self.lesion_map: LesionMap | None = None
        self.region: ReferenceRegion | None = None
        self.node: slicer.vtkMRMLSegmentationNode | None = None
        self.overlay: LesionOverlay | None = None
        self.mip: RotatingMip | None = None
        self._watch: NodeWatch | None = None
        self._away = Away()

    def lesion_at(self, ras: Point) -> Lesion | None:
        """Return the lesion at a point (RAS mm), or None."""
        return None if self.lesion_map is None else self.lesion_map.at(ras)

    def delete_at(self, ras: Point) -> Edit:
        """Delete the lesion at a point (RAS mm).

        Raises
        ------
        SceneError
            If there is no lesion.
        """
        return self.delete(self._lesion_clicked(ras).id, place=ras)

    def delete(self, *lesion_ids: int, place: Point | None = None) -> Edit:
        """Delete a lesion that was clicked at ``place`` (RAS mm), or lesions that were chosen in a list: one edit."""
        payload = {**several(lesion_ids), "place": place}
        return self._perform(lambda lesions: lesions.delete(*lesion_ids), Kind.DELETED, payload)

    def mark_physiological(self, *lesion_ids: int, place: Point | None = None) -> Edit:
        """Take lesions out as the normal uptake of their organs; the journal keeps them apart from false positives."""
        payload = {**several(lesion_ids), "place": place}
        return self._perform(lambda lesions: lesions.delete(*lesion_ids), Kind.MARKED_PHYSIOLOGICAL, payload)

    def preview_seed(self, ras: Point, rule: Rule | None = None, cap_ml: float = CAP_ML) -> Growth:
        """Show what a seed at a point (RAS mm) would add, and return it; nothing is changed.

        Parameters
        ----------
        ras : tuple of float
            RAS mm.
        rule : Rule, optional
            The patient's threshold if not given.
        cap_ml : float
            Volume (mL) past which the growth counts as a leak.

        Returns
        -------
        Growth

        Raises
        ------
        MethodError
            As `grow`.
        """
        growth = self._grown(ras, rule, cap_ml)
        if self.overlay is not None:
            self.overlay.preview(growth.mask, growth.box)
        if self.mip is not None:
            self.mip.preview(growth.mask, growth.box)
        return growth

    def clear_preview(self) -> None:
        """Show the lesions alone."""
        if self.overlay is not None:
            self.overlay.clear_preview()
        if self.mip is not None:
            self.mip.clear_preview()

    def add_seed(self, ras: Point, rule: Rule | None = None, cap_ml: float = CAP_ML) -> Edit:
        """Add the lesion that grows from a seed at a point (RAS mm); see `preview_seed`.

        Raises
        ------
        MethodError
            As `grow`, and if the growth leaks.
        """
        growth = self._grown(ras, rule, cap_ml)
        said = {"kind": growth.rule.kind.value, "value": growth.rule.value}
        payload = {"lesion": ..., "place": ras, "rule": said}
        blob = pack(growth.box, growth.mask)
        return self._perform(lambda lesions: add_growth(lesions, growth), Kind.ADDED, payload, blob=blob)

    def split(self, lesion_id: int, points: Sequence[Point] = ()) -> Edit:
        """Divide a confluent lesion: by its own maxima, or with one part for each of the points (RAS mm)."""
        lesions = self._lesions()
        parts = split_by_points(lesions, lesion_id, points) if points else split_by_watershed(lesions, lesion_id)
        blob = pack(lesions.lesions[lesion_id].box, parts)
        payload = {"lesion": lesion_id, "into": ...}
        return self._perform(lambda lesions: lesions.split(lesion_id, parts), Kind.SPLIT, payload, blob=blob)

    def merge(self, lesion_ids: Iterable[int]) -> Edit:
        """Make one lesion of several."""
        chosen = list(lesion_ids)
        payload = {"lesions": chosen, "into": ...}
        return self._perform(lambda lesions: lesions.merge(chosen), Kind.MERGED, payload)

    def rename(self, lesion_id: int, name: str) -> Edit:
        """Give a lesion another name."""
        payload = {"lesion": lesion_id, "name": name}
        return self._perform(lambda lesions: lesions.amend(lesion_id, name=name), Kind.RENAMED, payload)

    def accept(self, *lesion_ids: int) -> Edit:
        """Note that the reader has looked at lesions and keeps them."""
        payload = several(lesion_ids)
        return self._perform(lambda lesions: lesions.amend(*lesion_ids, accepted=True), Kind.ACCEPTED, payload)

    def paint(self, lesion_id: int, path: Sequence[Point], diameter_mm: float) -> Edit:
        """Add to a lesion what a sphere covers on its path (RAS mm), as far as it belongs to no other."""
        return self._mend("paint", lesion_id, path, diameter_mm)

    def erase(self, lesion_id: int, path: Sequence[Point], diameter_mm: float) -> Edit:
        """Take from a lesion what a sphere covers on its path (RAS mm)."""
        return self._mend("erase", lesion_id, path, diameter_mm)

    def preview_stroke(self, lesion_id: int | None, path: Sequence[Point], diameter_mm: float) -> None:
        """Show what a sphere covers on its path (RAS mm), of a lesion or, if None, of what belongs to none."""
        if self.overlay is not None:
            box, mask = stroke(self.pet, path, diameter_mm)
            self.overlay.preview(mask, box, of=lesion_id or 0)

    @property
    def is_changed_elsewhere(self) -> bool:
        """Whether others changed the segmentation node since it was last in step with the lesions."""
        if self.node is None or self._watch is None or not self.scene.IsNodePresent(self.node):
            return False
        return self._watch.is_changed or not has_shared_layer(self.node, self._lesions())

    def take_in(self) -> tuple[str, ...]:
        """Take over what others did to the segmentation node, such as Slicer's Segment Editor: an edit for each lesion.

        The node is then ours again: in one layer, with one segment a lesion.

        Returns
        -------
        tuple of str
            What differs from what was drawn there, one sentence each; see `changes_in`.

        Raises
        ------
        SceneError
            If the node cannot be read; it is left as it is.
        JournalError
            If an edit cannot be written down; it and the following ones stay in the node and can be taken in later.
        """
        if not self.is_changed_elsewhere:
            return ()
        self.note_elsewhere()
        away, self._away = self._away, Away()
        with self._watch.ours():
            refill(self.node, self._lesions())
        self._watch.is_changed = False
        remarks = tuple(away.remarks)
        self.taken_in.emit(away.edits, remarks)
        return remarks

    def note_elsewhere(self) -> None:
        """Do the same while others are still at work: write down and show what they did, and leave the node to them.

        Raises
        ------
        SceneError, JournalError
            As `take_in`.
        """
        if not self.is_changed_elsewhere:
            return
        changes, remarks = changes_in(self.node, self._lesions(), self._away.lesion_of)
        for change in changes:
            edit = self._recorded(change.do, Kind.EDITED_ELSEWHERE, change.payload(), blob=change.blob())
            self._away.edits += 1
            if change.lesion_id is None:
                self._away.lesion_of[change.segment_id] = edit.added[0].id
            self._draw(edit)
        self._away.remarks.update(dict.fromkeys(remarks))

    def undo(self) -> Edit:
        """Take the last edit back."""
        return self._perform(LesionMap.undo, Kind.UNDONE, take_back=LesionMap.redo)

    def redo(self) -> Edit:
        """Do the last edit again that was taken back."""
        return self._perform(LesionMap.redo, Kind.REDONE, take_back=LesionMap.undo)

    def _lesions(self) -> LesionMap:
        if self.lesion_map is None:
            message = "there are no lesions yet. Place the reference region and segment first."
            raise SceneError(message)
        return self.lesion_map

    def _refuse_if_closed_to_edits(self) -> None:
        if self.closed_to_edits:
            raise SceneError(self.closed_to_edits)

    def _lesion_clicked(self, ras: Point) -> Lesion:
        lesion = self.lesion_at(ras)
        if lesion is None:
            r, a, s = ras
            message = f"there is no lesion at R {r:.0f}, A {a:.0f}, S {s:.0f} mm. Click on one."
            raise SceneError(message)
        return lesion

    def _grown(self, ras: Point, rule: Rule | None, cap_ml: float) -> Growth:
        lesions = self._lesions()
        if rule is None:
            if self.is_region_hidden:
                message = (
                    "in this study no lesion is added by the patient threshold, which not every arm has. "
                    "Choose another rule."
                )
                raise SceneError(message)
            if self.region is None:
                place = "Choose" if self.is_region_planned else "Place one and press Use for added lesions, or choose"
                message = f"there is no reference region, so there is no patient threshold. {place} another rule."
                raise SceneError(message)
            rule = patient_threshold(self.region.threshold())
        return grow(lesions, ras, rule, cap_ml=cap_ml, body=self.body)

    def _mend(self, action: str, lesion_id: int, path: Sequence[Point], diameter_mm: float) -> Edit:
        box, mask = stroke(self.pet, path, diameter_mm)
        return self._perform(
            lambda lesions: getattr(lesions, action)(lesion_id, mask, box),
            Kind.PAINTED,
            {"lesions": [lesion_id], "action": action},
            blob=pack(box, mask),
        )

    def _perform(
        self,
        do: Callable[[LesionMap], Edit],
        kind: Kind,
        payload: dict[str, object] | None = None,
        *,
        blob: bytes | None = None,
        take_back: Callable[[LesionMap], Edit] = LesionMap.take_back,
    ) -> Edit:
        """Do an edit, write it down, show it; what others did to the node comes first."""
        self.take_in()
        edit = self._recorded(do, kind, payload, blob=blob, take_back=take_back)
        with self._watch.ours():
            apply_edit(self.node, self._lesions(), edit)
        self._draw(edit)
        return edit

    def _recorded(
        self,
        do: Callable[[LesionMap], Edit],
        kind: Kind,
        payload: dict[str, object] | None = None,
        *,
        blob: bytes | None = None,
        take_back: Callable[[LesionMap], Edit] = LesionMap.take_back,
    ) -> Edit:
        """Do an edit and write it down. ``...`` in the payload stands for the ids of what came of the edit."""
        lesions = self._lesions()
        self._refuse_if_closed_to_edits()
        self.timer.activity()
        edit = do(lesions)
        new = [lesion.id for lesion in edit.added]
        said = {
            key: (new[0] if key == "lesion" else new) if value is ... else value
            for key, value in (payload or {}).items()
        }
        try:
            self.journal.record(kind, blob=blob, **said)
        except StudyError:
            take_back(lesions)
            raise
        return edit

    def _draw(self, edit: Edit) -> None:
        self.overlay.apply_edit(edit)
        if self.mip is not None:
            self.mip.apply_edit(edit)
        self.edited.emit(edit)
