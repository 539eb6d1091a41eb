"""What happens in a case, as it is written down: kinds, their payload, and the chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What happened; in brackets what the payload has to hold (more may be added).

    Ids are those of the lesion map, places RAS mm, uptake SUVbw (g/mL), times ns of the journal's clock. ``blob`` marks
    kinds that need an array to be replayed (`arrays.pack`).
    """

    OPENED = "opened"
    """The journal was opened (case_key, software)."""
    SHOWN = "shown"
    """The case came on the screen, and its time runs (case: its code name, reader, idle_after_s)."""
    SEGMENTED = "segmented"
    """Lesions were found (method: threshold, ensemble or given; rule: all that it takes to find them again).

    With the method threshold, region: proposed or placed."""
    REGION_USED = "region_used"
    """The threshold for added lesions is that of a region from here on, and the lesions stayed (region, rule)."""
    DELETED = "deleted"
    """A lesion was deleted (lesion, place or null), or several at once (lesions as well)."""
    ADDED = "added"
    """A lesion was added (lesion: its new id, place or null, rule) and a blob: its mask."""
    SPLIT = "split"
    """A lesion was divided (lesion, into: the new ids) and a blob: the number of the part in each voxel."""
    MERGED = "merged"
    """Lesions became one (lesions, into: the new id)."""
    RENAMED = "renamed"
    """A lesion got a name (lesion, name)."""
    ACCEPTED = "accepted"
    """A lesion was looked at and kept (lesion), or several at once (lesions as well)."""
    MARKED_PHYSIOLOGICAL = "marked_physiological"
    """Uptake is normal for its organ (lesion), or several at once (lesions as well)."""
    PAINTED = "painted"
    """Voxels were painted or erased (lesions: the id mended, action: paint or erase) and a blob: the mask drawn."""
    EDITED_ELSEWHERE = "edited_elsewhere"
    """A lesion was changed by another module of Slicer (lesion, new, deleted, name, colour); with a blob: its mask."""
    UNDONE = "undone"
    """The last edit was taken back."""
    REDONE = "redone"
    """The last edit taken back was done again."""
    PAUSED = "paused"
    """Time stands still (reason: reader, loading, inference or away)."""
    RESUMED = "resumed"
    """Time runs again."""
    IDLE = "idle"
    """There was no input for too long (began_ns: when that time was over)."""
    ACTIVE = "active"
    """The first input after idleness."""
    HEARTBEAT = "heartbeat"
    """The program is alive: a kill afterwards loses no time from before."""
    DONE = "done"
    """The reader is through, and time stops (lesions, volume_ml: what there is then, where it is known)."""
    RATED = "rated"
    """The reader judged the result (rating: 1 to 5, comment)."""
    SKIPPED = "skipped"
    """The case could not be loaded and was passed over (reason: `skipping.SkipReason`; never a file's name)."""
    SALVAGED = "salvaged"
    """The journal was damaged at its end, and its rest set aside (kept: number of events that were whole)."""
    CLOSED = "closed"
    """The journal was closed in order."""


ACTIONS = (
    Kind.SEGMENTED,
    Kind.DELETED,
    Kind.ADDED,
    Kind.SPLIT,
    Kind.MERGED,
    Kind.RENAMED,
    Kind.ACCEPTED,
    Kind.MARKED_PHYSIOLOGICAL,
    Kind.PAINTED,
    Kind.EDITED_ELSEWHERE,
    Kind.UNDONE,
    Kind.REDONE,
)
"""What a reader does to the lesions: each is input, and each is counted in the time log."""

REQUIRED: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(keys.split())
    for kind, keys in {
        Kind.OPENED: "case_key software",
        Kind.SHOWN: "case reader idle_after_s",
        Kind.SEGMENTED: "method rule",
        Kind.REGION_USED: "region rule",
        Kind.DELETED: "lesion place",
        Kind.ADDED: "lesion place rule",
        Kind.SPLIT: "lesion into",
        Kind.MERGED: "lesions into",
        Kind.RENAMED: "lesion name",
        Kind.ACCEPTED: "lesion",
        Kind.MARKED_PHYSIOLOGICAL: "lesion",
        Kind.PAINTED: "lesions",
        Kind.EDITED_ELSEWHERE: "lesion new deleted name colour",
        Kind.PAUSED: "reason",
        Kind.IDLE: "began_ns",
        Kind.RATED: "rating comment",
        Kind.SKIPPED: "reason",
        Kind.SALVAGED: "kept",
    }.items()
}
"""The keys without which a payload cannot be replayed or counted."""

WITH_BLOB = frozenset({Kind.ADDED, Kind.SPLIT, Kind.PAINTED})
"""The kinds that cannot be replayed without an array."""

GENESIS = "0" * 64
"""What stands for the hash before the first event."""

Row = tuple[int, str, str, str, "bytes | None", str, int, str, str]
"""An event as it is stored: sequence, run, kind, payload, blob, wall, elapsed_ns, previous, hash."""


@dataclass(frozen=True)
class Event:
    """One entry of a journal.

    Attributes
    ----------
    sequence : int
        From 1, without gaps.
    run : str
        One random name per opening of the journal; ``elapsed_ns`` can be compared within a run only.
    kind : Kind
        What happened.
    payload : mapping
        Its particulars: plain JSON, see `Kind`.
    blob : bytes or None
        An array (`arrays.unpack`).
    wall : str
        UTC, ISO 8601.
    elapsed_ns : int
        The clock for durations (ns).
    previous, hash : str
        SHA-256 (hex) of the event before, and of this one with ``previous``.
    """

    sequence: int
    run: str
    kind: Kind
    payload: Mapping[str, Any]
    blob: bytes | None
    wall: str
    elapsed_ns: int
    previous: str
    hash: str


def checked_payload(kind: Kind, payload: Mapping[str, object], blob: bytes | None) -> str:
    """Return a payload as canonical JSON: keys sorted, no blanks, ASCII.

    Parameters
    ----------
    kind : Kind
        What happened.
    payload : mapping
        Plain values; numpy's become lists and numbers.
    blob : bytes or None
        The array that goes with it.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If something that ``kind`` needs is missing, or a value has no place in JSON.
    ValueError
        If a number is not finite.
    """
    missing = sorted(REQUIRED.get(kind, frozenset()) - payload.keys())
    if missing or (kind in WITH_BLOB and blob is None):
        message = f"the event {kind.value!r} lacks {', '.join(missing) or 'its array'}."
        raise TypeError(message)
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    to_list = getattr(value, "tolist", None)
    if to_list is None:
        message = f"{type(value).__name__} has no place in JSON."
        raise TypeError(message)
    return to_list()


def sealed(
    sequence: int, run: str, kind: str, payload: str, blob: bytes | None, wall: str, elapsed_ns: int, previous: str
) -> Row:
    """Return an event as a row with the hash that seals it."""
    blob_hash = None if blob is None else hashlib.sha256(blob).hexdigest()
    content = json.dumps([sequence, run, kind, payload, blob_hash, wall, elapsed_ns, previous])
    seal = hashlib.sha256(content.encode()).hexdigest()
    return sequence, run, kind, payload, blob, wall, elapsed_ns, previous, seal


def is_sealed(row: Row) -> bool:
    """Return whether a row is as it was written: its hash is that of its content."""
    types: tuple[type | tuple[type, ...], ...] = (int, str, str, str, (bytes, type(None)), str, int, str, str)
    return all(isinstance(value, type_) for value, type_ in zip(row, types, strict=True)) and sealed(*row[:-1]) == row


def breaks(rows: Sequence[Row], previous: str = GENESIS, before: int = 0) -> list[int]:
    """Return the places (from 0) of the rows that are not whole or do not follow the one before.

    Parameters
    ----------
    rows : sequence of tuple
        Of one chain, by their sequence numbers.
    previous : str
        What stands for the hash before the first.
    before : int
        How many rows of the chain stand before these, elsewhere.
    """
    number, places = before, []
    for place, row in enumerate(rows):
        if not (is_sealed(row) and row[0] == number + 1 and row[7] == previous):
            places.append(place)
        number, previous = row[0], row[8]
    return places


def number_of_break(rows: Sequence[Row], place: int) -> int:
    """Return the number of the event that is missing or altered at a place of `breaks`."""
    return rows[place - 1][0] + 1 if place else 1


def event_of(row: Row) -> Event:
    """Return a sealed row as an event.

    Raises
    ------
    ValueError
        If its kind is not known here.
    """
    sequence, run, kind, payload, blob, wall, elapsed_ns, previous, seal = row
    return Event(sequence, run, Kind(kind), json.loads(payload), blob, wall, elapsed_ns, previous, seal)
