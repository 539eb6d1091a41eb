"""Correction as the reader meets it: from a click to the picture, in three slice views and the projection that turns.

Ours is the correction session with all it does for a click: lesion map, journal, segmentation node as data, overlay
and projection. The peer is what comes first to mind: a segmentation node drawn by Slicer's displayable manager, with
vtkSegmentation::RemoveSegment, and SetBinaryLabelmapToSegment as Slicer's Segment Editor adds voxels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import SimpleITK as sitk
import slicer
from comparison import Comparison, best_of
from synthetic import synthetic_pet

from NENSegmentationLib.core.boxes import whole
from NENSegmentationLib.core.lesion import Lesion
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.reference_region import Organ, ReferenceRegion, region_from_spheres
from NENSegmentationLib.core.volume import index_to_ras
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.interaction import ClickTools
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.projections import begin_projections
from NENSegmentationLib.scene.segmentation import remove_node, segmentation_node
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.views import jump_to, show_case
from NENSegmentationLib.scene.volumes import Units, fill, ijk_to_ras, suv_from_node, volume_node

_LIMITS = {100: 0.100, 300: 0.150}
_ROUNDS = 7


class _Reading:
    """One patient in three slice views and a projection."""

    def __init__(self, lesions: int, folder: Path) -> None:
        self._folder = folder
        self._cases = 0
        self.scene = headless_scene()
        logic = application_logic(self.scene)
        planes = (("Red", "Axial"), ("Green", "Coronal"), ("Yellow", "Sagittal"))
        self.views = [SliceView(logic, name, plane) for name, plane in planes]
        self.mip_view = SliceView(logic, "MIP", "Coronal")
        pet = synthetic_pet(lesions=lesions)
        self._pet_node = volume_node(self.scene, pet, "PET", units=Units.SUV)
        self._region = _warm_tissue(pet)
        self.open()

    def open(self) -> None:
        """Bring the patient as a new case before the reader, lesions included."""
        self._cases += 1
        show_case(self.scene, self._pet_node)
        pet = suv_from_node(self._pet_node)
        projections = begin_projections(pet)
        journal = self._folder / f"{self._cases}.journal"
        self.session = CorrectionSession.open(self.scene, self._pet_node, journal, pet=pet)
        self.session.segment(self._region)
        self.session.show_mip(self.mip_view.node, self.mip_view.layers, projections)
        for view in (*self.views, self.mip_view):
            view.fit()
        self.render()

    def next_case(self) -> None:
        self.session.close()
        self.open()

    @property
    def lesion_map(self) -> LesionMap:
        return self.session.lesion_map

    def render(self) -> None:
        for view in (*self.views, self.mip_view):
            view.render()

    def jump(self, lesion: Lesion) -> None:
        jump_to(self.scene, lesion.centroid_ras)
        self.render()

    def chosen(self) -> list[Lesion]:
        """Choose lesions of all sizes."""
        lesions = list(self.lesion_map.lesions.values())
        return lesions[5 :: len(lesions) // _ROUNDS][:_ROUNDS]

    def close(self) -> None:
        for view in (*self.views, self.mip_view):
            view.close()
        close_scene(self.scene)


def run() -> list[Comparison]:
    """Measure with 100 and with 300 lesions.

    Returns
    -------
    list of Comparison
    """
    made = []
    for lesions in _LIMITS:
        with TemporaryDirectory() as folder:
            made += _run(lesions, Path(folder))
    return made


def _run(lesions: int, folder: Path) -> list[Comparison]:
    reading = _Reading(lesions, folder)
    ours = _edits(reading)
    hidden = _each(reading, reading.chosen(), lambda lesion: reading.session.overlay.set_visible([lesion.id], False))
    hovered = _hover(reading)
    next_case = best_of(3, reading.next_case)
    removed, added, hidden_by_slicer = _by_slicer(reading)
    reading.close()
    words, limit = f"of {lesions} lesions, rendered", _LIMITS[lesions]
    by_click, by_seed = ("one deleted", "one undone"), ("one previewed", "one added by a seed")
    remove, add = "vtkSegmentation::RemoveSegment", "SetBinaryLabelmapToSegment"
    return [
        *(Comparison(f"{what} {words}", ours[what], remove, removed, at_least=3) for what in by_click + by_seed),
        *(Comparison(f"{what} {words}", ours[what], add, added, at_least=1) for what in by_seed),
        *(Comparison(f"{what} {words}", ours[what], "the limit", limit, at_least=1) for what in by_click + by_seed),
        Comparison(f"one hidden {words}", hidden, "segments drawn by Slicer", hidden_by_slicer, at_least=0.5),
        Comparison(f"the pointer moved over {lesions} lesions", hovered, "the limit", 0.002, at_least=1),
        Comparison(f"next case with {lesions} lesions", next_case, "the limit", 1.0, at_least=1),
    ]


def _edits(reading: _Reading) -> dict[str, float]:
    """Return the median seconds of each step: a lesion is deleted, comes back, goes again, and is added by a seed."""
    session = reading.session
    # Found when it is first needed, once a case: seeds grow within it.
    assert session.body.inside(whole(session.lesion_map.labels.shape)).any()
    seconds: dict[str, list[float]] = {}
    for lesion in reading.chosen():
        reading.jump(lesion)
        seed = _middle(reading.lesion_map, lesion)
        for what, action in (
            ("one deleted", lambda lesion=lesion: session.delete(lesion.id)),
            ("one undone", session.undo),
            ("deleted again", lambda lesion=lesion: session.delete(lesion.id)),
            ("one previewed", lambda seed=seed: session.preview_seed(seed)),
            ("one added by a seed", lambda seed=seed: session.add_seed(seed)),
        ):
            start = perf_counter()
            action()
            reading.render()
            seconds.setdefault(what, []).append(perf_counter() - start)
    return {what: median(times) for what, times in seconds.items()}


def _each(reading: _Reading, lesions: list[Lesion], change: Callable[[Lesion], object]) -> float:
    seconds = []
    for lesion in lesions:
        reading.jump(lesion)
        start = perf_counter()
        change(lesion)
        reading.render()
        seconds.append(perf_counter() - start)
    return median(seconds)


def _hover(reading: _Reading) -> float:
    """Return the longer of the median times in a slice view and in the projection."""
    tools = ClickTools(lambda: reading.lesion_map, lambda _lesion, _words: None)
    tools.attach(reading.views[1].interactor, reading.views[1].node)
    tools.attach(reading.mip_view.interactor, reading.mip_view.node, reading.session.mip.pick)
    medians = []
    for view in (reading.views[1], reading.mip_view):
        seconds = []
        for step in range(100):
            view.interactor.SetEventInformation(150 + step, 100 + 2 * step, 0, 0, "\0", 0, None)
            start = perf_counter()
            view.interactor.InvokeEvent("MouseMoveEvent")
            seconds.append(perf_counter() - start)
        medians.append(median(seconds))
    tools.detach()
    return max(medians)


def _by_slicer(reading: _Reading) -> tuple[float, float, float]:
    """Return the median seconds of a removed, an added and a hidden segment where Slicer draws them."""
    lesion_map, chosen = reading.lesion_map, reading.chosen()
    reading.session.close()
    node = segmentation_node(reading.scene, lesion_map, "Lesions")
    segmentation, display = node.GetSegmentation(), node.GetDisplayNode()
    # One after the other: adding takes the layer that all segments share apart, and later removals cost less.
    hidden = _each(reading, chosen, lambda lesion: display.SetSegmentVisibility(f"Lesion_{lesion.id}", False))
    removed = _each(reading, chosen, lambda lesion: segmentation.RemoveSegment(f"Lesion_{lesion.id}"))
    pieces = {lesion.id: _piece(lesion_map, lesion) for lesion in chosen}
    added = _each(reading, chosen, lambda lesion: _add(node, pieces[lesion.id]))
    remove_node(reading.scene, node)
    return removed, added, hidden


def _add(node: slicer.vtkMRMLSegmentationNode, piece: slicer.vtkOrientedImageData) -> None:
    segment_id = node.GetSegmentation().AddEmptySegment()
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(piece, node, segment_id)


def _piece(lesion_map: LesionMap, lesion: Lesion) -> slicer.vtkOrientedImageData:
    """Return a lesion alone, in its bounding box."""
    piece = slicer.vtkOrientedImageData()
    fill(piece, lesion_map.labels[lesion.box] == lesion.id, np.uint8)
    k, j, i = (axis.start for axis in lesion.box)
    kk, jj, ii = (axis.stop - 1 for axis in lesion.box)
    piece.SetExtent(i, ii, j, jj, k, kk)
    piece.SetImageToWorldMatrix(ijk_to_ras(lesion_map.pet))
    return piece


def _middle(lesion_map: LesionMap, lesion: Lesion) -> tuple[float, float, float]:
    """Return a voxel in the middle of a lesion (RAS mm)."""
    voxels = np.argwhere(lesion_map.labels[lesion.box] == lesion.id)
    middle = voxels[np.argmin(np.linalg.norm(voxels - voxels.mean(axis=0), axis=1))]
    start = [axis.start for axis in lesion.box]
    right, anterior, superior = index_to_ras(lesion_map.pet, middle + start).tolist()
    return right, anterior, superior


def _warm_tissue(pet: sitk.Image) -> ReferenceRegion:
    """Return a sphere without lesions in the warm body."""
    random = np.random.default_rng(1)
    size = np.array(pet.GetSize())[::-1]
    while True:
        place = size / 2 * (1 + random.uniform(-0.5, 0.5, 3))
        region = region_from_spheres(pet, Organ.LIVER, [tuple(index_to_ras(pet, place))])
        if region.sd < 0.3:
            return region
