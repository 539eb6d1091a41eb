"""Which of nnU-Net's trainers build the network of the plans, and not one of their own."""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import EnsembleError

_DEFAULT = "nnUNetTrainer"
_BUILDS = "build_network_architecture"


def require_plain_trainer(name: str, place: Path) -> None:
    """Refuse a trainer whose network is not known from the plans.

    Parameters
    ----------
    name : str
        Of the class that trained, as the checkpoint says.
    place : Path
        Of the model.

    Raises
    ------
    EnsembleError
        If nnU-Net has no such trainer, or it builds a network of its own.
    """
    if name == _DEFAULT:
        return
    classes = _trainers()
    if name not in classes:
        message = (
            f"{place}: the model was trained by {name}, which is no trainer of nnU-Net, so its network is not known. "
            f"Use a model of one of nnU-Net's own trainers."
        )
        raise EnsembleError(message)
    while name != _DEFAULT:
        bases, builds = classes.get(name, ((), True))
        if builds or not bases:
            message = (
                f"{place}: the trainer {name} builds a network of its own, which plans.json does not describe. Use a "
                f"model of nnU-Net's default trainer."
            )
            raise EnsembleError(message)
        name = bases[0]


@cache
def _trainers() -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return, by its name, each trainer's bases and whether it builds a network; read, because importing takes long."""
    found = {}
    for package in find_spec("nnunetv2").submodule_search_locations:
        for path in (Path(package) / "training" / "nnUNetTrainer").rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases = tuple(base.id for base in node.bases if isinstance(base, ast.Name))
                    builds = any(isinstance(part, ast.FunctionDef) and part.name == _BUILDS for part in node.body)
                    found[node.name] = (bases, builds)
    return found
