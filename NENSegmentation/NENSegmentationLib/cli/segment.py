"""``nenseg segment``: the lesions of a case."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.components import CONNECTIVITIES
from ..core.lesion import MINIMUM_VOLUME_ML
from ..core.lesions import LesionMap
from ..core.organs import OrganMap, read_organs
from ..core.output import refuse_if_taken
from ..core.proposal import propose_region
from ..core.reference_region import DIAMETER_MM, Ellipsoid, Organ, ReferenceRegion, region_from_ellipsoids, sphere
from ..dicom.case import Case
from ..dicom.results import write_results
from ..ensemble.channels import CT
from ..ensemble.device import AUTO, DEVICES
from ..ensemble.lesions import predicted_lesions
from ..ensemble.model import read_model
from ..ensemble.predictor import RunningPrediction
from ..ensemble.windows import Mode
from . import results
from .case import add_case_arguments, progress_bar, read_named_case
from .errors import UsageError

_AUTO = "auto"
_THRESHOLD, _ENSEMBLE = "threshold", "ensemble"
_NOT_YET_READ = {
    _THRESHOLD: "These are all components above the threshold: physiological uptake and false positives are still "
    "among them, until a reader removes them.",
    _ENSEMBLE: "This is what the ensemble found: false positives may be among it, and lesions may be missing, until a "
    "reader corrects it.",
}


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "segment",
        help="segment the lesions of a PET/CT",
        description="By threshold: segment every component of uptake above the patient's own threshold: 1.5*mean + "
        "2*SD of normal liver, or 0.67*mean + 2*SD of spleen. Physiological uptake stays: removing it is the reader's "
        "work. By ensemble: segment what the mean of the networks of a model takes for tumour.",
    )
    add_case_arguments(parser)
    parser.add_argument("--ct", type=Path, help="the CT, where it is not in that folder")
    parser.add_argument("--method", required=True, choices=[_THRESHOLD, _ENSEMBLE], help="how to segment")
    for organ in Organ:
        parser.add_argument(
            f"--{organ.value}",
            action="append",
            type=_region,
            metavar="auto|R,A,S[,DIAMETER]",
            help=f"reference region in normal {organ.value}: found automatically, or a sphere (mm; diameter "
            f"{DIAMETER_MM:.0f} if not given); several are pooled",
        )
    parser.add_argument("--organs", type=Path, metavar="MAP", help="organ label map, for auto and for suggestions")
    parser.add_argument(
        "--connectivity", type=int, choices=CONNECTIVITIES, default=26, help="neighbouring voxels (default 26)"
    )
    parser.add_argument(
        "--min-volume",
        type=float,
        default=MINIMUM_VOLUME_ML,
        metavar="ML",
        help="smaller components are left out (default 0.1 mL)",
    )
    parser.add_argument("--model", type=Path, metavar="DIR", help="model folder of the ensemble")
    parser.add_argument(
        "--exact",
        action="store_true",
        help="ensemble: nnU-Net's own windows in single precision (slower; default: over the body only, and in half "
        "precision where the processor has it)",
    )
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default=AUTO,
        help="ensemble: where to compute (default auto: a GPU with memory enough, else the processor)",
    )
    parser.add_argument(
        "--mirroring",
        action=argparse.BooleanOptionalAction,
        help="ensemble: average over mirrored images too (default: on a GPU only)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the results")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Segment the case and write the results."""
    refuse_if_taken(arguments.out)
    organs = read_organs(arguments.organs) if arguments.organs else None
    segmented = {_THRESHOLD: _by_threshold, _ENSEMBLE: _by_ensemble}[arguments.method]
    case, region, lesion_map = segmented(arguments, organs)
    if organs is not None:
        lesion_map.suggest(organs)
    summary = write_results(
        arguments.out,
        lesion_map,
        method=arguments.method,
        region=region,
        series=case.pet_series,
        warnings=[*case.warnings, _NOT_YET_READ[arguments.method]],
    )
    return results.described(summary, lesion_map.lesions.values(), arguments.out)


def text(result: dict[str, Any]) -> str:
    """Say what was found and written."""
    return results.written(result)


def _by_threshold(arguments: argparse.Namespace, organs: OrganMap | None) -> tuple[Case, ReferenceRegion, LesionMap]:
    if arguments.model:
        message = "--model is given, but the threshold method has no model. Give --method ensemble, or leave it out."
        raise UsageError(message)
    for option, given in (
        ("--exact", arguments.exact),
        ("--device", arguments.device != AUTO),
        ("--mirroring", arguments.mirroring is not None),
    ):
        if given:
            message = f"{option} is given, but it is for the ensemble only. Leave it out, or give --method ensemble."
            raise UsageError(message)
    organ, places = _chosen_region(arguments)
    # A proposal by uptake looks at the CT; nothing else does, and then a faulty CT stops nothing.
    case = read_named_case(arguments, with_ct=_AUTO in places and organs is None)
    region = _reference_region(case, organ, places, organs)
    lesion_map = LesionMap.from_threshold(
        case.pet, region.threshold(), connectivity=arguments.connectivity, minimum_volume_ml=arguments.min_volume
    )
    return case, region, lesion_map


def _by_ensemble(arguments: argparse.Namespace, _organs: OrganMap | None) -> tuple[Case, None, LesionMap]:
    given = [f"--{organ.value}" for organ in Organ if getattr(arguments, organ.value)]
    if given:
        message = f"{given[0]} is given, but the ensemble takes no reference region. Leave it out."
        raise UsageError(message)
    if arguments.model is None:
        message = "the ensemble needs a model. Give its folder with --model."
        raise UsageError(message)
    model = read_model(arguments.model)
    case = read_named_case(arguments, with_ct=CT in model.channels)
    with (
        progress_bar("Predicting") as progress,
        RunningPrediction(
            model,
            case.pet,
            case.ct,
            mode=Mode.EXACT if arguments.exact else Mode.FAST,
            device=arguments.device,
            mirroring=arguments.mirroring,
        ) as running,
    ):
        prediction = running.wait(progress)
    lesion_map = predicted_lesions(
        prediction, case.pet, connectivity=arguments.connectivity, minimum_volume_ml=arguments.min_volume
    )
    return replace(case, warnings=(*case.warnings, *running.warnings)), None, lesion_map


def _chosen_region(arguments: argparse.Namespace) -> tuple[Organ, list[Ellipsoid | str]]:
    given = [(organ, getattr(arguments, organ.value)) for organ in Organ if getattr(arguments, organ.value)]
    if len(given) != 1:
        message = "the threshold needs one reference organ: give either --liver or --spleen, as auto or as R,A,S in mm."
        raise UsageError(message)
    organ, places = given[0]
    if _AUTO in places and len(places) > 1:
        message = f"--{organ.value} is given as auto and as a point. Give one of the two."
        raise UsageError(message)
    return organ, places


def _reference_region(
    case: Case, organ: Organ, places: list[Ellipsoid | str], organs: OrganMap | None
) -> ReferenceRegion:
    spheres = [place for place in places if isinstance(place, Ellipsoid)]
    if spheres:
        return region_from_ellipsoids(case.pet, organ, spheres)
    return propose_region(case.pet, organ, case.ct, organs)


def _region(text: str) -> Ellipsoid | str:
    if text == _AUTO:
        return text
    try:
        r, a, s, *diameter = (float(part) for part in text.split(","))
        (diameter_mm,) = diameter or (DIAMETER_MM,)
    except ValueError as error:
        message = f"{text!r} is neither auto nor R,A,S or R,A,S,DIAMETER in mm, such as 85,-10,45,30"
        raise argparse.ArgumentTypeError(message) from error
    return sphere((r, a, s), diameter_mm)
