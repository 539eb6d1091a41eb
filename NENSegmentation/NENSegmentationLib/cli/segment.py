"""``nenseg segment``: the lesions of a case."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..core.components import CONNECTIVITIES
from ..core.lesions import LesionMap
from ..core.mip import Segmented, write_methods
from ..core.organs import OrganMap, read_organs
from ..core.output import new_folder, refuse_if_taken
from ..core.proposal import propose_region
from ..core.reference_region import DIAMETER_MM, Ellipsoid, Organ, ReferenceRegion, region_from_ellipsoids, sphere
from ..core.tables import NOTE
from ..dicom.case import Case
from ..dicom.results import write_results
from ..ensemble.channels import CT
from ..ensemble.device import AUTO, DEVICES
from ..ensemble.model import read_model
from ..ensemble.models import model_folder
from ..ensemble.postprocessing import postprocessing_of
from ..ensemble.predictor import RunningPrediction
from ..ensemble.result import ensemble_result
from ..ensemble.windows import Mode
from ..study.case_report import write_case_report
from . import results
from .case import add_case_arguments, progress_bar, read_named_case
from .errors import UsageError

_AUTO = "auto"
_THRESHOLD, _ENSEMBLE, _BOTH = "threshold", "ensemble", "both"
_METHODS = {_THRESHOLD: (_THRESHOLD,), _ENSEMBLE: (_ENSEMBLE,), _BOTH: (_THRESHOLD, _ENSEMBLE)}
_PICTURE = "methods.png"
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
        "work. By ensemble: segment what the mean of the networks of a model takes for tumour. Both: each in a folder "
        "of its own, and a picture of the two beside each other.",
    )
    add_case_arguments(parser)
    parser.add_argument("--ct", type=Path, help="the CT, where it is not in that folder")
    parser.add_argument("--method", required=True, choices=list(_METHODS), help="how to segment")
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
        "--connectivity",
        type=int,
        choices=CONNECTIVITIES,
        help="neighbouring voxels (default 26, or what the card of the model says)",
    )
    parser.add_argument(
        "--min-volume",
        type=float,
        metavar="ML",
        help="smaller components are left out (default 0.1 mL, or what the card of the model says)",
    )
    parser.add_argument(
        "--model",
        metavar="DIR|NAME",
        help="model folder of the ensemble, or the name of a model that comes with the program (default: the first of "
        "those)",
    )
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
    methods = _METHODS[arguments.method]
    _refuse_what_is_for_another_method(arguments, methods)
    organs = read_organs(arguments.organs) if arguments.organs else None
    ways = {_THRESHOLD: _by_threshold, _ENSEMBLE: _by_ensemble}
    segmented = {method: ways[method](arguments, organs) for method in methods}
    if organs is not None:
        for part in segmented.values():
            part.lesion_map.suggest(organs)
    if len(segmented) > 1:
        return _write_beside_each_other(arguments.out, segmented)
    (part,) = segmented.values()
    return part.described(part.write(arguments.out), arguments.out)


def text(result: dict[str, Any]) -> str:
    """Say what was found and written."""
    return results.compared(result) if "methods" in result else results.written(result)


@dataclass(frozen=True)
class _Segmented(Segmented):
    """The lesions of a case, and how they were found."""

    case: Case = field(kw_only=True)
    method: str = field(kw_only=True)
    ensemble: dict[str, Any] | None = field(kw_only=True, default=None)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the results, and return their summary."""
        return write_results(
            folder,
            self.lesion_map,
            method=self.method,
            region=self.region,
            series=self.case.pet_series,
            ensemble=self.ensemble,
            warnings=[*self.case.warnings, _NOT_YET_READ[self.method]],
            further=partial(write_case_report, lesion_map=self.lesion_map),
        )

    def described(self, summary: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Return the result of the command for what lies in a folder."""
        return results.described(summary, self.lesion_map.lesions.values(), folder)


def _write_beside_each_other(out: Path, segmented: dict[str, _Segmented]) -> dict[str, Any]:
    with new_folder(out) as beside:
        summaries = {method: part.write(beside / method) for method, part in segmented.items()}
        warnings = dict.fromkeys(warning for summary in summaries.values() for warning in summary["warnings"])
        write_methods(beside / _PICTURE, segmented, warnings)
    return {
        "methods": {method: part.described(summaries[method], out / method) for method, part in segmented.items()},
        "files": [str(out / _PICTURE)],
        "note": NOTE,
    }


def _refuse_what_is_for_another_method(arguments: argparse.Namespace, methods: Sequence[str]) -> None:
    if _ENSEMBLE not in methods and arguments.model:
        message = "--model is given, but the threshold method has no model. Give --method ensemble, or leave it out."
        raise UsageError(message)
    for_ensemble = {
        "--exact": arguments.exact,
        "--device": arguments.device != AUTO,
        "--mirroring": arguments.mirroring is not None,
    }
    given = [option for option, is_given in for_ensemble.items() if is_given]
    if _ENSEMBLE not in methods and given:
        message = f"{given[0]} is given, but it is for the ensemble only. Leave it out, or give --method ensemble."
        raise UsageError(message)
    regions = [f"--{organ.value}" for organ in Organ if getattr(arguments, organ.value)]
    if _THRESHOLD not in methods and regions:
        message = f"{regions[0]} is given, but the ensemble takes no reference region. Leave it out."
        raise UsageError(message)


def _by_threshold(arguments: argparse.Namespace, organs: OrganMap | None) -> _Segmented:
    organ, places = _chosen_region(arguments)
    # A proposal by uptake looks at the CT; nothing else does, and then a faulty CT stops nothing.
    case = read_named_case(arguments, with_ct=_AUTO in places and organs is None)
    region = _reference_region(case, organ, places, organs)
    lesion_map = LesionMap.from_threshold(case.pet, region.threshold(), **_components(arguments))
    return _Segmented(lesion_map, region, case=case, method=_THRESHOLD)


def _by_ensemble(arguments: argparse.Namespace, _organs: OrganMap | None) -> _Segmented:
    model = read_model(model_folder(arguments.model))
    processing = postprocessing_of(model, **_components(arguments))
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
    found = ensemble_result(model, running, prediction, case.pet, processing)
    return _Segmented(
        found.lesion_map,
        case=replace(case, warnings=(*case.warnings, *found.warnings)),
        method=_ENSEMBLE,
        ensemble=found.provenance,
    )


def _components(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what is asked for of components; each method has its own way of doing without."""
    asked = {"connectivity": arguments.connectivity, "minimum_volume_ml": arguments.min_volume}
    return {name: value for name, value in asked.items() if value is not None}


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
