"""``nenseg study run``: the readers of a study read in a browser."""

from __future__ import annotations

import argparse
from typing import Any

from . import reader
from .study_plan import add_plan


def add_run(actions: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the action."""
    parser = actions.add_parser(
        "run",
        help="let the readers read in a browser",
        description="The same as `nenseg reader --study STUDY.TOML`, which has options for the server: a study that "
        "has not begun is checked first, as `nenseg study check` does. In Slicer, open the plan in the section Reader "
        "study of the module instead.",
    )
    add_plan(parser)
    parser.set_defaults(action=_run)
    return parser


def run_text(result: dict[str, Any]) -> list[str]:
    """Say that it is over."""
    return [reader.text(result)]


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    asked = reader.add_parser(argparse.ArgumentParser().add_subparsers()).parse_args(["--study", str(arguments.plan)])
    asked.json = arguments.json
    return {"action": "run", **reader.run(asked)}
