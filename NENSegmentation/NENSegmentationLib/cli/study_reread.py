"""What readers were shown and what they left, made again from the store and the images, and held against the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.body import Body
from ..core.errors import NENSegmentationError
from ..core.image_files import read_labels
from ..core.volume import same_grid, voxel_volume_ml, voxels
from ..scene.replay import case_key, replay
from ..study.accuracy import with_accuracy
from ..study.events import Event, Kind
from ..study.plan import Method, Plan, PlannedCase
from ..study.planned_images import read_planned
from ..study.readings import ReadingRow
from ..study.store import Store
from .errors import UsageError

if TYPE_CHECKING:
    from ..study.reader_agreement import VoxelsOf

_REMEDY = "Mend that, or leave out what needs the images with --without-images."

Voxels = dict[tuple[str, str, str], NDArray[np.intp]]


@dataclass(frozen=True)
class _Images:
    """A case as it is read again."""

    pet: sitk.Image
    body: Body
    key: str
    truth: NDArray[np.generic] | None


def reread(
    plan: Plan, store: Store, rows: Sequence[ReadingRow], progress: Callable[[int, int], None] | None = None
) -> tuple[list[ReadingRow], VoxelsOf]:
    """Do all finished readings again, as their events say.

    Parameters
    ----------
    plan : Plan
        Of the study; its images and truths are read.
    store : Store
        The events.
    rows : sequence of ReadingRow
        Its readings, without what needs the images.
    progress : callable, optional
        Called with the cases done and the cases in all.

    Returns
    -------
    list of ReadingRow
        With accuracy, where the case has a truth; in the order of ``rows``.
    VoxelsOf
        What each reader left.

    Raises
    ------
    UsageError
        With a sentence for every case that cannot be read, and every reading that cannot be done again.
    """
    methods = {arm.name: arm.method for arm in plan.arms}
    known: dict[tuple[str, str, str], ReadingRow] = {}
    left: Voxels = {}
    faults: list[str] = []
    read = {row.case for row in rows if row.done}
    cases = [case for case in plan.cases if case.name in read]
    for number, case in enumerate(cases, 1):
        try:
            images = _images(case)
            for row in rows:
                if row.case == case.name and row.done:
                    events = store.events(row.reader, row.case, row.arm)
                    which = row.reader, row.case, row.arm
                    known[which], left[which] = _reading(row, events, images, methods[row.arm])
        except (NENSegmentationError, OSError) as error:
            faults.append(f"case {case.name}: {error}")
        if progress is not None:
            progress(number, len(cases))
    if faults:
        raise UsageError("\n".join([*faults, _REMEDY]))
    return (
        [known.get((row.reader, row.case, row.arm), row) for row in rows],
        lambda reader, case, arm: left.get((reader, case, arm)),
    )


def _images(case: PlannedCase) -> _Images:
    pet = read_planned(case, with_ct=False).pet
    return _Images(pet, Body(pet), case_key(pet), None if case.truth is None else _truth(case, pet))


def _truth(case: PlannedCase, pet: sitk.Image) -> NDArray[np.generic]:
    labels = read_labels(case.truth)
    if not same_grid(labels, pet):
        message = f"truth: {case.truth} does not lie on the grid of the PET. Resample it to the PET first."
        raise UsageError(message)
    return voxels(labels)


def _reading(
    row: ReadingRow, events: Sequence[Event], images: _Images, method: Method
) -> tuple[ReadingRow, NDArray[np.intp]]:
    if images.key not in (event.payload["case_key"] for event in events if event.kind is Kind.OPENED):
        message = f"{row.reader} in the arm {row.arm} has read other images than those that are there now."
        raise UsageError(message)
    kinds = [event.kind for event in events]
    left = _labels(images, events[: len(kinds) - kinds[::-1].index(Kind.DONE)])
    if images.truth is not None:
        # What a reader draws on nothing was not shown to them.
        shown = None if method is Method.BLANK else _labels(images, events[: kinds.index(Kind.SHOWN)])
        row = with_accuracy(row, images.truth, voxel_volume_ml(images.pet), left=left, shown=shown)
    return row, np.flatnonzero(left)


def _labels(images: _Images, events: Sequence[Event]) -> NDArray[np.generic]:
    lesion_map = replay(images.pet, events, images.body).lesion_map
    if lesion_map is None:
        message = "a reading has no segmentation."
        raise UsageError(message)
    return lesion_map.labels
