"""``nenseg phantom``: a digital patient as DICOM PET/CT, with its truth."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..phantom.errors import PhantomError
from ..phantom.patient import write_patient
from ..phantom.request import DEFAULT_LESIONS, DEFAULT_TRACER, DEFAULT_VOXEL, Request
from ..phantom.uptake import TRACERS


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "phantom",
        help="make a digital patient",
        description="Make a digital patient: DICOM PET and CT series, and the truth about organs and lesions.",
    )
    voxel = ",".join(f"{x:g}" for x in DEFAULT_VOXEL)
    parser.add_argument("--out", required=True, type=Path, help="folder to make; it gets PET/, CT/ and truth/")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which patient (default: 1)")
    parser.add_argument("--lesions", type=int, metavar="N", help=f"number of lesions (default: {DEFAULT_LESIONS})")
    parser.add_argument("--negative", action="store_true", help="a patient without lesions")
    parser.add_argument(
        "--voxel",
        type=_voxel,
        default=DEFAULT_VOXEL,
        metavar="X,Y,Z",
        help=f"PET voxel in mm (default: {voxel}, which is quick; 2,2,3 is the grid of a clinical scanner)",
    )
    parser.add_argument(
        "--tracer", default=DEFAULT_TRACER, metavar="NAME", help=f"{' or '.join(TRACERS)} (default: {DEFAULT_TRACER})"
    )
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Make the patient."""
    if arguments.negative and arguments.lesions is not None:
        message = "--negative and --lesions exclude each other. Leave one of them out."
        raise PhantomError(message)
    lesions = DEFAULT_LESIONS if arguments.lesions is None else arguments.lesions
    request = Request(arguments.seed, 0 if arguments.negative else lesions, arguments.voxel, arguments.tracer)
    truth = write_patient(arguments.out, request)
    return {
        "pet": str(arguments.out / "PET"),
        "ct": str(arguments.out / "CT"),
        "truth": str(arguments.out / "truth"),
        "seed": request.seed,
        "tracer": request.tracer,
        "lesions": request.lesions,
        "threshold": truth["liver"]["threshold"],
        "reference_ml": truth["reference_ml"],
    }


def text(result: dict[str, Any]) -> str:
    """Say what was made."""
    return "\n".join(
        [
            f"Digital patient {result['seed']}, {result['tracer']}, {result['lesions']} lesions",
            f"Threshold {result['threshold']:.2f} g/mL, reference segmentation {result['reference_ml']:.1f} mL",
            *(f"Wrote {result[key]}" for key in ("pet", "ct", "truth")),
        ]
    )


def _voxel(given: str) -> tuple[float, ...]:
    try:
        return tuple(float(x) for x in given.split(","))
    except ValueError:
        message = f"{given!r} is no voxel; give three lengths in mm, for example 2,2,3"
        raise argparse.ArgumentTypeError(message) from None
