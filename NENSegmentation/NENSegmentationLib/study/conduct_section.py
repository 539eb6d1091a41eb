"""The part of a study's page about how it was made: design, wash-out, readers, dates, versions, what was not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor
from statistics import median
from typing import Any

from .. import __version__
from .conduct import Conduct, ReaderConduct
from .page import UNDEFINED, counted, definitions, heading, paragraph, table
from .plan import Design, Method, Plan, PlannedArm
from .store_record import StoreRecord

_STARTS = {
    Method.THRESHOLD: "the lesions of the threshold method",
    Method.ENSEMBLE: "the lesions of an ensemble",
    Method.PREPARED: "a prepared segmentation",
    Method.BLANK: "nothing",
}
_FROM_TABLE = "not known from a table of readings"

Row = dict[str, Any]


def conduct_section(conduct: Conduct) -> list[str]:
    """Return how a study was planned and carried out, and what became of each reader's readings."""
    header = [
        "Reader",
        "Planned",
        "Complete",
        "Broken off",
        "Skipped",
        "Never begun",
        "Training, complete of planned",
        "First to last reading (UTC)",
        "Shortest wash-out kept (days)",
    ]
    caption = (
        "Measured readings: planned = complete + broken off (begun and not done) + skipped (the case could not be "
        "loaded) + never begun. Only complete ones are in the results."
    )
    rows = [_reader(one, conduct.record) for one in conduct.readers]
    return [
        heading("Design and conduct"),
        definitions(list(_facts(conduct).items()), beside=True),
        table(caption, header, rows),
        paragraph(f"Skipped: {_skipped(conduct)}."),
    ]


def conduct_tables(conduct: Conduct) -> dict[str, list[Row]]:
    """Return the same as rows of CSV files, by their names."""
    record = conduct.record
    readers = [{**vars(one), **_dates(one.reader, record)} for one in conduct.readers]
    return {
        "study.csv": [{"entry": name, "value": value} for name, value in _facts(conduct).items()],
        "readers.csv": readers,
        "skipped.csv": [vars(one) for one in conduct.skipped or ()],
        "rests.csv": [] if record is None else [vars(one) for one in record.rests],
    }


def _facts(conduct: Conduct) -> dict[str, str]:
    plan, record = conduct.plan, conduct.record
    facts = {
        "Design": _design(plan),
        **{f"Arm {arm.name}": _arm(arm, record) for arm in plan.arms},
        "Cases": _cases(plan),
        "Wash-out": _washout(plan, record),
        "Blinding": _blinding(plan),
        "Dates": _all_dates(record),
        "Plan": f"{plan.path.name}, SHA-256 {plan.identity}; order drawn from seed {plan.seed}",
        "Store": _FROM_TABLE if record is None else _store(record),
        "Software": f"Readings: {_software(record)}. This report: NENSegmentation {__version__}.",
    }
    return facts if plan.design is Design.CROSSOVER else {key: facts[key] for key in facts if key != "Wash-out"}


def _design(plan: Plan) -> str:
    blocks = f"{counted(plan.blocks, 'block')} in each" if plan.periods > 1 else counted(plan.blocks, "block")
    if plan.design is Design.CROSSOVER:
        return (
            f"Cross-over: each reader reads each case in each arm, in {counted(plan.periods, 'period')} with {blocks}."
        )
    return f"Split: each reader reads each case once, in one of {counted(len(plan.arms), 'arm')}; {blocks}."


def _arm(arm: PlannedArm, record: StoreRecord | None) -> str:
    said = f"Readers start from {_STARTS[arm.method]} (method {arm.method.value})."
    if arm.method is not Method.ENSEMBLE:
        return said
    if record is None:
        return f"{said} Model: {_FROM_TABLE}."
    models = [f"{title}, SHA-256 {identity}" for title, identity in record.models.get(arm.name, ())]
    return f"{said} Model: {'; '.join(models) or 'none was used yet'}."


def _cases(plan: Plan) -> str:
    training = [case for case in plan.cases if case.training]
    truths = sum(case.truth is not None and not case.training for case in plan.cases)
    first = "; read first in each period, and in no result" if training else ""
    measured = len(plan.cases) - len(training)
    return f"{measured} measured, {truths} of them with a truth; {len(training)} for training{first}."


def _washout(plan: Plan, record: StoreRecord | None) -> str:
    planned = f"Planned: {counted(plan.washout_days, 'day')} between two periods."
    if record is None:
        return f"{planned} Kept: {_FROM_TABLE}."
    if not record.between_periods:
        return f"{planned} No reader has begun a second period."
    days = sorted(rest.days for rest in record.rests)
    of_cases = (
        f"; from one reading of a case to the next by the same reader: median {median(days):.1f} days "
        f"({days[0]:.1f} to {days[-1]:.1f}, n = {len(days)})"
        if days
        else ""
    )
    # Rounded down: a day too short is not to read as kept.
    shortest = floor(10 * min(record.between_periods.values())) / 10
    less = " This is less than planned." if shortest < plan.washout_days else ""
    return f"{planned} Kept: at least {shortest:.1f} days{of_cases}.{less}"


def _blinding(plan: Plan) -> str:
    arm = "not told which arm a case was in" if plan.hide_arm else "told which arm a case was in"
    time = "shown" if plan.show_time else "not shown"
    return (
        f"Readers were {arm}, though what they start from may tell it; the time was {time} to them. Time without input "
        f"counts as idle after {plan.idle_s:g} s."
    )


def _all_dates(record: StoreRecord | None) -> str:
    if record is None:
        return _FROM_TABLE
    if not record.days:
        return "No case was on the screen yet."
    first, last = (pick(span[end] for span in record.days.values()) for pick, end in ((min, 0), (max, 1)))
    days = dict.fromkeys((f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"))
    return f"{' to '.join(days)} (UTC, by the clocks of the machines that were read on)."


def _store(record: StoreRecord) -> str:
    return (
        f"{counted(record.events, 'event')} of {counted(record.readings, 'reading')}, head SHA-256 {record.head}. Each "
        "event was found as it was written. The same head later means that nothing was added, altered or cut off since."
    )


def _software(record: StoreRecord | None) -> str:
    if record is None:
        return _FROM_TABLE
    return ", ".join(f"NENSegmentation {version}" for version in record.software) or "none yet"


def _reader(one: ReaderConduct, record: StoreRecord | None) -> list[str]:
    dates = _dates(one.reader, record)
    first, last = (UNDEFINED if dates[key] is None else dates[key][:10] for key in ("first", "last"))
    rest = dates["shortest_washout_days"]
    counts = [one.planned, one.complete, one.broken_off, one.skipped, one.never_begun]
    return [
        one.reader,
        *(UNDEFINED if count is None else str(count) for count in counts),
        f"{one.training_complete} of {one.training_planned}",
        first if first == last else f"{first} to {last}",
        UNDEFINED if rest is None else f"{rest:.1f}",
    ]


def _dates(reader: str, record: StoreRecord | None) -> Mapping[str, Any]:
    first, last = (None, None) if record is None else record.days.get(reader, (None, None))
    return {
        "first": None if first is None else first.isoformat(timespec="seconds"),
        "last": None if last is None else last.isoformat(timespec="seconds"),
        "shortest_washout_days": None if record is None else record.between_periods.get(reader),
    }


def _skipped(conduct: Conduct) -> str:
    if conduct.skipped is None:
        return f"{_FROM_TABLE}; such readings count as broken off"
    said: Sequence[str] = [f"{one.reader}, {one.case}, arm {one.arm} ({one.reason})" for one in conduct.skipped]
    return "; ".join(said) or "none"
