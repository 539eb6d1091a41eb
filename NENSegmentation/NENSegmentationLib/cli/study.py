"""``nenseg study``: plan a reader study, see how far it is, and report it."""

from __future__ import annotations

import argparse
from typing import Any

from .study_plan import add_check, add_init, check_text, init_text
from .study_predict import add_predict, predict_text
from .study_results import add_report, add_simulate, report_text, simulate_text
from .study_run import add_run, run_text
from .study_store import add_status, status_text

_ACTIONS = (add_init, add_check, add_predict, add_run, add_status, add_report, add_simulate)
_TEXTS = {
    "init": init_text,
    "check": check_text,
    "predict": predict_text,
    "run": run_text,
    "status": status_text,
    "report": report_text,
    "simulate": simulate_text,
}


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "study",
        help="plan a timed reader study, and report it",
        description="Readers correct cases in several arms, blinded and timed; the plan of the study is a file.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for add in _ACTIONS:
        action = add(actions)
        # The command sets it too, and what it sets is not to be lost where the option stands after the action.
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the result as JSON")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Do what is asked."""
    return arguments.action(arguments)


def text(result: dict[str, Any]) -> str:
    """Say what was done."""
    return "\n".join(_TEXTS[result["action"]](result))
