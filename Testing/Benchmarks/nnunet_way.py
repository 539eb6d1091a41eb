"""nnU-Net's own way to the mean of the folds' probabilities, and ours: from files to files, as programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from process_tree import Cost, cost_of


def our_cost(folder: Path, mode: str) -> Cost:
    """Predict the case in ``in`` by ``model``; the result lies in a folder named as the mode."""
    program = str(Path(__file__).with_name("predicted_by_us.py"))
    places = [str(folder / name) for name in ("in", mode, "model")]
    return cost_of([sys.executable, program, *places, mode], dict(os.environ), folder / "log.txt")


def nnunet_cost(folder: Path, folds: Iterable[int | str]) -> Cost:
    """Predict it by nnU-Net, each fold with its probabilities, then their mean; the result lies in ``mean``."""
    environment = {**os.environ, **dict.fromkeys(("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"), str(folder))}
    programs = Path(sys.executable).parent
    places = ["-i", str(folder / "in"), "-m", str(folder / "model")]
    # One case: one process that prepares it and one that writes it are what it can use.
    options = ["-device", "cpu", "--disable_tta", "--save_probabilities", "-npp", "1", "-nps", "1"]
    cost = Cost(0.0, 0.0)
    outputs = []
    for fold in folds:
        outputs.append(str(folder / f"fold_{fold}"))
        command = [str(programs / "nnUNetv2_predict_from_modelfolder"), *places, "-o", outputs[-1], "-f", str(fold)]
        cost += cost_of([*command, *options], environment, folder / "log.txt")
    merge = [str(programs / "nnUNetv2_ensemble"), "-i", *outputs, "-o", str(folder / "mean"), "-np", "1", "--save_npz"]
    return cost + cost_of(merge, environment, folder / "log.txt")
