"""A case while it is corrected: its images, its lesions, what was done to them and in what time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from ..core.body import body_mask
from ..core.editing import Edit
from ..core.lesion import MINIMUM_VOLUME_ML, Lesion
from ..core.lesions import LesionMap
from ..core.reference_region import Point, ReferenceRegion, sphere
from ..core.seed import Growth, add_growth, grow
from ..core.seed_rule import Rule, patient_threshold
from ..core.split import split_by_points, split_by_watershed
from ..dicom.results import write_results
from ..dicom.series import Series
from ..study.arrays import pack
from ..study.clock import Clock
from ..study.errors import StudyError
from ..study.events import Kind
from ..study.journal import Journal
from ..study.timer import Timer
from .display import LesionOverlay
from .errors import SceneError
from .given import METHOD as GIVEN
from .given import given_payload
from .replay import Replayed, case_key, replay, segmented_payload
from .segment_edits import apply_edit
from .segmentation import remove_node, segmentation_node
from .signal import Signal
from .views import show_overlay
from .volumes import image_from_node


class CorrectionSession:
    """One case from the first look to Done. Every interface calls its methods and listens to its signals.

    An action is checked, done to the lesion map, written to the journal, and only then shown: what the reader has seen
    done is on the disk. If the journal cannot take it, it is taken back, and did not happen.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    pet_node : vtkMRMLScalarVolumeNode
        SUVbw (g/mL).
    journal : Journal
        Of this case; what it holds already is replayed. The session closes it.
    ct_node : vtkMRMLScalarVolumeNode, optional
        Hounsfield units.

    Attributes
    ----------
    pet : SimpleITK.Image
        The PET of ``pet_node``.
    lesion_map : LesionMap or None
        None until there is a segmentation.
    region : ReferenceRegion or None
        What the threshold was taken from.
    method : str
        How the lesions were found: threshold or given.
    node : vtkMRMLSegmentationNode or None
        One segment a lesion, as data.
    overlay : LesionOverlay or None
        The lesions as they are drawn.
    timer : Timer
        Active, idle and paused time.
    segmented : Signal
        Without arguments: there is another lesion map.
    edited : Signal
        With the `Edit` that was done, undone or done again.

    Raises
    ------
    SceneError
        If the PET node has a transform, or the journal does not fit what it is replayed on.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        pet_node: slicer.vtkMRMLScalarVolumeNode,
        journal: Journal,
        ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
    ) -> None:
        self.scene = scene
        self.pet_node = pet_node
        self.ct_node = ct_node
        self.pet = image_from_node(pet_node)
        self.journal = journal
        self.timer = Timer(journal)
        self.segmented, self.edited = Signal(), Signal()
        self.node: slicer.vtkMRMLSegmentationNode | None = None
        self.overlay: LesionOverlay | None = None
        self._body: NDArray[np.bool_] | None = None
        self._take(replay(self.pet, journal.events()))

    @classmethod
    def open(
        cls,
        scene: slicer.vtkMRMLScene,
        pet_node: slicer.vtkMRMLScalarVolumeNode,
        journal_path: Path,
        ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
        clock: Clock | None = None,
    ) -> CorrectionSession:
        """Open a case with the journal beside it, and go on where it was left.

        Parameters
        ----------
        scene, pet_node, ct_node
            As for the class.
        journal_path : Path
            The journal of this case; begun if it is not there.
        clock : Clock, optional
            The system's if not given.

        Returns
        -------
        CorrectionSession

        Raises
        ------
        JournalError
            If the journal is of another case, open elsewhere, altered, or cannot be written.
        SceneError
            As for the class.
        """
        journal = Journal.open(journal_path, case_key(image_from_node(pet_node)), clock)
        try:
            return cls(scene, pet_node, journal, ct_node)
        except BaseException:
            journal.close()
            raise

    def segment(
        self, region: ReferenceRegion, *, connectivity: int = 26, minimum_volume_ml: float = MINIMUM_VOLUME_ML
    ) -> None:
        """Segment everything above the threshold of a reference region; earlier lesions and edits are replaced.

        Parameters
        ----------
        region : ReferenceRegion
            Made of ellipsoids, so that the journal can hold it.
        connectivity, minimum_volume_ml
            As in `LesionMap.from_threshold`.
        """
        self.timer.activity()
        lesion_map = LesionMap.from_threshold(
            self.pet, region.threshold(), connectivity=connectivity, minimum_volume_ml=minimum_volume_ml
        )
        payload = segmented_payload(lesion_map, region, connectivity, minimum_volume_ml)
        self.journal.record(Kind.SEGMENTED, **payload)
        self._take(Replayed(lesion_map, region))

    def take_over(self, lesion_map: LesionMap) -> None:
        """Correct a segmentation that was made elsewhere; earlier lesions and edits are replaced.

        Parameters
        ----------
        lesion_map : LesionMap
            On the grid of the PET, by `lesion_map_from_foreign`, `lesion_map_from_dicom` and the like.
        """
        self.timer.activity()
        payload, blob = given_payload(lesion_map)
        self.journal.record(Kind.SEGMENTED, blob=blob, **payload)
        self._take(Replayed(lesion_map, method=GIVEN))

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

    def delete(self, lesion_id: int, *, place: Point | None = None) -> Edit:
        """Delete a lesion, which was clicked at ``place`` (RAS mm) or chosen in a list."""
        payload = {"lesion": lesion_id, "place": place}
        return self._perform(lambda lesions: lesions.delete(lesion_id), Kind.DELETED, payload)

    def mark_physiological(self, lesion_id: int, *, place: Point | None = None) -> Edit:
        """Take a lesion out as the normal uptake of its organ; the journal keeps it apart from false positives."""
        payload = {"lesion": lesion_id, "place": place}
        return self._perform(lambda lesions: lesions.delete(lesion_id), Kind.MARKED_PHYSIOLOGICAL, payload)

    def preview_seed(self, ras: Point, rule: Rule | None = None) -> Growth:
        """Show what a seed at a point (RAS mm) would add, and return it; nothing is changed.

        Parameters
        ----------
        ras : tuple of float
            RAS mm.
        rule : Rule, optional
            The patient's threshold if not given.

        Returns
        -------
        Growth

        Raises
        ------
        MethodError
            As `grow`.
        """
        growth = self._grown(ras, rule)
        if self.overlay is not None:
            self.overlay.preview(growth.mask, growth.box)
        return growth

    def clear_preview(self) -> None:
        """Show the lesions alone."""
        if self.overlay is not None:
            self.overlay.clear_preview()

    def add_seed(self, ras: Point, rule: Rule | None = None) -> Edit:
        """Add the lesion that grows from a seed at a point (RAS mm); see `preview_seed`.

        Raises
        ------
        MethodError
            As `grow`, and if the growth leaks.
        """
        growth = self._grown(ras, rule)
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

    def accept(self, lesion_id: int) -> Edit:
        """Note that the reader has looked at a lesion and keeps it."""
        payload = {"lesion": lesion_id}
        return self._perform(lambda lesions: lesions.amend(lesion_id, accepted=True), Kind.ACCEPTED, payload)

    def paint_at(self, lesion_id: int, ras: Point, diameter_mm: float) -> Edit:
        """Add the voxels of a sphere (centre RAS mm) to a lesion, as far as they belong to no other."""
        return self._mend("paint", lesion_id, ras, diameter_mm)

    def erase_at(self, lesion_id: int, ras: Point, diameter_mm: float) -> Edit:
        """Take the voxels of a sphere (centre RAS mm) from a lesion."""
        return self._mend("erase", lesion_id, ras, diameter_mm)

    def undo(self) -> Edit:
        """Take the last edit back."""
        return self._perform(LesionMap.undo, Kind.UNDONE, take_back=LesionMap.redo)

    def redo(self) -> Edit:
        """Do the last edit again that was taken back."""
        return self._perform(LesionMap.redo, Kind.REDONE, take_back=LesionMap.undo)

    def export(self, folder: Path, *, series: Series | None = None, warnings: Iterable[str] = ()) -> dict[str, Any]:
        """Write the results to a new folder; see `write_results`.

        Parameters
        ----------
        folder : Path
            To be made.
        series : Series, optional
            The PET series, where the PET came as DICOM: RTSTRUCT and SEG are written as well.
        warnings : iterable of str
            What a reader has to know wherever the SUV is shown.

        Returns
        -------
        dict
            The content of summary.json.
        """
        return write_results(
            folder, self._lesions(), method=self.method, region=self.region, series=series, warnings=warnings
        )

    def close(self) -> None:
        """Take what the session made out of the scene, and close the journal. PET and CT stay."""
        self._forget_lesions()
        self.journal.close()

    def _take(self, replayed: Replayed) -> None:
        self._forget_lesions()
        self.lesion_map, self.region, self.method = replayed.lesion_map, replayed.region, replayed.method
        if self.lesion_map is None:
            return
        self.node = segmentation_node(self.scene, self.lesion_map, "Lesions", self.pet_node)
        self.node.SetDisplayVisibility(False)
        self.overlay = LesionOverlay(self.scene, self.lesion_map)
        show_overlay(self.scene, self.overlay.node)
        self.segmented.emit()

    def _forget_lesions(self) -> None:
        if self.overlay is not None:
            self.overlay.remove()
        if self.node is not None and self.scene.IsNodePresent(self.node):
            remove_node(self.scene, self.node)
        self.node, self.overlay = None, None

    def _lesions(self) -> LesionMap:
        if self.lesion_map is None:
            message = "there are no lesions yet. Place the reference region and segment first."
            raise SceneError(message)
        return self.lesion_map

    def _lesion_clicked(self, ras: Point) -> Lesion:
        lesion = self.lesion_at(ras)
        if lesion is None:
            r, a, s = ras
            message = f"there is no lesion at R {r:.0f}, A {a:.0f}, S {s:.0f} mm. Click on one."
            raise SceneError(message)
        return lesion

    def _grown(self, ras: Point, rule: Rule | None) -> Growth:
        lesions = self._lesions()
        if rule is None:
            if self.region is None:
                message = "there is no reference region, so there is no patient threshold. Choose another rule."
                raise SceneError(message)
            rule = patient_threshold(self.region.threshold())
        if self._body is None:
            self._body = body_mask(self.pet)
        return grow(lesions, ras, rule, body=self._body)

    def _mend(self, action: str, lesion_id: int, ras: Point, diameter_mm: float) -> Edit:
        found = sphere(ras, diameter_mm).voxels_of(self.pet)
        if found is None:
            message = "the sphere lies outside the PET image. Move it onto the lesion."
            raise SceneError(message)
        box, mask = found
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
        """Do an edit, write it down, show it. ``...`` in the payload stands for the ids of what came of the edit."""
        lesions = self._lesions()
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
        self._show(edit)
        return edit

    def _show(self, edit: Edit) -> None:
        apply_edit(self.node, self._lesions(), edit)
        self.overlay.apply_edit(edit)
        self.edited.emit(edit)
