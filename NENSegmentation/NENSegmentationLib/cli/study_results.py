"""``nenseg study report`` and ``simulate``: what a study found, and what one would find."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.output import new_file, refuse_if_taken
from ..core.tables import NOTE
from ..study.conduct import Conduct
from ..study.distributions import DISTRIBUTIONS_TEMPLATE, default_distributions, read_distributions
from ..study.plan import Plan
from ..study.plan_file import read_plan
from ..study.readings import ReadingRow, read_readings_csv, reading_row
from ..study.skipping import skipped_of
from ..study.standing import standings
from ..study.store_record import StoreRecord
from .case import progress_bar
from .study_plan import add_plan
from .study_reread import reread
from .study_store import add_store, opened_store, refuse_altered

if TYPE_CHECKING:
    from ..study.reader_agreement import VoxelsOf

_NUMBERS = {
    "readers": (2, "readers"),
    "cases": (10, "cases that are measured"),
    "training": (0, "cases more, for training"),
    "controls": (0, "how many of the cases are negative controls"),
    "seed": (0, "the same one gives the same readings"),
    "largest": (20, "most cases that the power is found for"),
}


def add_report(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "report",
        help="write the report of a study",
        description="Write one page with tables and plots, and every number of it as CSV.",
    )
    add_plan(parser)
    source = parser.add_mutually_exclusive_group()
    add_store(source)
    source.add_argument("--readings", type=Path, metavar="CSV", help="readings.csv of an earlier report instead")
    parser.add_argument(
        "--without-images",
        action="store_true",
        help="leave out what needs the images: accuracy against the truth, and Dice between readers",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the results")
    parser.set_defaults(action=_report)
    return parser


def report_text(result: dict[str, Any]) -> list[str]:
    """Say what was written."""
    done = f"{result['done']} of {result['planned']} readings are done"
    said = [f"{done}, {result['with_accuracy']} of them held against a truth"]
    if result["controls_unknown"]:
        said.append(
            "Readings of which it is not known whether the case is a negative control: "
            f"{result['controls_unknown']}; the ratings count them"
        )
    return [*said, *_written(result)]


def add_simulate(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "simulate",
        help="simulate a study: how many cases would it take?",
        description="Draw the readings of a study at random and write their report, with the power by the number of "
        "cases. The figures that are drawn from are those of Carlsen et al. 2022 as far as they are published; "
        "--template writes them to a file to change.",
    )
    parser.add_argument("--distributions", type=Path, metavar="TOML", help="what the readings are drawn from")
    for name, (usual, words) in _NUMBERS.items():
        parser.add_argument(f"--{name}", type=int, default=usual, metavar="N", help=f"{words} (default {usual})")
    parser.add_argument(
        "--store", metavar="FILE|URL", help="write the readings to a new store as well, to see what it can take"
    )
    written = parser.add_mutually_exclusive_group(required=True)
    written.add_argument("--out", type=Path, metavar="DIR", help="new folder for the results")
    written.add_argument("--template", type=Path, metavar="TOML", help="write the usual distributions, and no more")
    parser.set_defaults(action=_simulate)
    return parser


def simulate_text(result: dict[str, Any]) -> list[str]:
    """Say what was written."""
    speed = result.get("events_per_s")
    said = [] if speed is None else [f"The store took {speed:.0f} events a second"]
    if "enough" in result:
        said.append(result["enough"])
    return [*said, *_written(result)]


def _report(arguments: argparse.Namespace) -> dict[str, Any]:
    # scipy.stats takes a second to load, which the other commands do not need.
    from ..study.study_report import report

    refuse_if_taken(arguments.out)
    plan = read_plan(arguments.plan, with_cases=False)
    conduct, rows, voxels_of = _read(plan, arguments)
    standing, arms = standings(plan, rows), [arm.name for arm in plan.arms]
    files = report(rows, plan.title, arguments.out, arms=arms, voxels_of=voxels_of, conduct=conduct)
    return {
        "action": "report",
        "planned": sum(one.planned for one in standing),
        "done": sum(one.done for one in standing),
        "with_accuracy": sum(row.done and row.negative_control is not None for row in rows),
        "controls_unknown": sum(row.done and not row.training and row.negative_control is None for row in rows),
        "files": [str(path) for path in files],
        "note": NOTE,
    }


def _simulate(arguments: argparse.Namespace) -> dict[str, Any]:
    from ..study.power import enough_text
    from ..study.simulated_reading import fill
    from ..study.study_report import simulation_report

    if arguments.template is not None:
        with new_file(arguments.template) as partial:
            partial.write_text(DISTRIBUTIONS_TEMPLATE, "utf-8")
        return {"action": "simulate", "files": [str(arguments.template)], "note": NOTE}
    refuse_if_taken(arguments.out)
    given = arguments.distributions
    distributions = default_distributions() if given is None else read_distributions(given)
    files, powers = simulation_report(
        distributions, arguments.out, **{name: getattr(arguments, name) for name in _NUMBERS}
    )
    speed = None
    if arguments.store is not None:
        speed = fill(arguments.store, read_readings_csv(arguments.out / "readings.csv"))
    return {
        "action": "simulate",
        "files": [str(path) for path in files],
        "events_per_s": speed,
        "enough": enough_text(powers, distributions, arguments.readers),
        "note": NOTE,
    }


def _read(plan: Plan, arguments: argparse.Namespace) -> tuple[Conduct, list[ReadingRow], VoxelsOf | None]:
    if arguments.readings is not None:
        rows = read_readings_csv(arguments.readings)
        standings(plan, rows)
        return Conduct.of(plan, rows), rows, None
    with opened_store(plan, arguments.store) as store:
        refuse_altered(store)
        # Once for all of it: readers may be at work, and what is said of the store is to fit the rows.
        recorded = store.recorded()
        rows = [reading_row(begun, events) for begun, events in recorded]
        standings(plan, rows)
        conduct = Conduct.of(plan, rows, skipped_of(recorded), StoreRecord.of(plan, recorded))
        if arguments.without_images:
            return conduct, rows, None
        with progress_bar("Reading again") as progress:
            return conduct, *reread(plan, store, rows, progress)


def _written(result: dict[str, Any]) -> list[str]:
    return [*(f"Wrote {path}" for path in result["files"]), result["note"]]
