"""What was done to the segmentation node by others, such as Slicer's own Segment Editor: noticed, and read back.

A segment is one lesion, also if it is drawn in several parts. A segment that is gone or has no voxel left is a deleted
lesion; one that was not there is a new lesion, once it has a voxel. A voxel that several segments claim stays with the
lesion that had it; one that none of them had belongs to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import slicer
from numpy.typing import NDArray

from ..core.boxes import box_between
from ..core.components import component_numbers
from ..core.lesions import LesionMap
from ..core.segments import segment_id
from ..dicom.onto_pet import onto_pet
from ..dicom.regions import remark
from .change import Change
from .errors import SceneError
from .layers import layer_of
from .segment import BINARY_LABELMAP
from .volumes import refuse_transformed

_EVENTS = (
    slicer.vtkSegmentation.SourceRepresentationModified,
    slicer.vtkSegmentation.SegmentAdded,
    slicer.vtkSegmentation.SegmentRemoved,
    slicer.vtkSegmentation.SegmentModified,
    slicer.vtkMRMLSegmentationNode.SegmentationChangedEvent,
)


class NodeWatch:
    """Notices when others change a segmentation node.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        The node.
    on_change : callable
        Called without arguments at each change; cheap, because painting makes many.

    Attributes
    ----------
    is_changed : bool
        Whether anything changed since this was last set to False.
    """

    def __init__(self, node: slicer.vtkMRMLSegmentationNode, on_change: Callable[[], object]) -> None:
        self._node, self._on_change = node, on_change
        self._is_ours = False
        self.is_changed = False
        self._tags = [node.AddObserver(event, self._changed) for event in _EVENTS]

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Overlook what is changed in here: it is ours."""
        self._is_ours = True
        try:
            yield
        finally:
            self._is_ours = False

    def end(self) -> None:
        """Watch no more."""
        while self._tags:
            self._node.RemoveObserver(self._tags.pop())

    def _changed(self, *_caller_and_event: object) -> None:
        if not self._is_ours:
            self.is_changed = True
            self._on_change()


@dataclass
class Away:
    """What was written down while others were still at work on a segmentation node.

    Attributes
    ----------
    lesion_of : dict of str to int
        Segment id -> lesion, for segments that are new, and have not got the id of ours yet.
    edits : int
        How many.
    remarks : dict of str to None
        What differs from what was drawn, one sentence each, in their order.
    """

    lesion_of: dict[str, int] = field(default_factory=dict)
    edits: int = 0
    remarks: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Claim:
    """A segment and its voxels: flat indices on the grid of the PET. ``number`` is its lesion, negative if new."""

    segment_id: str
    number: int
    name: str
    colour: tuple[float, float, float]
    voxels: NDArray[np.intp]


def changes_in(
    node: slicer.vtkMRMLSegmentationNode, lesion_map: LesionMap, lesion_of: Mapping[str, int] | None = None
) -> tuple[list[Change], tuple[str, ...]]:
    """Compare a segmentation node with the lesions that it showed.

    Parameters
    ----------
    node : vtkMRMLSegmentationNode
        Made by `segmentation_node` of ``lesion_map``, then changed by others: with any number of layers, on any grid.
    lesion_map : LesionMap
        As it was before that.
    lesion_of : mapping of str to int, optional
        Segment id -> lesion, for segments of others that are lesions already.

    Returns
    -------
    list of Change
        To be done one after the other; what is deleted comes first, what is new last.
    tuple of str
        What was left out or differs from what was drawn, one sentence each.

    Raises
    ------
    SceneError
        If the node is under a transform or holds no labelmap.
    """
    refuse_transformed(node)
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() and not segmentation.ContainsRepresentation(BINARY_LABELMAP):
        message = (
            f"{node.GetName()}: the segmentation is a surface, not a labelmap. "
            "Create its binary labelmap in Slicer's module Segmentations, with the PET as reference."
        )
        raise SceneError(message)
    claims, remarks = _claims(segmentation, lesion_map, lesion_of or {})
    claims, overlaps = _settled(claims, lesion_map.labels)
    kept = {claim.number for claim in claims}
    changes = [Change(id_, is_deleted=True) for id_ in lesion_map.lesions if id_ not in kept]
    changes += [change for claim in claims if (change := _change(claim, lesion_map)) is not None]
    changes.sort(key=lambda change: change.lesion_id is None)
    return changes, (*remarks, *overlaps, *_in_parts(changes, lesion_map))


def _claims(
    segmentation: slicer.vtkSegmentation, lesion_map: LesionMap, adopted: Mapping[str, int]
) -> tuple[list[_Claim], list[str]]:
    """Read every segment, in the order in which the reader sees them."""
    lesion_of = {segment_id(lesion_id): lesion_id for lesion_id in lesion_map.lesions}
    lesion_of |= {id_: lesion_id for id_, lesion_id in adopted.items() if lesion_id in lesion_map.lesions}
    voxels: dict[str, NDArray[np.intp]] = {}
    cut, resampled = [], False
    for number in range(segmentation.GetNumberOfLayers(BINARY_LABELMAP)):
        layer = layer_of(segmentation.GetLayerDataObject(number, BINARY_LABELMAP))
        ids = segmentation.GetSegmentIDsForLayer(number, BINARY_LABELMAP)
        values = {id_: segmentation.GetSegment(id_).GetLabelValue() for id_ in ids}
        held = [id_ for id_ in ids if values[id_] in layer.voxels]
        on_pet = onto_pet([layer.voxels[values[id_]] for id_ in held], layer.grid, lesion_map.pet)
        voxels.update(zip(held, on_pet.voxels, strict=True))
        cut += [segmentation.GetSegment(id_).GetName() for id_, is_cut in zip(held, on_pet.cut, strict=True) if is_cut]
        resampled = resampled or on_pet.resampled
    nothing = np.empty(0, np.intp)
    claims = []
    for order, id_ in enumerate(segmentation.GetSegmentIDs(), start=1):
        segment = segmentation.GetSegment(id_)
        number, name = lesion_of.get(id_, -order), segment.GetName() or ""
        claims.append(_Claim(id_, number, name, segment.GetColor(), voxels.get(id_, nothing)))
    said = ["What was drawn on another grid than the PET's was resampled by nearest neighbour."] * resampled
    return claims, [*said, *remark("Cut off where they reach outside the PET", cut)]


def _settled(claims: list[_Claim], before: NDArray[np.int32]) -> tuple[list[_Claim], tuple[str, ...]]:
    """Give each voxel to one claim, leave out those that get none, and say where claims overlapped."""
    owner = np.zeros(before.size, np.int32)
    names = {claim.number: claim.name for claim in claims}
    overlapping: list[str] = []
    for claim in claims:
        holders = owner[claim.voxels]
        wins = (holders == 0) | (before.reshape(-1)[claim.voxels] == claim.number)
        owner[claim.voxels[wins]] = claim.number
        overlapping += [f"{names[held]} and {claim.name}" for held in np.unique(holders[holders != 0]).tolist()]
    settled = [replace(claim, voxels=claim.voxels[owner[claim.voxels] == claim.number]) for claim in claims]
    what = "Overlapping, and a voxel belongs to one lesion only (to the one that had it, or else to the first)"
    return [claim for claim in settled if claim.voxels.size], remark(what, overlapping)


def _change(claim: _Claim, lesion_map: LesionMap) -> Change | None:
    """Return what a claim changes of its lesion, or None."""
    index = np.stack(np.unravel_index(claim.voxels, lesion_map.labels.shape))
    box = box_between(index.min(axis=1), index.max(axis=1))
    mask = np.zeros(lesion_map.labels[box].shape, bool)
    mask[tuple(index - index.min(axis=1, keepdims=True))] = True
    lesion = lesion_map.lesions.get(claim.number)
    name = claim.name.strip()
    if lesion is None:
        return Change(None, name, claim.colour, (box, mask), segment_id=claim.segment_id)
    # A segment without a name keeps that of its lesion.
    asked = Change(lesion.id, name or lesion.name, claim.colour)
    if box != lesion.box or not np.array_equal(mask, lesion_map.labels[box] == lesion.id):
        return replace(asked, drawn=(box, mask))
    # vtkSegment holds a colour as it was given, a file as text of six digits.
    is_as_it_was = asked.name == lesion.name and np.allclose(asked.colour, lesion.colour, atol=1e-5)
    return None if is_as_it_was else asked


def _in_parts(changes: list[Change], lesion_map: LesionMap) -> tuple[str, ...]:
    """Say which lesions were one piece, or nothing, and are several now."""
    several = []
    for change in changes:
        lesion = lesion_map.lesions.get(change.lesion_id or 0)
        before = 0 if lesion is None else _pieces(lesion_map.labels[lesion.box] == lesion.id)
        if change.drawn is not None and before < 2 <= _pieces(change.drawn[1]):
            several.append(change.name or "a new segment")
    return remark("In several parts now, and still one lesion each (split them if they are several)", several)


def _pieces(mask: NDArray[np.bool_]) -> int:
    return int(component_numbers(np.flatnonzero(mask), mask.shape).max()) + 1
