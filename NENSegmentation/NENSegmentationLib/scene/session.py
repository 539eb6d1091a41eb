"""A case while it is corrected: its images, its lesions, what was done to them and in what time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import SimpleITK as sitk
import slicer

from ..core.lesion import MINIMUM_VOLUME_ML
from ..core.lesions import LesionMap
from ..core.organs import OrganMap
from ..core.reference_region import ReferenceRegion
from ..dicom.results import write_results
from ..dicom.series import Series
from ..study.clock import Clock
from ..study.event_log import EventLog
from ..study.events import Kind
from ..study.journal import Journal
from ..study.method_text import SEEDS_ONLY, THRESHOLD
from ..study.timer import IDLE_AFTER_S
from .corrections import Corrections
from .display import LesionOverlay
from .edited_elsewhere import Away, NodeWatch
from .errors import SceneError
from .given import given_payload
from .mip import RotatingMip
from .projections import Projections
from .region_outline import RegionOutline
from .replay import Replayed, case_key, region_payload, replay, segmented_payload
from .saved_lesions import mark_as_lesions_of, remove_saved_lesions
from .segment_edits import restyle
from .segmentation import remove_node, segmentation_node
from .signal import Signal
from .views import jump_to, show_label_layer, show_overlay
from .volumes import suv_from_node

# One voxel without a name: on the grid of a PET, nothing is an organ.
_NO_ORGANS = OrganMap(sitk.Image(1, 1, 1, sitk.sitkUInt8), {})

_PLANNED = "the reference region is part of the plan of this study. Choose another rule for the lesion to add."
_ONE_THRESHOLD = (
    "the lesions were found by the threshold of their reference region, and added lesions have the same threshold. "
    "Segment again to use another region."
)


class CorrectionSession(Corrections):
    """One case from the first look to Done. Every interface calls its methods and listens to its signals.

    An action is checked, done to the lesion map, written to the journal, and only then shown: what the reader has seen
    done is on the disk. If the journal cannot take it, it is taken back, and did not happen.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    pet_node : vtkMRMLScalarVolumeNode
        SUVbw (g/mL).
    journal : EventLog
        Of this case, or of a reading of it; what it holds already is replayed. The session closes it.
    ct_node : vtkMRMLScalarVolumeNode, optional
        Hounsfield units.
    pet : SimpleITK.Image, optional
        The voxels of ``pet_node``, where the caller has them already.
    idle_after_s : float
        Time without input (s) after which the reader counts as away.

    Attributes
    ----------
    pet : SimpleITK.Image
        The PET of ``pet_node``, float32.
    lesion_map : LesionMap or None
        None until there is a segmentation.
    region : ReferenceRegion or None
        What the patient's threshold is taken from; it stays when lesions that were found otherwise are taken over, and
        `use_region` takes another one for them.
    method : str
        How the lesions were found: threshold, ensemble or given.
    ensemble : mapping or None
        Which model found them and how it was computed, where an ensemble did.
    organs : OrganMap or None
        Where the suggestions of physiological uptake come from; see `suggest`.
    given_warnings : tuple of str
        What was left out or changed when the lesions came from elsewhere, or what to know of those of an ensemble.
    node : vtkMRMLSegmentationNode or None
        One segment a lesion, as data.
    overlay : LesionOverlay or None
        The lesions as they are drawn.
    mip : RotatingMip or None
        The projection that turns, once `show_mip` was called.
    outline : RegionOutline
        The reference region as it is drawn: ``region``, until another one is shown to the reader.
    timer : Timer
        Active, idle and paused time.
    closed_to_edits : str
        The sentence with which every edit is refused, as in a break of a reader study; empty where edits are allowed.
    is_region_planned : bool
        Whether the region is that of the plan of a study, or none as its plan has it: then no other can be used.
    is_region_hidden : bool
        Whether the reader is not to know if there is a region: then none is used for added lesions, which would tell.
    segmented : Signal
        Without arguments: there is another lesion map.
    region_used : Signal
        Without arguments: the threshold for added lesions is that of another region.
    edited : Signal
        With the `Edit` that was done, undone or done again.
    suggested : Signal
        Without arguments: lesions have other suggestions.
    changed_elsewhere : Signal
        Without arguments: others changed ``node``; often, while they paint. `take_in` takes it over.
    closing : Signal
        Without arguments: the case is being closed; its journal is still open.
    taken_in : Signal
        With the number of edits that were taken over, and a tuple of sentences: what differs from what was drawn.

    Raises
    ------
    SceneError
        If the PET node has a transform, or the journal does not fit what it is replayed on.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        pet_node: slicer.vtkMRMLScalarVolumeNode,
        journal: EventLog,
        ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
        pet: sitk.Image | None = None,
        idle_after_s: float = IDLE_AFTER_S,
    ) -> None:
        super().__init__(scene, suv_from_node(pet_node) if pet is None else pet, journal, idle_after_s)
        self.pet_node = pet_node
        self.ct_node = ct_node
        self.outline = RegionOutline(scene)
        self.organs: OrganMap | None = None
        self.suggested, self.closing, self.region_used = Signal(), Signal(), Signal()
        events = journal.events()
        # The last one: a reading of a study may have been opened before its images could be loaded.
        self._case_key = [event.payload["case_key"] for event in events if event.kind is Kind.OPENED][-1]
        remove_saved_lesions(scene, self._case_key)
        self._take(replay(self.pet, events, self.body))

    @classmethod
    def open(
        cls,
        scene: slicer.vtkMRMLScene,
        pet_node: slicer.vtkMRMLScalarVolumeNode,
        journal_path: Path,
        ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
        clock: Clock | None = None,
        pet: sitk.Image | None = None,
        key: str | None = None,
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
        pet, key : SimpleITK.Image, str, optional
            The voxels of ``pet_node`` and their `case_key`, where the caller has them already.

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
        pet = suv_from_node(pet_node) if pet is None else pet
        journal = Journal.open(journal_path, key or case_key(pet), clock)
        try:
            return cls(scene, pet_node, journal, ct_node, pet)
        except BaseException:
            journal.close()
            raise

    def segment(
        self,
        region: ReferenceRegion,
        *,
        connectivity: int = 26,
        minimum_volume_ml: float = MINIMUM_VOLUME_ML,
    ) -> None:
        """Segment everything above the threshold of a reference region; earlier lesions and edits are replaced.

        Parameters
        ----------
        region : ReferenceRegion
            Made of ellipsoids, so that the journal can hold it.
        connectivity, minimum_volume_ml
            As in `LesionMap.from_threshold`.
        """
        self._refuse_if_closed_to_edits()
        self.timer.activity()
        lesion_map = LesionMap.from_threshold(
            self.pet, region.threshold(), connectivity=connectivity, minimum_volume_ml=minimum_volume_ml
        )
        payload = segmented_payload(lesion_map, region, connectivity, minimum_volume_ml)
        self.journal.record(Kind.SEGMENTED, **payload)
        self._take(Replayed(lesion_map, region))

    @property
    def can_use_region(self) -> bool:
        """Whether `use_region` can be called: there are lesions, and no threshold has found them."""
        return self.lesion_map is not None and self.method != THRESHOLD and not self.is_region_planned

    def use_region(self, region: ReferenceRegion) -> None:
        """Take the patient's threshold for added lesions from a region; the lesions stay as they are.

        This is no edit of a lesion, so `undo` does not take it back and lesions that were added before stay too.
        Another region can be used at any time.

        Parameters
        ----------
        region : ReferenceRegion
            Made of ellipsoids, so that the journal can hold it.

        Raises
        ------
        SceneError
            If there are no lesions yet, a threshold has found them, the region is that of a study, or edits are
            refused.
        """
        self._lesions()
        self._refuse_if_closed_to_edits()
        if not self.can_use_region:
            raise SceneError(_PLANNED if self.is_region_planned else _ONE_THRESHOLD)
        self.timer.activity()
        self.journal.record(Kind.REGION_USED, **region_payload(region))
        self.region = region
        self.show_region()
        self.region_used.emit()

    @property
    def is_corrected(self) -> bool:
        """Whether an edit of the lesions would be lost if others took their place."""
        return self.lesion_map is not None and self.lesion_map.can_undo

    def take_over(
        self, lesion_map: LesionMap, warnings: Iterable[str] = (), *, ensemble: Mapping[str, Any] | None = None
    ) -> None:
        """Correct a segmentation that was made elsewhere; earlier lesions and edits are replaced, the region stays.

        Parameters
        ----------
        lesion_map : LesionMap
            On the grid of the PET, by `lesion_map_from_foreign`, `lesion_map_from_dicom` and the like.
        warnings : iterable of str
            What was left out or changed on the way; kept in the journal and in the results.
        ensemble : mapping, optional
            Which model found it and how it was computed, where an ensemble did.
        """
        self._refuse_if_closed_to_edits()
        self.timer.activity()
        said = tuple(warnings)
        payload, blob = given_payload(lesion_map, said, ensemble)
        self.journal.record(Kind.SEGMENTED, blob=blob, **payload)
        self._take(Replayed(lesion_map, self.region, payload["method"], said, ensemble))

    def suggest(self, organs: OrganMap | None) -> None:
        """Note which lesions may be the physiological uptake of an organ: those of now, and all that come.

        The journal does not hold this: it follows from the organ map, and no lesion goes by itself.

        Parameters
        ----------
        organs : OrganMap or None
            On any grid; without one, what an earlier one suggested is withdrawn.
        """
        if organs is self.organs:
            return
        self.take_in()
        self.organs = organs
        if self.lesion_map is None:
            return
        before = self.lesion_map.lesions
        self.lesion_map.suggest(organs or _NO_ORGANS)
        with self._watch.ours():
            for lesion in self.lesion_map.lesions.values():
                if lesion.suggestion != before[lesion.id].suggestion:
                    restyle(self.node, lesion)
        self.suggested.emit()

    def show_mip(
        self,
        slice_node: slicer.vtkMRMLSliceNode,
        composite_node: slicer.vtkMRMLSliceCompositeNode,
        projections: Future[Projections] | None = None,
    ) -> RotatingMip:
        """Show the projection that turns in a slice view, with the lesions as they are and will be.

        Parameters
        ----------
        slice_node, composite_node : vtkMRMLSliceNode, vtkMRMLSliceCompositeNode
            Of one view, which is no longer one of slices of the patient.
        projections : Future of Projections, optional
            Of ``pet``, by `begin_projections`, where the caller has begun them before this session was opened.

        Returns
        -------
        RotatingMip
            Made when it is first asked for: a session that nobody looks at does without.
        """
        if self.mip is None:
            begun = None if projections is None else projections.result()
            self.mip = RotatingMip(self.scene, self.pet, outline=self.outline, projections=begun)
            if self.lesion_map is not None and self.overlay is not None:
                self.mip.show_lesions(self.lesion_map, self.overlay)
        self.mip.show_in(slice_node, composite_node)
        return self.mip

    def show_lesion(self, lesion_id: int) -> None:
        """Bring a lesion into the views: the slices to a point in it, the projection to an angle that shows it."""
        jump_to(self.scene, self._lesions().place_in(lesion_id))
        if self.mip is not None:
            self.mip.turn_to_lesion(lesion_id)

    def show_region(self) -> None:
        """Draw the outline of the region that the threshold was taken from, or none."""
        if self.region is None:
            self.outline.remove()
        else:
            self.outline.show(self.region.organ, self.region.ellipsoids)

    def show_for_editing(self, elsewhere: bool) -> None:
        """Show the lesions as segments while they are edited elsewhere, or as they are always drawn."""
        if self.node is not None and self.overlay is not None:
            self.node.SetDisplayVisibility(elsewhere)
            show_label_layer(self.scene, None if elsewhere else self.overlay.node)

    def export(
        self,
        folder: Path,
        *,
        series: Series | None = None,
        warnings: Iterable[str] = (),
        further: Callable[[Path, Mapping[str, Any]], object] | None = None,
    ) -> dict[str, Any]:
        """Write the results to a new folder; see `write_results`.

        Parameters
        ----------
        folder : Path
            To be made.
        series : Series, optional
            The PET series, where the PET came as DICOM: RTSTRUCT and SEG are written as well.
        warnings : iterable of str
            What a reader has to know wherever the SUV is shown; those of the session are written as well, each once.
        further : callable, optional
            Writes more files, as for `write_results`.

        Returns
        -------
        dict
            The content of summary.json.
        """
        self.take_in()
        for_seeds = () if self.region is None or self.method == THRESHOLD else (SEEDS_ONLY,)
        said = list(dict.fromkeys((*warnings, *self.given_warnings, *for_seeds)))
        return write_results(
            folder,
            self._lesions(),
            method=self.method,
            region=self.region,
            series=series,
            ensemble=self.ensemble,
            warnings=said,
            further=further,
        )

    def close(self) -> None:
        """Take what the session made out of the scene, and close the journal. PET and CT stay.

        Raises
        ------
        SceneError, JournalError
            As `take_in`; the case is closed all the same.
        """
        try:
            self.take_in()
        finally:
            self._close()

    def _close(self) -> None:
        self.closing.emit()
        self._forget_lesions()
        if self.mip is not None:
            self.mip.remove()
            self.mip = None
        self.outline.remove()
        self.journal.close()

    def _take(self, replayed: Replayed) -> None:
        self._forget_lesions()
        self.lesion_map, self.region, self.method = replayed.lesion_map, replayed.region, replayed.method
        self.given_warnings, self.ensemble = replayed.warnings, replayed.ensemble
        self.show_region()
        if self.lesion_map is None:
            return
        if self.organs is not None:
            self.lesion_map.suggest(self.organs)
        self.node = segmentation_node(self.scene, self.lesion_map, "Lesions", self.pet_node)
        mark_as_lesions_of(self.node, self._case_key)
        self.node.SetDisplayVisibility(False)
        self._watch = NodeWatch(self.node, self.changed_elsewhere.emit)
        self.overlay = LesionOverlay(self.scene, self.lesion_map)
        show_overlay(self.scene, self.overlay.node)
        if self.mip is not None:
            self.mip.show_lesions(self.lesion_map, self.overlay)
        self.segmented.emit()

    def _forget_lesions(self) -> None:
        if self.mip is not None:
            self.mip.hide_lesions()
        if self.overlay is not None:
            self.overlay.remove()
        if self._watch is not None:
            self._watch.end()
        if self.node is not None and self.scene.IsNodePresent(self.node):
            remove_node(self.scene, self.node)
        self.node, self.overlay, self._watch, self._away = None, None, None, Away()
