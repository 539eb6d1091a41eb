"""Draw digital patients beside a real PET, for Docs/digital-patient.md.

    .venv/bin/python Testing/Comparisons/make_gallery.py ../shared/data Docs/pictures/digital-patients.png

The real one is the FDG PET of TCIA Soft-tissue-Sarcoma STS_001 (CC BY 3.0): no public somatostatin-receptor PET with a
whole body is known. Next to it is a digital patient with FDG, then twelve with DOTATATE, the last one without lesions.
All are coronal maximum intensity projections, SUV 0 (white) to 10 (black), 3 mm a pixel.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from NENSegmentationLib.core.volume import spacing, voxels
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.phantom.cohort import Cohort
from NENSegmentationLib.phantom.patient import make_patient
from NENSegmentationLib.phantom.processes import in_processes
from NENSegmentationLib.phantom.projection import grey
from NENSegmentationLib.phantom.request import Request

REAL = "fdg_wb_GE_STS001/image"
TRACERS = ("cu64-dotatate", "ga68-dotatate")
COLUMNS, LINE, DPI = 7, 34, 100
Picture = tuple[str, NDArray[np.uint8]]


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the real data")
    parser.add_argument("out", type=Path, help="the .png to write")
    parser.add_argument("--voxel", type=float, default=4.0, help="PET voxel in mm")
    parser.add_argument("--jobs", type=int, default=2, help="patients made at a time")
    arguments = parser.parse_args()
    voxel = (arguments.voxel,) * 3
    cohort = Cohort(12, Request(voxel=voxel), negatives=1, tracers=TRACERS)
    requests = [Request(seed=13, voxel=voxel, tracer="f18-fdg"), *cohort.requests().values()]
    made = dict(in_processes(of_digital_patient, requests, arguments.jobs))
    pictures = [of_real_patient(arguments.data / REAL), *(made[n] for n in sorted(made))]
    draw(pictures, arguments.out)


def of_digital_patient(request: Request) -> Picture:
    """Make a digital patient and project it."""
    patient = make_patient(request)
    grid, lesions = patient.pet_grid, len(patient.tumours)
    words = f"{request.tracer}\n{lesions or 'no'} lesions, {patient.reference.sum() * grid.voxel_ml:.0f} mL"
    return words, grey(patient.pet.suv.max(axis=1), grid.spacing[0], grid.spacing[2])


def of_real_patient(folder: Path) -> Picture:
    """Read a real PET and project it."""
    pet = sitk.DICOMOrient(read_case(folder, with_ct=False).pet, "LPS")
    rise, _, step = spacing(pet)
    return "REAL, F-18 FDG\nskull base to thigh", grey(voxels(pet).max(axis=1), rise, step)


def draw(pictures: list[Picture], path: Path) -> None:
    """Put pictures in rows, one pixel a pixel, with their words below."""
    rows = -(-len(pictures) // COLUMNS)
    high, wide = max(shown.shape[0] for _, shown in pictures), pictures[0][1].shape[1]
    width, height = COLUMNS * wide, rows * (high + LINE)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    for n, (words, shown) in enumerate(pictures):
        row, column = divmod(n, COLUMNS)
        left, top = column * wide, row * (high + LINE)
        figure.figimage(shown, left, height - top - shown.shape[0], cmap="gray", vmin=0, vmax=255, origin="upper")
        figure.text(
            (left + wide / 2) / width, 1 - (top + high + LINE / 2) / height, words, ha="center", va="center", fontsize=8
        )
    canvas.draw()
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).convert("L").save(path, optimize=True)


if __name__ == "__main__":
    main()
