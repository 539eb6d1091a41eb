"""What ``nenseg evaluate`` does with a model: predict the cases whose lesions are known, each once."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from ..ensemble.case_folders import case_folders
from ..ensemble.device import AUTO, DEVICES
from ..ensemble.model import read_model
from ..ensemble.models import model_folder
from ..ensemble.postprocessing import postprocessing_of
from ..ensemble.predicted_cases import PredictedCases
from ..ensemble.windows import Mode
from .case import SlowLines, progress_bar
from .errors import UsageError


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says which model predicts which cases, and how."""
    parser.add_argument(
        "--model",
        metavar="DIR|NAME",
        help="model folder of an ensemble, or the name of a model that comes with the program",
    )
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="DIR",
        help="a folder for each case, as for train: a digital patient; or pet.nrrd in SUV, ct.nrrd and lesions.nii.gz; "
        "or a DICOM PET/CT and lesions.nii.gz. What is predicted stays in OUT-predictions: the same command goes on "
        "after an interruption",
    )
    parser.add_argument("--exact", action="store_true", help="model: as of segment (slower)")
    parser.add_argument("--device", choices=DEVICES, default=AUTO, help="model: where to compute (default auto)")
    parser.add_argument(
        "--mirroring",
        action=argparse.BooleanOptionalAction,
        help="model: average over mirrored images too (default: on a GPU only)",
    )


def refuse_model_arguments(arguments: argparse.Namespace) -> None:
    """Refuse what only a model can do, where label maps are given."""
    for option, given in (
        ("--exact", arguments.exact),
        ("--device", arguments.device != AUTO),
        ("--mirroring", arguments.mirroring is not None),
    ):
        if given:
            message = f"{option} is given, but the label maps are there already. Leave it out, or give --model."
            raise UsageError(message)


def predicted(arguments: argparse.Namespace) -> PredictedCases:
    """Predict the cases that are left, and return all of them."""
    model = read_model(model_folder(arguments.model))
    cases = PredictedCases(
        arguments.out.absolute().with_name(f"{arguments.out.absolute().name}-predictions"),
        model,
        case_folders(arguments.cases),
        mode=Mode.EXACT if arguments.exact else Mode.FAST,
        device=arguments.device,
        mirroring=arguments.mirroring,
        processing=postprocessing_of(model),
    )
    cases.run(partial(progress_bar, lines=SlowLines()))
    return cases
