"""``nenseg study status``, and the store that a study is read from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ..study.plan import Plan
from ..study.plan_file import read_plan
from ..study.reading_state import ReadingState
from ..study.skipping import skip_sentence
from ..study.standing import Standing, standings
from ..study.store import Store
from ..study.store_record import head_of
from ..study.washout import washout_end
from .errors import UsageError
from .study_plan import add_plan

_SQLITE = "sqlite:///"
_MINUTE_S = 60

_VERIFIED = (
    "Nothing that is there was altered after it was written.\n"
    "Head of the store: SHA-256 {head}. Events cut off at the end of a reading, and a last reading taken out whole, "
    "show only in that it is another one than was noted before."
)
"""A chain of hashes binds each event to those before it; nothing follows the last one to miss it."""


def add_store(parser: argparse._ActionsContainer) -> None:
    """Add the option that names the store of a study."""
    parser.add_argument(
        "--store",
        metavar="FILE|URL",
        help="the store of the study, such as postgresql://READER@SERVER/STUDY (default: what the plan names, or the "
        "file beside it that ends in .db)",
    )


@contextmanager
def opened_store(plan: Plan, given: str | None) -> Iterator[Store]:
    """Open the store of a study that has begun; none is made.

    Parameters
    ----------
    plan : Plan
        Of the study.
    given : str or None
        What the option says.

    Yields
    ------
    Store

    Raises
    ------
    UsageError
        If there is no such file.
    JournalError
        See `Store.open`.
    """
    place = str(plan.store if given is None else given)
    file = Path(place.removeprefix(_SQLITE))
    if ("://" not in place or place.startswith(_SQLITE)) and not file.is_file():
        message = (
            f"{file}: there is no store of the study yet. It begins with the first reading; or name it with --store."
        )
        raise UsageError(message)
    with Store.open(place if "://" in place else file, plan.identity, make=False) as store:
        yield store


def refuse_altered(store: Store) -> None:
    """Refuse a store in which something is not as it was written.

    Raises
    ------
    UsageError
        With a line for each thing that was altered, and what to do.
    JournalError
        If the store cannot be read.
    """
    if altered := store.verify():
        raise UsageError("\n".join([*altered, "Give the unaltered store, such as a copy that was made before."]))


def add_status(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "status",
        help="say how far each reader is",
        description="Say for each reader how many readings are done, how long they took, and what comes next.",
    )
    add_plan(parser)
    add_store(parser)
    parser.add_argument("--verify", action="store_true", help="look for anything that was altered after it was written")
    parser.set_defaults(action=_status)
    return parser


def status_text(result: dict[str, Any]) -> list[str]:
    """Say where each reader stands."""
    lines = [_standing_line(one) for one in result["readers"]]
    lines += [f"{one['reader']}: {skip_sentence(one['case'], one['reason'])}" for one in result["skipped"]]
    return [*lines, _VERIFIED.format(head=result["head"])] if result["verified"] else lines


def _status(arguments: argparse.Namespace) -> dict[str, Any]:
    plan = read_plan(arguments.plan, with_cases=False)
    with opened_store(plan, arguments.store) as store:
        if arguments.verify:
            refuse_altered(store)
        rows, states, skipped = store.readings(), store.states(), store.skipped()
        now = store.clock.wall()
        head = head_of(store.recorded()) if arguments.verify else None
    standing = standings(plan, rows)
    rests = {one.reader: _rest(plan, one, states, now) for one in standing}
    active_s = {one.reader: sum(row.active_s for row in rows if row.reader == one.reader) for one in standing}
    return {
        "action": "status",
        "plan": str(arguments.plan),
        "readers": [_described(one, active_s[one.reader], rests[one.reader]) for one in standing],
        "skipped": [{"reader": one.reader, "case": one.case, "reason": one.reason} for one in skipped],
        "verified": arguments.verify,
        "head": head,
    }


def _rest(plan: Plan, standing: Standing, states: list[ReadingState], now: datetime) -> datetime | None:
    """Return until when the next case of a reader has to rest; None if it may be read now."""
    if standing.next is None:
        return None
    until = washout_end(plan, standing.next, [one for one in states if one.reader == standing.reader])
    return until if until is not None and until > now else None


def _described(standing: Standing, active_s: float, rest: datetime | None) -> dict[str, Any]:
    """Return it without the arm that comes next: whoever looks on may be that reader."""
    return {
        "reader": standing.reader,
        "planned": standing.planned,
        "begun": standing.begun,
        "done": standing.done,
        "active_s": active_s,
        "next": None
        if standing.next is None
        else {
            "position": standing.next.position,
            "block": standing.next.block,
            "case": standing.next.case,
            "not_before": None if rest is None else rest.isoformat(timespec="seconds"),
        },
    }


def _standing_line(one: dict[str, Any]) -> str:
    begun = f", {one['begun']} begun" if one["begun"] else ""
    after = one["next"]
    to_come = "" if after is None else f"; next {after['case']}, position {after['position']}, block {after['block']}"
    if after is not None and after["not_before"]:
        to_come += f", after the wash-out on {after['not_before'][:16].replace('T', ' ')} UTC"
    minutes = one["active_s"] / _MINUTE_S
    return f"{one['reader']}: {one['done']} of {one['planned']} readings done{begun}, {minutes:.1f} min active{to_come}"
