"""``nenseg model``: take over a model of others, show what a model is, and say how well it does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..ensemble.card_text import card_lines
from ..ensemble.evaluated import put_into_card
from ..ensemble.importing import import_model
from ..ensemble.model import Model, read_model
from ..ensemble.models import model_folder, said_of


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "model",
        help="import a model, or show what it is",
        description="Take over a model that nnU-Net trained, or show what a model is. Only weights and plain values "
        "are read: a file that holds more is refused.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    taken = actions.add_parser("import", help="take over a model of nnU-Net")
    taken.add_argument(
        "source", type=Path, metavar="ZIP|FOLDER", help="zip that nnUNetv2_export_model_to_zip wrote, or a model folder"
    )
    taken.add_argument("--configuration", metavar="NAME", help="3d_fullres, 2d ...: where there are several in it")
    taken.add_argument("--out", required=True, type=Path, metavar="MODELDIR", help="new folder for the model")
    taken.set_defaults(action=_import)
    shown = actions.add_parser("show", help="show the card of a model")
    shown.set_defaults(action=_show)
    judged = actions.add_parser("evaluated", help="put the figures of an evaluation into the card of a model")
    judged.set_defaults(action=_evaluated)
    for action in (shown, judged):
        action.add_argument(
            "folder", metavar="MODELDIR", help="model folder, or the name of a model that comes with the program"
        )
    judged.add_argument(
        "evaluation", type=Path, metavar="DIR", help="folder that evaluate --model wrote, on cases it has not seen"
    )
    for action in (taken, shown, judged):
        # The command sets it too, and what it sets is not to be lost where the option stands after the action.
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the result as JSON")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Do what is asked."""
    return arguments.action(arguments)


def text(result: dict[str, Any]) -> str:
    """Say what the model is."""
    card, folder = result["card"], Path(result["model"])
    lines = [
        said_of(folder, card) if card.get("title") else f"A model without a {'title' if card else 'card'}",
        f"Channels: {', '.join(result['channels'])}; {result['configuration']}; folds: {', '.join(result['folds'])}",
        *card_lines(card),
    ]
    if "note" in card:
        lines.append(str(card["note"]))
    return "\n".join([*lines, f"{'Wrote ' if result['written'] else ''}{folder}"])


def _import(arguments: argparse.Namespace) -> dict[str, Any]:
    return _described(import_model(arguments.source, arguments.out, arguments.configuration), written=True)


def _show(arguments: argparse.Namespace) -> dict[str, Any]:
    return _described(read_model(model_folder(arguments.folder)), written=False)


def _evaluated(arguments: argparse.Namespace) -> dict[str, Any]:
    model = read_model(model_folder(arguments.folder))
    put_into_card(model, arguments.evaluation)
    return _described(read_model(model.folder), written=True)


def _described(model: Model, *, written: bool) -> dict[str, Any]:
    return {
        "model": str(model.folder),
        "written": written,
        "channels": list(model.channels),
        "configuration": model.first.configuration,
        "folds": [fold.name for fold in model.folds],
        "card": model.card,
    }
