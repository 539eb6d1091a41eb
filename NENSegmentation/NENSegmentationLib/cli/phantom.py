"""``nenseg phantom``: a digital patient as DICOM PET/CT with its truth, a cohort of them, or a page that shows them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

from ..core.tables import NOTE
from ..phantom.cohort import Cohort, default_jobs, write_cohort
from ..phantom.errors import PhantomError
from ..phantom.overview import PAGE, TABLE, write_overview
from ..phantom.patient import write_patient
from ..phantom.request import DEFAULT_TRACER, DEFAULT_VOXEL, Request
from ..phantom.uptake import TRACERS
from ..phantom.vendors import DECAY_CORRECTIONS, DEFAULT_HEADER, VENDORS
from .case import progress_bar

_INTERRUPTED = 130


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "phantom",
        help="make a digital patient, or a cohort of them",
        description="Make a digital patient: DICOM PET and CT series, and the truth about organs and lesions. "
        "With --cohort, many of them, with a table and a page of pictures.",
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        help=f"folder to make; it gets PET/, CT/ and truth/, or a cohort's patients, {TABLE} and {PAGE}",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which patient (default: 1)")
    _add_patient(parser)
    _add_scan(parser)
    _add_headers(parser)
    _add_cohort(parser)
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Make the patient, the cohort or the page."""
    _refuse_contradictions(arguments)
    if arguments.gallery is not None:
        return _overview(arguments)
    return _patient(arguments) if arguments.cohort is None else _cohort(arguments)


def text(result: dict[str, Any]) -> str:
    """Say what was made."""
    if "patients" in result:
        negative = sum(row["lesions"] == 0 for row in result["patients"])
        return "\n".join(
            [
                f"{len(result['patients'])} digital patients, {negative} of them without lesions",
                *(f"Wrote {result[key]}" for key in ("folder", "table", "page") if key in result),
                NOTE,
            ]
        )
    return "\n".join(
        [
            f"Digital patient {result['seed']}, {result['tracer']}, {result['lesions']} lesions",
            f"Threshold {result['threshold']:.2f} g/mL, reference segmentation {result['reference_ml']:.1f} mL",
            *(f"Wrote {result[key]}" for key in ("pet", "uncorrected", "ct", "truth") if key in result),
        ]
    )


def _add_patient(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lesions",
        type=int,
        metavar="N",
        help="number of lesions that grow (default: drawn by the seed, median 42, of which about 25 show)",
    )
    parser.add_argument("--negative", action="store_true", help="a patient without lesions")
    parser.add_argument(
        "--tracer",
        type=_names,
        default=[DEFAULT_TRACER],
        metavar="NAME",
        help=f"{' or '.join(TRACERS)} (default: {DEFAULT_TRACER}); for a cohort several, with commas, used in turn",
    )


def _add_scan(parser: argparse.ArgumentParser) -> None:
    voxel = ",".join(f"{x:g}" for x in DEFAULT_VOXEL)
    parser.add_argument(
        "--voxel",
        type=_voxel,
        default=DEFAULT_VOXEL,
        metavar="X,Y,Z",
        help=f"PET voxel in mm (default: {voxel}, which is quick; 2,2,3 is the grid of a clinical scanner)",
    )
    parser.add_argument(
        "--dose", type=float, default=1.0, metavar="PART", help="part of the full scan's counts (default: 1)"
    )
    parser.add_argument(
        "--uncorrected", action="store_true", help="also a series without attenuation correction, in PET-NAC/"
    )
    parser.add_argument("--next-day", action="store_true", help="a scan that comes a day later (64Cu)")


def _add_headers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--header",
        type=_names,
        default=[DEFAULT_HEADER],
        metavar="NAME",
        help=f"write the PET as a vendor does: {' or '.join(VENDORS)} (default: {DEFAULT_HEADER}); "
        "for a cohort several, with commas, used in turn",
    )
    parser.add_argument(
        "--decay-correction",
        default=DECAY_CORRECTIONS[0],
        metavar="WHEN",
        help=f"{' or '.join(DECAY_CORRECTIONS)}: activity as of the start of the scan (default) or of the injection",
    )
    parser.add_argument(
        "--undated-injection", action="store_true", help="the header has the time of injection without its date"
    )


def _add_cohort(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cohort", type=int, metavar="N", help="make N patients, with the seeds from --seed on")
    parser.add_argument("--negatives", type=int, metavar="M", help="the last M of them have no lesions (default: 0)")
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="patients made at a time (default: one a processor, as memory allows)"
    )
    parser.add_argument(
        "--gallery",
        type=Path,
        metavar="FOLDER",
        help=f"make no patient; write {TABLE} and {PAGE} of the patients in FOLDER into the folder --out",
    )


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.negative and arguments.lesions is not None:
        message = "--negative and --lesions exclude each other. Leave one of them out."
        raise PhantomError(message)
    if arguments.gallery is not None and arguments.cohort is not None:
        message = "--gallery and --cohort exclude each other: a cohort gets its page anyway. Leave one of them out."
        raise PhantomError(message)
    if arguments.cohort is None and (arguments.negatives is not None or arguments.jobs is not None):
        message = "--negatives and --jobs are for a cohort. Give --cohort N too, or leave them out."
        raise PhantomError(message)
    if arguments.cohort is None and max(len(arguments.tracer), len(arguments.header)) > 1:
        message = "Several tracers or headers are for a cohort. Give --cohort N too, or name one of them."
        raise PhantomError(message)
    if arguments.jobs is not None and arguments.jobs < 1:
        message = f"--jobs is {arguments.jobs}. Give a whole number of 1 or more."
        raise PhantomError(message)


def _request(arguments: argparse.Namespace) -> Request:
    return Request(
        seed=arguments.seed,
        lesions=0 if arguments.negative else arguments.lesions,
        voxel=arguments.voxel,
        tracer=arguments.tracer[0],
        dose=arguments.dose,
        uncorrected=arguments.uncorrected,
        header=arguments.header[0],
        decay_correction=arguments.decay_correction,
        next_day=arguments.next_day,
        undated_injection=arguments.undated_injection,
    )


def _patient(arguments: argparse.Namespace) -> dict[str, Any]:
    request = _request(arguments)
    truth = write_patient(arguments.out, request)
    folders = {"pet": "PET", "uncorrected": "PET-NAC", "ct": "CT", "truth": "truth"}
    if not request.uncorrected:
        del folders["uncorrected"]
    return {
        **{key: str(arguments.out / name) for key, name in folders.items()},
        "seed": request.seed,
        "tracer": request.tracer,
        "lesions": len(truth["lesions"]),
        "threshold": truth["liver"]["threshold"],
        "reference_ml": truth["reference_ml"],
    }


def _cohort(arguments: argparse.Namespace) -> dict[str, Any]:
    request = _request(arguments)
    cohort = Cohort(arguments.cohort, request, arguments.negatives or 0, arguments.tracer, arguments.header)
    jobs = arguments.jobs or default_jobs(request)
    try:
        with progress_bar("Patients") as progress:
            rows = write_cohort(arguments.out, cohort, jobs, progress)
    except KeyboardInterrupt:
        _leave_interrupted(arguments.out)
    return {
        "folder": str(arguments.out),
        "table": str(arguments.out / TABLE),
        "page": str(arguments.out / PAGE),
        "patients": rows,
    }


def _overview(arguments: argparse.Namespace) -> dict[str, Any]:
    table, page = arguments.out / TABLE, arguments.out / PAGE
    return {"table": str(table), "page": str(page), "patients": write_overview(arguments.gallery, table, page)}


def _leave_interrupted(folder: Path) -> NoReturn:
    whole = sum(1 for _ in folder.glob("[!.]*/truth/patient.json"))
    sys.stderr.write(
        f"nenseg: interrupted; whole patients in {folder}: {whole}. The same command goes on with the others.\n"
    )
    raise SystemExit(_INTERRUPTED)


def _names(given: str) -> list[str]:
    return given.split(",")


def _voxel(given: str) -> tuple[float, ...]:
    try:
        return tuple(float(x) for x in given.split(","))
    except ValueError:
        message = f"{given!r} is no voxel; give three lengths in mm, for example 2,2,3"
        raise argparse.ArgumentTypeError(message) from None
