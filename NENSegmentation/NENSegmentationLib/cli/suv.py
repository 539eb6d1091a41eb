"""``nenseg suv``: a PET series as an SUV image, and the conversion written out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..core.image_files import write_image
from ..core.output import new_files, refuse_if_taken
from .case import add_series_arguments, read_named_case
from .errors import UsageError

_SUFFIXES = (".nrrd", ".nii.gz", ".nii")


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "suv", help="convert a DICOM PET series to SUVbw", description="Convert a DICOM PET series to SUVbw (g/mL)."
    )
    parser.add_argument("case", metavar="DICOMDIR", type=Path, help="folder with DICOM files")
    add_series_arguments(parser)
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        help="image to write (.nrrd, .nii.gz, .nii); the conversion is written beside it as .json",
    )
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Convert the series, and write image and conversion."""
    image: Path = arguments.out
    suffix = next((suffix for suffix in _SUFFIXES if image.name.endswith(suffix)), None)
    if suffix is None:
        message = f"{image}: the image has to end in .nrrd, .nii.gz or .nii."
        raise UsageError(message)
    conversion = image.with_name(image.name.removesuffix(suffix) + ".json")
    for path in (image, conversion):
        refuse_if_taken(path, folder=False)
    case = read_named_case(arguments)
    if case.conversion is None:
        message = f"{arguments.case}: this is an image already, and not a folder with a DICOM PET series to convert."
        raise UsageError(message)
    with new_files(image, conversion) as (partial_image, partial_conversion):
        write_image(partial_image, case.pet)
        described = {**case.conversion.to_dict(), "warnings": list(case.warnings)}
        partial_conversion.write_text(json.dumps(described, indent=2) + "\n", "utf-8")
    return {
        "image": str(image),
        "conversion": str(conversion),
        "factor": case.conversion.factor,
        "warnings": list(case.warnings),
    }


def text(result: dict[str, Any]) -> str:
    """Say what was written."""
    return "\n".join(
        [
            f"SUV factor {result['factor']:.7g} g/mL per stored unit",
            *(f"Warning: {warning}" for warning in result["warnings"]),
            f"Wrote {result['image']}",
            f"Wrote {result['conversion']}",
        ]
    )
