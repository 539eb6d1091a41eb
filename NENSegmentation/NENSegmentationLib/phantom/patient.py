"""A digital patient from its seed to its files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.output import new_folder
from ..core.reference_region import ReferenceRegion
from .anatomy import Anatomy
from .breathing import Breathing
from .build import Build
from .ct import ct_scan
from .dicom_series import StoredPet, write_ct, write_pet, write_uncorrected_pet
from .dicom_study import Study
from .drawing import Drawing
from .grid import Grid
from .lesions import Tumour, grown_tumours, number_of_lesions
from .projection import write_projections
from .record import record
from .request import Request
from .scanner import CLINICAL, emission, pet_scan, uncorrected_scan
from .seeds import Seeds
from .tissues import codes_of, organ_labels
from .truth import (
    healthy_liver,
    hot_organs,
    lesion_labels,
    physiological_zone,
    reference_segmentation,
    write_truth,
)
from .uptake import Uptake, tracer_named

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
    uptake : Uptake
        What was drawn for each tissue.
    breathing : Breathing
        How far the diaphragm moves.
    uncorrected_suv : ndarray, shape (k, j, i), float32, or None
        The image without attenuation correction, on the PET's grid and in SUV as if it were corrected; None when not
        asked for.
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
    uptake: Uptake
    breathing: Breathing
    uncorrected_suv: NDArray[np.float32] | None = None

    @property
    def pet_image(self) -> sitk.Image:
        """The PET in SUVbw (g/mL), float32, as it comes back from the files."""
        return self.pet_grid.image(self.pet.suv)

    @property
    def ct_image(self) -> sitk.Image:
        """The CT in Hounsfield units, int16."""
        return self.ct_grid.image(self.hounsfield)


def make_patient(request: Request) -> Patient:
    """Make a digital patient in memory, without any file.

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
    build = Build.drawn(seeds, tracer.sex)
    anatomy, uptake = Anatomy(seeds, build), Uptake.drawn(seeds, tracer)
    count = number_of_lesions(seeds) if request.lesions is None else request.lesions
    tumours = grown_tumours(seeds, anatomy, count)
    pet_grid, ct_grid, fine = _grids(request.voxel, build)
    drawing = _drawn(anatomy, tumours, fine)
    study = Study.drawn(request, build, tracer, seeds)
    breathing = Breathing.drawn(seeds, build)
    by_ct = breathing.seen_by_ct(drawing)
    hounsfield = ct_scan(by_ct, ct_grid, seeds)
    seen, noise = emission(drawing, pet_grid, uptake, seeds, CLINICAL, breathing), CLINICAL.noise_of(study)
    scanned = pet_scan(seen, pet_grid, drawing, by_ct, noise, CLINICAL, seeds)
    uncorrected = uncorrected_scan(seen, pet_grid, drawing, noise, seeds) if request.uncorrected else None
    pet = StoredPet.of(scanned, study.stored_factor, study.vendor.top_of_range)
    tissues, lesions = anatomy.tissues(pet_grid), lesion_labels(drawing, pet_grid)
    image = pet_grid.image(pet.suv)
    liver = healthy_liver(image, codes_of("liver")[tissues], lesions)
    hot = hot_organs(uptake.suv, liver.threshold())
    zone = physiological_zone(image, liver.threshold(), lesions, codes_of(*hot)[tissues])
    reference = reference_segmentation(image, liver.threshold(), lesions, zone)
    organs = organ_labels()[tissues]
    volumes = [float(lesion.filled.sum(dtype=float)) * fine.voxel_ml for lesion in drawing.lesions]
    return Patient(
        request,
        study,
        tumours,
        volumes,
        pet_grid,
        ct_grid,
        pet,
        hounsfield,
        organs,
        lesions,
        reference,
        liver,
        hot,
        uptake,
        breathing,
        uncorrected,
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
        if patient.uncorrected_suv is not None:
            write_uncorrected_pet(partial / "PET-NAC", patient.study, patient.pet_grid, patient.uncorrected_suv)
        write_ct(partial / "CT", patient.study, patient.ct_grid, patient.hounsfield)
        truth = partial / "truth"
        truth.mkdir()
        write_truth(truth, patient.pet_grid, patient.organs, patient.lesions, patient.reference)
        write_projections(truth, patient.pet_grid, patient.pet.suv, patient.reference)
        parameters = record(patient)
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
    return Drawing(fine, tissues, [tumour.drawn(fine, tissues) for tumour in tumours])
