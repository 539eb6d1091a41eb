"""Lesions that came from elsewhere, as the journal of a case holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..core.boxes import box_of, whole
from ..core.lesion import IDENTITY, Origin
from ..core.lesions import LesionMap
from ..core.volume import shape
from ..study.arrays import pack, unpack
from ..study.events import Event
from .errors import SceneError

METHOD = "given"
"""What a journal and a summary call lesions that came from elsewhere."""

ENSEMBLE = Origin.ENSEMBLE.value
"""What they call lesions that an ensemble found; the journal holds them in the same way."""


def given_payload(
    lesion_map: LesionMap, warnings: Iterable[str] = (), ensemble: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], bytes]:
    """Return what the journal holds of lesions that came from elsewhere: all that it takes to have them again.

    Parameters
    ----------
    lesion_map : LesionMap
        As it was opened, before any edit.
    warnings : iterable of str
        What was left out or changed on the way.
    ensemble : mapping, optional
        Which model found them and how it was computed, where an ensemble did.

    Returns
    -------
    payload : dict
        For an event of the kind SEGMENTED: the method, and as its rule what each lesion is called and what found it,
        and the warnings.
    blob : bytes
        The labels, in the smallest box that holds them.
    """
    box = box_of(lesion_map.labels > 0) or whole((0, 0, 0))
    lesions = [{key: getattr(lesion, key) for key in IDENTITY} for lesion in lesion_map.lesions.values()]
    rule = {"lesions": lesions, "warnings": list(warnings)}
    if ensemble is not None:
        rule["ensemble"] = dict(ensemble)
    method = METHOD if ensemble is None else ENSEMBLE
    return {"method": method, "rule": rule}, pack(box, lesion_map.labels[box])


def given_warnings(event: Event) -> tuple[str, ...]:
    """Return what an event of `given_payload` says was left out or changed."""
    return tuple(event.payload["rule"].get("warnings", ()))


def lesions_from_given(pet: sitk.Image, event: Event) -> LesionMap:
    """Return the lesions that an event of `given_payload` holds.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), of the case of the journal.
    event : Event
        Of the kind SEGMENTED, with the method "given" or "ensemble".

    Returns
    -------
    LesionMap
        As it was; measures are taken again.

    Raises
    ------
    SceneError
        If the event does not fit the PET, or its labels do not fit its lesions.
    JournalError
        If its array cannot be unpacked.
    """
    if event.blob is None:
        raise _disagreement(event)
    box, values = unpack(event.blob)
    labels = np.zeros(shape(pet), np.int32)
    if any(side.start < 0 or side.stop > n for side, n in zip(box, labels.shape, strict=True)):
        raise _disagreement(event)
    labels[box] = values
    known = {one["id"]: one for one in event.payload["rule"]["lesions"]}
    measured = LesionMap.from_labels(pet, labels, origin=Origin.SEED)
    if measured.lesions.keys() != known.keys():
        raise _disagreement(event)
    lesions = [replace(lesion, **_identity(known[lesion.id])) for lesion in measured.lesions.values()]
    return LesionMap(pet, measured.labels, lesions)


def _identity(said: dict[str, Any]) -> dict[str, Any]:
    """Return what JSON made lists and texts of as what it was."""
    return {**said, "colour": tuple(said["colour"]), "origin": Origin(said["origin"])}


def _disagreement(event: Event) -> SceneError:
    message = (
        f"the journal of this case cannot be followed: the lesions that event {event.sequence} holds do not fit the "
        "PET. It was made by another version, or altered: move the journal away to begin anew."
    )
    return SceneError(message)
