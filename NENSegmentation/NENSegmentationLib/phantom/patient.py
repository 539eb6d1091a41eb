"""A digital patient from its seed to its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.output import new_folder
from ..core.reference_region import ReferenceRegion
from .anatomy import Anatomy
from .build import Build
from .dicom_headers import Study
from .dicom_series import StoredPet, write_ct, write_pet
from .grid import Grid
from .lesions import Tumour, grown_tumours
from .request import Request
from .scanner import CT_NOISE_HU, FWHM_MM, LIVER_NOISE, NOISE_FWHM_MM, Drawing, ct_scan, pet_scan
from .seeds import Seeds
from .tissues import CODES, codes_of, organ_labels
from .truth import (
    healthy_liver,
    hot_organs,
    lesion_labels,
    reference_segmentation,
    write_truth,
)
from .uptake import Tracer, Uptake, tracer_named

_SCAN_LENGTH_MM = 1050.0
_PET_FIELD_MM = 672.0
_CT_FIELD_MM = 600.0
_ABOVE_HEAD_MM = 25.0
_VERTEX_MM = 512.0
_THIN_MM = 2.0


@dataclass(frozen=True)
class Patient:
    """A digital patient, scanned.

    Parameters
    ----------
    request : Request
        What was asked for.
    study : Study
        Patient, tracer and times.
    tumours : list of Tumours
        The lesions; label 1 is the first.
    volumes_ml : list of floats
        What each of them fills.
    pet_grid, ct_grid : Grid
        Where the two series have their voxels.
    pet : StoredPet
        The PET.
    hounsfield : ndarray, shape (k, j, i), int16
        The CT, on its own grid.
    organs, lesions, reference : ndarray, shape (k, j, i)
        The truth, on the PET grid.
    liver : ReferenceRegion
        What the threshold rests on.
    physiological : list of str
        Organs that exceed the threshold by themselves.
    """

    request: Request
    study: Study
    tumours: list[Tumour]
    volumes_ml: list[float]
    pet_grid: Grid
    ct_grid: Grid
    pet: StoredPet
    hounsfield: NDArray[np.int16]
    organs: NDArray[np.uint8]
    lesions: NDArray[np.uint16]
    reference: NDArray[np.uint8]
    liver: ReferenceRegion
    physiological: list[str]


def make_patient(request: Request) -> Patient:
    """Make a digital patient.

    Parameters
    ----------
    request : Request
        What to make.

    Returns
    -------
    Patient

    Raises
    ------
    PhantomError
        If there is no room for that many lesions.
    """
    seeds, tracer = Seeds(request.seed), tracer_named(request.tracer)
    build = Build.drawn(seeds)
    anatomy, uptake = Anatomy(seeds, build), Uptake.drawn(seeds, tracer)
    liver_suv = tracer.rows["liver"].mean
    tumours = grown_tumours(seeds, anatomy, request.lesions, liver_suv)
    pet_grid, ct_grid, fine = _grids(request.voxel, build)
    drawing = _drawn(anatomy, tumours, fine)
    study = _study(request, build, tracer, seeds)
    pet = StoredPet.of(pet_scan(drawing, pet_grid, uptake, seeds, liver_suv), study.suv_factor)
    hounsfield = ct_scan(drawing, ct_grid, seeds)
    tissues, lesions = anatomy.tissues(pet_grid), lesion_labels(drawing, pet_grid)
    image = pet_grid.image(pet.suv)
    liver = healthy_liver(image, tissues == CODES["liver"], lesions)
    hot = hot_organs(uptake.suv, liver.threshold())
    reference = reference_segmentation(image, liver.threshold(), lesions, codes_of(*hot)[tissues])
    organs = organ_labels()[tissues]
    volumes = [float(filled.sum(dtype=float)) * fine.voxel_ml for _, _, filled in drawing.lesions]
    return Patient(
        request, study, tumours, volumes, pet_grid, ct_grid, pet, hounsfield, organs, lesions, reference, liver, hot
    )


def write_patient(folder: Path, request: Request) -> dict[str, object]:
    """Make a digital patient and write ``PET/``, ``CT/`` and ``truth/`` into a new folder.

    Parameters
    ----------
    folder : Path
        The folder to make; it appears when all of it is written.
    request : Request
        What to make.

    Returns
    -------
    dict
        What ``truth/patient.json`` holds.

    Raises
    ------
    PhantomError
        If such a patient cannot be made.
    OutputError
        If the folder exists or cannot be written.
    """
    with new_folder(folder) as partial:
        patient = make_patient(request)
        write_pet(partial / "PET", patient.study, patient.pet_grid, patient.pet)
        write_ct(partial / "CT", patient.study, patient.ct_grid, patient.hounsfield)
        truth = partial / "truth"
        truth.mkdir()
        write_truth(truth, patient.pet_grid, patient.organs, patient.lesions, patient.reference)
        parameters = _parameters(patient)
        (truth / "patient.json").write_text(json.dumps(parameters, indent=1) + "\n")
    return parameters


def _grids(voxel: tuple[float, float, float], build: Build) -> tuple[Grid, Grid, Grid]:
    x, y, z = voxel
    slices = round(_SCAN_LENGTH_MM / z)
    top = _VERTEX_MM * build.length + _ABOVE_HEAD_MM
    middle = (0.0, -15.0, round(top - slices * z / 2, 1))
    pet = Grid.centred((slices, round(_PET_FIELD_MM / y), round(_PET_FIELD_MM / x)), (z, y, x), middle)
    side = 512 if min(x, y) < 3 else 256 if min(x, y) < 6 else 128
    step = _CT_FIELD_MM / side
    ct = Grid.centred((slices, side, side), (z, step, step), middle)
    thin = int(np.ceil(z / _THIN_MM))
    return pet, ct, Grid.centred((slices * thin, side, side), (z / thin, step, step), middle)


def _drawn(anatomy: Anatomy, tumours: list[Tumour], fine: Grid) -> Drawing:
    tissues = anatomy.tissues(fine)
    return Drawing(fine, tissues, [(tumour, *tumour.occupancy(fine, tissues)) for tumour in tumours])


def _study(request: Request, build: Build, tracer: Tracer, seeds: Seeds) -> Study:
    random = seeds.stream("injection", tracer.name)
    dose = round(float(random.uniform(*tracer.dose_mbq)), 1) * 1e6
    delay = round(float(random.uniform(*tracer.delay_s)))
    return Study(request.key, request.seed, build, tracer, dose, delay)


def _parameters(patient: Patient) -> dict[str, object]:
    request, study, liver = patient.request, patient.study, patient.liver
    drawn = np.bincount(patient.lesions.ravel(), minlength=len(patient.tumours) + 1)
    return {
        "note": "Digital phantom. Research use, not a medical device.",
        "seed": request.seed,
        "tracer": request.tracer,
        "voxel_mm": [float(x) for x in request.voxel],
        "patient": asdict(study.build),
        "injected_bq": study.dose_bq,
        "seconds_from_injection_to_scan": study.delay_s,
        "suv_of_1_bq_per_ml": study.suv_factor,
        "scanner": {
            "resolution_fwhm_mm": FWHM_MM,
            "noise_fwhm_mm": NOISE_FWHM_MM,
            "noise_in_liver": LIVER_NOISE,
            "ct_noise_hu": CT_NOISE_HU,
        },
        "liver": {
            "mean": _rounded(liver.mean),
            "sd": _rounded(liver.sd),
            "n": liver.n,
            "threshold": _rounded(liver.threshold()),
        },
        "physiological_organs": patient.physiological,
        "reference_ml": _rounded(float(patient.reference.sum()) * patient.pet_grid.voxel_ml),
        "lesions": [
            {
                "label": label,
                "site": tumour.site.name,
                "centre_ras": list(tumour.centre),
                "suv": tumour.suv,
                "intended_volume_ml": tumour.volume_ml,
                "volume_ml": _rounded(patient.volumes_ml[label - 1]),
                "volume_on_grid_ml": _rounded(int(drawn[label]) * patient.pet_grid.voxel_ml),
            }
            for label, tumour in enumerate(patient.tumours, 1)
        ],
    }


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")
