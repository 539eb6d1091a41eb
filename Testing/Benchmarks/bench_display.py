"""Correction as the reader meets it: from a click to the picture, in three slice views and the projection that turns.

Ours is the lesion map, the segmentation node as data, the overlay and the projection. The peer is what comes first to
mind: a segmentation node drawn by Slicer's displayable manager, and vtkSegmentation::RemoveSegment.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from comparison import Comparison, best_of
from synthetic import synthetic_pet

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.display import LesionOverlay
from NENSegmentationLib.scene.interaction import ClickTools
from NENSegmentationLib.scene.mip import RotatingMip
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.segment_edits import apply_edit
from NENSegmentationLib.scene.segmentation import remove_node, segmentation_node
from NENSegmentationLib.scene.views import jump_to, show_overlay, show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node

_LIMITS = {100: 0.100, 300: 0.150}
_ROUNDS = 7


class _Reading:
    """One patient in three slice views and a projection, with what an interface does after an edit."""

    def __init__(self, lesion_map: LesionMap) -> None:
        self.lesion_map = lesion_map
        self.scene = headless_scene()
        logic = application_logic(self.scene)
        planes = (("Red", "Axial"), ("Green", "Coronal"), ("Yellow", "Sagittal"))
        self.views = [SliceView(logic, name, plane) for name, plane in planes]
        show_pet_ct(self.scene, volume_node(self.scene, lesion_map.pet, "PET", units=Units.SUV))
        for view in self.views:
            view.fit()
        self.mip_view = SliceView(logic, "MIP", "Coronal")
        self.show()

    def show(self) -> None:
        self.node = segmentation_node(self.scene, self.lesion_map, "Lesions")
        self.node.GetDisplayNode().SetVisibility(False)
        self.overlay = LesionOverlay(self.scene, self.lesion_map)
        self.mip = RotatingMip(self.scene, self.lesion_map, self.overlay)
        show_overlay(self.scene, self.overlay.node)
        self.mip.show_in(self.mip_view.node, self.mip_view.layers)
        self.mip_view.fit()
        self.render()

    def remove(self) -> None:
        remove_node(self.scene, self.node)
        self.mip.remove()
        self.overlay.remove()

    def next_case(self) -> None:
        self.remove()
        self.show()

    def render(self) -> None:
        for view in (*self.views, self.mip_view):
            view.render()

    def jump(self, lesion_id: int) -> None:
        jump_to(self.scene, self.lesion_map.lesions[lesion_id].centroid_ras)
        self.render()

    def take(self, edit: Callable[[], object]) -> None:
        done = edit()
        apply_edit(self.node, self.lesion_map, done)
        self.overlay.apply_edit(done)
        self.mip.apply_edit(done)
        self.render()

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
    return [comparison for lesions in _LIMITS for comparison in _run(lesions)]


def _run(lesions: int) -> list[Comparison]:
    reading = _Reading(LesionMap.from_threshold(synthetic_pet(lesions=lesions), 10.0))
    limit = _LIMITS[lesions]
    deleted, undone = _edits(reading)
    hidden = _each(reading, lambda id_: reading.overlay.set_visible([id_], False))
    hovered = _hover(reading)
    next_case = best_of(3, reading.next_case)
    removed, hidden_by_slicer = _by_slicer(reading)
    reading.close()
    words = f"of {lesions} lesions, rendered"
    peer = "vtkSegmentation::RemoveSegment"
    return [
        Comparison(f"one deleted {words}", deleted, peer, removed, at_least=3),
        Comparison(f"one deleted {words}", deleted, "the limit", limit, at_least=1),
        Comparison(f"one undone {words}", undone, peer, removed, at_least=3),
        Comparison(f"one undone {words}", undone, "the limit", limit, at_least=1),
        Comparison(f"one hidden {words}", hidden, "segments drawn by Slicer", hidden_by_slicer, at_least=0.5),
        Comparison(f"the pointer moved over {lesions} lesions", hovered, "the limit", 0.002, at_least=1),
        Comparison(f"next case with {lesions} lesions", next_case, "the limit", 1.0, at_least=1),
    ]


def _edits(reading: _Reading) -> tuple[float, float]:
    """Return the median seconds of a deletion and of its undoing."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for lesion_id in _spread(reading):
        reading.jump(lesion_id)
        for place, edit in zip(
            seconds, (lambda chosen=lesion_id: reading.lesion_map.delete(chosen), reading.lesion_map.undo), strict=True
        ):
            start = perf_counter()
            reading.take(edit)
            place.append(perf_counter() - start)
    return median(seconds[0]), median(seconds[1])


def _each(reading: _Reading, change: Callable[[int], object]) -> float:
    seconds = []
    for lesion_id in _spread(reading):
        reading.jump(lesion_id)
        start = perf_counter()
        change(lesion_id)
        reading.render()
        seconds.append(perf_counter() - start)
    return median(seconds)


def _hover(reading: _Reading) -> float:
    """Return the longer of the median times in a slice view and in the projection."""
    tools = ClickTools(lambda: reading.lesion_map, lambda _lesion, _words: None)
    tools.attach(reading.views[1].interactor, reading.views[1].node)
    tools.attach(reading.mip_view.interactor, reading.mip_view.node, reading.mip.pick)
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


def _by_slicer(reading: _Reading) -> tuple[float, float]:
    """Return the median seconds of a removed and of a hidden segment where Slicer draws them."""
    reading.remove()
    node = segmentation_node(reading.scene, reading.lesion_map, "Lesions")
    segmentation, display = node.GetSegmentation(), node.GetDisplayNode()
    hidden = _each(reading, lambda id_: display.SetSegmentVisibility(f"Lesion_{id_}", False))
    removed = _each(reading, lambda id_: segmentation.RemoveSegment(f"Lesion_{id_}"))
    remove_node(reading.scene, node)
    return removed, hidden


def _spread(reading: _Reading) -> list[int]:
    """Choose lesions of all sizes."""
    ids = list(reading.lesion_map.lesions)
    return ids[5 :: len(ids) // _ROUNDS][:_ROUNDS]
