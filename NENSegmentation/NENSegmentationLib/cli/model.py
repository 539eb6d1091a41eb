"""``nenseg model``: take over a model of others, and show what a model is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..ensemble.importing import import_model
from ..ensemble.model import Model, read_model


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
    shown.add_argument("folder", type=Path, metavar="MODELDIR", help="model folder")
    shown.set_defaults(action=_show)
    for action in (taken, shown):
        # The command sets it too, and what it sets is not to be lost where the option stands after the action.
        action.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the result as JSON")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Do what is asked."""
    return arguments.action(arguments)


def text(result: dict[str, Any]) -> str:
    """Say what the model is."""
    card = result["card"]
    lines = [
        str(card.get("title", "A model without a title" if card else "A model without a card")),
        f"Channels: {', '.join(result['channels'])}; {result['configuration']}; folds: {', '.join(result['folds'])}",
    ]
    titles = {"intended_use": "Intended use", "data": "Data", "source": "Source"}
    lines += [f"{title}: {card[key]}" for key, title in titles.items() if key in card]
    # Whoever made the model wrote the card: what has another shape than ours is shown as it is.
    figures = card.get("figures") or {}
    by_fold = figures if isinstance(figures, dict) else {"figures": figures}
    lines += [f"{fold}: {_figures(given)}" for fold, given in by_fold.items()]
    if "note" in card:
        lines.append(str(card["note"]))
    return "\n".join([*lines, f"{'Wrote ' if result['written'] else ''}{result['model']}"])


def _figures(given: object) -> str:
    if isinstance(given, dict):
        return ", ".join(f"{name} {_figures(value)}" for name, value in given.items())
    return f"{given:.4g}" if isinstance(given, float) else str(given)


def _import(arguments: argparse.Namespace) -> dict[str, Any]:
    return _described(import_model(arguments.source, arguments.out, arguments.configuration), written=True)


def _show(arguments: argparse.Namespace) -> dict[str, Any]:
    return _described(read_model(arguments.folder), written=False)


def _described(model: Model, *, written: bool) -> dict[str, Any]:
    return {
        "model": str(model.folder),
        "written": written,
        "channels": list(model.channels),
        "configuration": model.first.configuration,
        "folds": [fold.name for fold in model.folds],
        "card": model.card,
    }
