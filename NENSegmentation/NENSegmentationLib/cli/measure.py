"""``nenseg measure``: the numbers of lesions that were segmented elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..core.components import CONNECTIVITIES, component_numbers
from ..core.image_files import read_labels
from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.organs import read_organs
from ..core.output import refuse_if_taken
from ..core.volume import same_grid, voxels
from ..dicom.given import lesion_map_from_dicom
from ..dicom.results import write_results
from ..dicom.series import is_dicom
from . import results
from .case import add_case_arguments, read_named_case
from .errors import UsageError

_METHOD = "given"


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "measure",
        help="measure lesions that were segmented elsewhere",
        description="Measure the lesions of a segmentation on the grid of the PET, and write the same results as "
        "segment. Every label, or every segment of a .seg.nrrd, is one lesion.",
    )
    add_case_arguments(parser)
    parser.add_argument(
        "segmentation",
        metavar="SEGMENTATION",
        type=Path,
        help="label map (.nii.gz, .nii, .nrrd), .seg.nrrd, RTSTRUCT or DICOM SEG",
    )
    parser.add_argument(
        "--components",
        type=int,
        choices=CONNECTIVITIES,
        metavar="CONNECTIVITY",
        help="take every connected part of the whole segmentation (6, 18 or 26) as a lesion, whatever its label",
    )
    parser.add_argument("--organs", type=Path, metavar="MAP", help="organ label map, for suggestions")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="new folder for the results")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure the lesions and write the results."""
    refuse_if_taken(arguments.out)
    if not arguments.segmentation.is_file():
        message = f"{arguments.segmentation}: there is no such file. Give the path of an existing segmentation."
        raise UsageError(message)
    organs = read_organs(arguments.organs) if arguments.organs else None
    case = read_named_case(arguments)
    if is_dicom(arguments.segmentation):
        lesion_map, said = lesion_map_from_dicom(arguments.segmentation, case.pet, case.pet_series)
    else:
        lesion_map, said = _read_lesions(arguments.segmentation, case.pet), ()
    if arguments.components:
        lesion_map = LesionMap.from_mask(
            case.pet,
            lesion_map.labels > 0,
            origin=Origin.GIVEN,
            connectivity=arguments.components,
            minimum_volume_ml=0,
        )
    if organs is not None:
        lesion_map.suggest(organs)
    summary = write_results(
        arguments.out,
        lesion_map,
        method=_METHOD,
        series=case.pet_series,
        warnings=[*case.warnings, *said, *_several_parts(lesion_map)],
    )
    return results.described(summary, lesion_map.lesions.values(), arguments.out)


def text(result: dict[str, Any]) -> str:
    """Say what was measured and written."""
    return results.written(result)


def _several_parts(lesion_map: LesionMap) -> list[str]:
    """Warn of a single label that is in several parts: most often a mask of all tumour, and not one lesion."""
    if len(lesion_map.lesions) != 1:
        return []
    flat = np.flatnonzero(lesion_map.labels)
    parts = int(component_numbers(flat, lesion_map.labels.shape).max()) + 1
    if parts == 1:
        return []
    return [
        f"The segmentation has one label in {parts} separate parts (26-connected), measured as one lesion. "
        "With --components 26 each part is a lesion."
    ]


def _read_lesions(path: Path, pet: sitk.Image) -> LesionMap:
    if path.name.endswith(".seg.nrrd"):
        return _read_segments(path, pet)
    labels = read_labels(path)
    if not same_grid(labels, pet):
        message = f"{path.name}: the segmentation does not lie on the grid of the PET. Resample it to the PET first."
        raise UsageError(message)
    return LesionMap.from_labels(pet, voxels(labels), origin=Origin.GIVEN)


def _read_segments(path: Path, pet: sitk.Image) -> LesionMap:
    # Slicer takes a second to load, which a label map does not need.
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

    from ..scene.bootstrap import close_scene, headless_scene
    from ..scene.segmentation_file import read_seg_nrrd
    from ..scene.segmentation_lesions import lesion_map_from_node

    # VTK tells of what it assumes on standard output, which belongs to the result.
    vtkOutputWindow.SetInstance(vtkStringOutputWindow())
    scene = headless_scene()
    try:
        return lesion_map_from_node(read_seg_nrrd(scene, path), pet, origin=Origin.GIVEN)
    finally:
        close_scene(scene)
