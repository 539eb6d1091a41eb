"""What is known of each reading of a study, one row each: between the store and the report, and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from ..core.csv_cells import cell, text_of
from ..core.evaluation import METRICS
from .durations import durations_of
from .errors import StudyError
from .events import ACTIONS, Event, Kind
from .store_chain import BegunReading

PROPOSAL = "proposal_"
"""What the columns begin with that are about what the reader was shown."""


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """One case read by one reader in one arm; what is not known is None.

    Attributes
    ----------
    reader, case, arm : str
        Who read what in which arm; the case by its code name.
    position : int
        Of the case in the order of this reader, from 1.
    block : int
        Of that order, from 1.
    training : bool
        Whether the case is only there to learn the tool by.
    active_s, idle_s, paused_s : float
        Times (s), each apart; loading and inference are in the paused one.
    done : bool
        Whether the reader is through.
    deletes, adds, undos, other_actions : int
        What the reader did to the lesions, by counts of actions; undone ones count too. Marking as physiological is a
        delete; the segmentation that a reading begins with is none of them.
    rating : int or None
        1 to 5, the last one given.
    comment : str
        The one given with it.
    lesions : int or None
        How many there were at Done.
    volume_ml : float or None
        Of all lesions at Done (mL).
    negative_control : bool or None
        Whether the truth is a patient without tumour.
    voxel_dice, ..., suggested_rating
        What the reader left against the truth, if there is one: the `METRICS` of an evaluation; volumes in mL.
    proposal_voxel_dice, ..., proposal_suggested_rating
        Likewise what the reader was shown at the beginning, if it was made by a method.
    proposal_lesions : int or None
        How many connected parts that had.
    proposal_volume_ml : float or None
        Of all of them (mL).
    """

    reader: str
    position: int
    case: str
    arm: str
    block: int
    training: bool
    active_s: float
    idle_s: float
    paused_s: float
    done: bool
    deletes: int
    adds: int
    undos: int
    other_actions: int
    rating: int | None
    comment: str
    lesions: int | None
    volume_ml: float | None
    negative_control: bool | None = None
    voxel_dice: float | None = None
    voxel_precision: float | None = None
    voxel_sensitivity: float | None = None
    lesion_dice: float | None = None
    lesion_precision: float | None = None
    lesion_sensitivity: float | None = None
    false_positive_ml: float | None = None
    false_negative_ml: float | None = None
    suggested_rating: int | None = None
    proposal_voxel_dice: float | None = None
    proposal_voxel_precision: float | None = None
    proposal_voxel_sensitivity: float | None = None
    proposal_lesion_dice: float | None = None
    proposal_lesion_precision: float | None = None
    proposal_lesion_sensitivity: float | None = None
    proposal_false_positive_ml: float | None = None
    proposal_false_negative_ml: float | None = None
    proposal_suggested_rating: int | None = None
    proposal_lesions: int | None = None
    proposal_volume_ml: float | None = None


READING_COLUMNS = tuple(field.name for field in fields(ReadingRow))

_OTHER_ACTIONS = frozenset(ACTIONS) - {
    Kind.SEGMENTED,
    Kind.DELETED,
    Kind.MARKED_PHYSIOLOGICAL,
    Kind.ADDED,
    Kind.UNDONE,
}

_TRUTHS = {"yes": True, "no": False}

# Lowest and highest value of a column; counts, times and volumes have no highest one.
_ANY = (0, math.inf)
_RATIOS = [metric for metric in METRICS if metric.startswith(("voxel_", "lesion_"))]
_LIMITS = {
    "position": (1, math.inf),
    "block": (1, math.inf),
    **dict.fromkeys(("rating", "suggested_rating", f"{PROPOSAL}suggested_rating"), (1, 5)),
    **{f"{of}{ratio}": (0, 1) for of in ("", PROPOSAL) for ratio in _RATIOS},
}


def reading_row(begun: BegunReading, events: Sequence[Event]) -> ReadingRow:
    """Return what the events of one reading say; what needs the truth is None.

    Parameters
    ----------
    begun : BegunReading
        Which one it is.
    events : sequence of Event
        All of it, in order. Lesions and volume are those of the last Done.

    Returns
    -------
    ReadingRow
    """
    spent = durations_of(events)
    counts = Counter(event.kind for event in events)
    last = {event.kind: event.payload for event in events}
    outcome = last.get(Kind.DONE, {})
    judged = last.get(Kind.RATED, {"rating": None, "comment": ""})
    deletes = counts[Kind.DELETED] + counts[Kind.MARKED_PHYSIOLOGICAL]
    return ReadingRow(
        **{name: getattr(begun, name) for name in ("reader", "position", "case", "arm", "block", "training")},
        **asdict(spent),
        done=Kind.DONE in last,
        deletes=deletes,
        adds=counts[Kind.ADDED],
        undos=counts[Kind.UNDONE],
        other_actions=sum(counts[kind] for kind in _OTHER_ACTIONS),
        rating=judged["rating"],
        comment=judged["comment"],
        lesions=outcome.get("lesions"),
        volume_ml=outcome.get("volume_ml"),
    )


def readings_csv(rows: Iterable[ReadingRow]) -> str:
    """Return readings as CSV with a header.

    Parameters
    ----------
    rows : iterable of ReadingRow

    Returns
    -------
    str
        The columns are `READING_COLUMNS`; yes and no, numbers with all their digits, an apostrophe before a text that a
        spreadsheet would compute, and nothing where nothing is known, so that `read_readings_csv` gives equal rows.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(READING_COLUMNS)
    writer.writerows([_text(getattr(row, name)) for name in READING_COLUMNS] for row in rows)
    return file.getvalue()


def read_readings_csv(path: Path) -> list[ReadingRow]:
    """Return the readings of a file that `readings_csv` wrote.

    Parameters
    ----------
    path : Path
        UTF-8; columns in any order, others besides are passed over.

    Returns
    -------
    list of ReadingRow

    Raises
    ------
    StudyError
        If the file cannot be read, lacks a column, or holds something that has no place in its column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lines = [(reader.line_num, line) for line in reader]
            missing = [name for name in READING_COLUMNS if name not in (reader.fieldnames or ())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        message = f"{path.name}: the readings cannot be read ({reason}). Give the CSV file that a report wrote."
        raise StudyError(message) from error
    if missing:
        message = f"{path.name}: the column {missing[0]} is missing. Give the CSV file of readings that a report wrote."
        raise StudyError(message)
    return [_row(line, f"{path.name}, line {number}") for number, line in lines]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(cell(value))


def _row(line: dict[str, str | None], where: str) -> ReadingRow:
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(ReadingRow).items():
        text = line[name]
        if text is None:
            message = f"{where}: the line breaks off before {name}. Give the whole file, or write the report anew."
            raise StudyError(message)
        optional = get_args(hint)
        values[name] = None if optional and not text else _value(text, optional[0] if optional else hint, where, name)
    return ReadingRow(**values)


def _value(text: str, kind: type, where: str, name: str) -> object:
    try:
        value = _TRUTHS[text] if kind is bool else kind(text)
    except (KeyError, ValueError) as error:
        expected = {bool: "yes or no", int: "a whole number", float: "a number"}[kind]
        message = f"{where}: {name} has to be {expected}, but is {text!r}. Mend the line, or write the report anew."
        raise StudyError(message) from error
    low, high = _LIMITS.get(name, _ANY)
    if kind is str:
        return text_of(text)
    if kind in (int, float) and not (math.isfinite(value) and low <= value <= high):
        limits = f"from {low} to {high}" if math.isfinite(high) else f"of {low} or more"
        message = (
            f"{where}: {name} has to be a number {limits}, but is {text!r}. Mend the line, or write the report anew."
        )
        raise StudyError(message)
    return value
