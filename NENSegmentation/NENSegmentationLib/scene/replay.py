"""From the journal of a case back to its lesions, and what the journal has to hold for that."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..core.body import Body
from ..core.boxes import shifted
from ..core.history import Edit
from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.reference_region import PROPOSED, Ellipsoid, Organ, ReferenceRegion, region_from_ellipsoids
from ..core.volume import ras_from_index, voxels
from ..study.arrays import unpack
from ..study.events import ACTIONS, Event, Kind
from .change import Change
from .errors import SceneError
from .given import ENSEMBLE, given_warnings, lesions_from_given
from .given import METHOD as GIVEN

_PIECES = 8
_KEY_DIGITS = 32
_SAME = 1e-9


@dataclass(frozen=True)
class Replayed:
    """The lesions of a case, and where they came from: None before the first segmentation.

    Attributes
    ----------
    lesion_map : LesionMap or None
        The lesions.
    region : ReferenceRegion or None
        What the patient's threshold is taken from: that of the last segmentation by threshold, or one that was
        used since.
    method : str
        How the lesions were found: threshold, ensemble or given.
    warnings : tuple of str
        What was left out or changed of lesions that were given, or what a reader has to know of those of an ensemble.
    ensemble : mapping or None
        Which model found them and how it was computed, where an ensemble did.
    """

    lesion_map: LesionMap | None = None
    region: ReferenceRegion | None = None
    method: str = Origin.THRESHOLD.value
    warnings: tuple[str, ...] = ()
    ensemble: Mapping[str, Any] | None = None


def case_key(pet: sitk.Image) -> str:
    """Return what tells a case from any other: a hash of the grid and the voxels of its PET, and nothing of who it is.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    # Rounded, because formats and nodes keep positions to different last digits.
    grid = np.round(ras_from_index(pet), 3) + 0.0
    digest = hashlib.sha256(grid.tobytes())
    # 160 MB take 0.1 s in one piece, where the processor knows SHA; Python lets other threads run meanwhile.
    with ThreadPoolExecutor(_PIECES) as pool:
        for piece in pool.map(hashlib.sha256, np.array_split(voxels(pet).reshape(-1), _PIECES)):
            digest.update(piece.digest())
    return digest.hexdigest()[:_KEY_DIGITS]


def labels_hash(lesion_map: LesionMap) -> str:
    """Return a hash of the label array: of where its lesions are, and which."""
    labels = lesion_map.labels
    inside = [shifted(np.nonzero(labels[one.box] == one.id), one.box) for one in lesion_map.lesions.values()]
    flat = np.sort(np.concatenate([np.zeros(0, np.intp), *(np.ravel_multi_index(at, labels.shape) for at in inside)]))
    digest = hashlib.blake2b(flat.astype("<i8").tobytes(), digest_size=16)
    digest.update(labels.reshape(-1)[flat].astype("<i4").tobytes())
    return digest.hexdigest()


def segmented_payload(
    lesion_map: LesionMap, region: ReferenceRegion, connectivity: int, minimum_volume_ml: float
) -> dict[str, Any]:
    """Return what the journal holds of a segmentation by threshold: all that it takes to find the lesions again."""
    said = region_payload(region)
    rule = {**said["rule"], "connectivity": connectivity, "minimum_volume_ml": minimum_volume_ml}
    return {
        "method": Origin.THRESHOLD.value,
        "region": said["region"],
        "rule": rule,
        "labels_hash": labels_hash(lesion_map),
    }


def region_payload(region: ReferenceRegion) -> dict[str, Any]:
    """Return what the journal holds of a reference region: all that it takes to measure it again."""
    ellipsoids = [{"centre_ras": one.centre_ras, "diameters_mm": one.diameters_mm} for one in region.ellipsoids]
    rule = {"organ": region.organ.value, "ellipsoids": ellipsoids, "threshold": region.threshold()}
    return {"region": region.place, "rule": rule}


def several(lesion_ids: Sequence[int]) -> dict[str, Any]:
    """Return what the journal holds of lesions of one action; a journal of before it could be several has one."""
    first = lesion_ids[0] if lesion_ids else None
    return {"lesion": first, "lesions": list(lesion_ids)} if len(lesion_ids) > 1 else {"lesion": first}


def replay(pet: sitk.Image, events: Iterable[Event], body: Body | None = None) -> Replayed:
    """Do again what a journal says was done.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), of the case of the journal.
    events : iterable of Event
        In order; those that change no lesion are passed over.
    body : Body, optional
        Of ``pet``, where the caller has it already.

    Returns
    -------
    Replayed

    Raises
    ------
    SceneError
        If an event does not lead to what it led to when it was written.
    """
    replayed = Replayed()
    for event in events:
        if event.kind is Kind.SEGMENTED:
            replayed = _segmented(pet, event, body, replayed.region)
        elif event.kind is Kind.REGION_USED:
            replayed = _with_region(pet, event, body, replayed)
        elif event.kind in ACTIONS:
            if replayed.lesion_map is None:
                raise _disagreement(event)
            edit = _AGAIN[event.kind](replayed.lesion_map, event)
            _check(event, edit)
    return replayed


def _segmented(pet: sitk.Image, event: Event, body: Body | None, region: ReferenceRegion | None) -> Replayed:
    method = event.payload["method"]
    if method in (GIVEN, ENSEMBLE):
        found = event.payload["rule"].get("ensemble")
        return Replayed(lesions_from_given(pet, event), region, method, given_warnings(event), found)
    rule = event.payload["rule"]
    region = _region(pet, event, body)
    lesion_map = LesionMap.from_threshold(
        pet, rule["threshold"], connectivity=rule["connectivity"], minimum_volume_ml=rule["minimum_volume_ml"]
    )
    if labels_hash(lesion_map) != event.payload["labels_hash"]:
        raise _disagreement(event)
    return Replayed(lesion_map, region)


def _with_region(pet: sitk.Image, event: Event, body: Body | None, replayed: Replayed) -> Replayed:
    region = _region(pet, event, body)
    # Measured on another machine, the last digits may differ.
    is_same = math.isclose(region.threshold(), event.payload["rule"]["threshold"], rel_tol=_SAME)
    if replayed.lesion_map is None or not is_same:
        raise _disagreement(event)
    return replace(replayed, region=region)


def _region(pet: sitk.Image, event: Event, body: Body | None) -> ReferenceRegion:
    rule = event.payload["rule"]
    ellipsoids = [Ellipsoid(tuple(one["centre_ras"]), tuple(one["diameters_mm"])) for one in rule["ellipsoids"]]
    region = region_from_ellipsoids(pet, Organ(rule["organ"]), ellipsoids, body)
    return replace(region, proposed=event.payload.get("region") == PROPOSED)


def _added(lesion_map: LesionMap, event: Event) -> Edit:
    box, mask = _array(event)
    return lesion_map.add(mask, box)


def _split(lesion_map: LesionMap, event: Event) -> Edit:
    _, parts = _array(event)
    return lesion_map.split(event.payload["lesion"], parts)


def _painted(lesion_map: LesionMap, event: Event) -> Edit:
    box, mask = _array(event)
    (lesion_id,) = event.payload["lesions"]
    mend = lesion_map.paint if event.payload["action"] == "paint" else lesion_map.erase
    return mend(lesion_id, mask, box)


def _deleted(lesion_map: LesionMap, event: Event) -> Edit:
    return lesion_map.delete(*_several(event))


def _several(event: Event) -> list[int]:
    return event.payload.get("lesions") or [event.payload["lesion"]]


def _array(event: Event) -> tuple[Any, Any]:
    if event.blob is None:
        raise _disagreement(event)
    return unpack(event.blob)


_AGAIN: Mapping[Kind, Callable[[LesionMap, Event], Edit]] = {
    Kind.DELETED: _deleted,
    Kind.MARKED_PHYSIOLOGICAL: _deleted,
    Kind.ADDED: _added,
    Kind.SPLIT: _split,
    Kind.MERGED: lambda lesion_map, event: lesion_map.merge(event.payload["lesions"]),
    Kind.RENAMED: lambda lesion_map, event: lesion_map.amend(event.payload["lesion"], name=event.payload["name"]),
    Kind.ACCEPTED: lambda lesion_map, event: lesion_map.amend(*_several(event), accepted=True),
    Kind.PAINTED: _painted,
    Kind.EDITED_ELSEWHERE: lambda lesion_map, event: Change.from_event(event).do(lesion_map),
    Kind.UNDONE: lambda lesion_map, _: lesion_map.undo(),
    Kind.REDONE: lambda lesion_map, _: lesion_map.redo(),
}


def _check(event: Event, edit: Edit) -> None:
    """Compare the ids that came of an edit with those that came of it the first time."""
    new = [lesion.id for lesion in edit.added]
    expected = {Kind.ADDED: [event.payload.get("lesion")], Kind.SPLIT: event.payload.get("into")}
    expected[Kind.MERGED] = event.payload.get("into")
    if event.kind is Kind.EDITED_ELSEWHERE and event.payload["new"]:
        expected[event.kind] = [event.payload["lesion"]]
    if event.kind in expected and new != expected[event.kind]:
        raise _disagreement(event)


def _disagreement(event: Event) -> SceneError:
    message = (
        f"the journal of this case cannot be followed: event {event.sequence} ({event.kind.value}) leads elsewhere "
        "than when it was written. It was made by another version, or altered: move the journal away to begin anew."
    )
    return SceneError(message)
