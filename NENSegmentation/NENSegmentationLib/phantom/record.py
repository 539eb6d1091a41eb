"""Everything that a digital patient was made from, as plain values: ``truth/patient.json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import __version__
from .ct import CT_NOISE_HU
from .scanner import CLINICAL
from .tissues import ORGANS, TISSUES

if TYPE_CHECKING:
    from .dicom_study import Study
    from .patient import Patient


def record(patient: Patient) -> dict[str, Any]:
    """Return every parameter of a patient, drawn or asked for, and what its images measure.

    Parameters
    ----------
    patient : Patient
        The patient.

    Returns
    -------
    dict
        Numbers, texts, lists and dictionaries only. Lengths in mm, RAS; volumes in mL; uptake in SUVbw (g/mL);
        times in s.
    """
    request, liver, voxel_ml = patient.request, patient.liver, patient.pet_grid.voxel_ml
    return {
        "note": "Digital phantom. Research use, not a medical device.",
        "version": __version__,
        "seed": request.seed,
        "tracer": request.tracer,
        "voxel_mm": [float(x) for x in request.voxel],
        "request": asdict(request),
        "patient": asdict(patient.study.build),
        **_scan(patient.study),
        "scanner": {
            **asdict(CLINICAL),
            "resolution_fwhm_mm": _rounded(CLINICAL.fwhm_mm),
            "noise_fwhm_mm": _rounded(CLINICAL.noise_fwhm_mm),
            "noise_at_this_exposure": _rounded(CLINICAL.noise_of(patient.study).on(patient.pet_grid.spacing)),
            "ct_noise_hu": CT_NOISE_HU,
        },
        "breathing": asdict(patient.breathing),
        "grids": {"pet": asdict(patient.pet_grid), "ct": asdict(patient.ct_grid)},
        "liver": {
            "mean": _rounded(liver.mean),
            "sd": _rounded(liver.sd),
            "n": liver.n,
            "threshold": _rounded(liver.threshold()),
        },
        "uptake": {
            tissue.name: {"suv": _rounded(patient.uptake.suv[code]), "texture": _rounded(patient.uptake.texture[code])}
            for code, tissue in enumerate(TISSUES)
        },
        "organs": _organs(patient.organs, patient.pet.suv, voxel_ml),
        "physiological_organs": patient.physiological,
        "reference_ml": _rounded(np.count_nonzero(patient.reference) * voxel_ml),
        "lesions": _lesions(patient),
    }


def _scan(study: Study) -> dict[str, Any]:
    return {
        "radiopharmaceutical": study.tracer.radiopharmaceutical,
        "half_life_s": study.tracer.half_life_s,
        "injected_bq": study.dose_bq,
        "injection": study.injection.isoformat(),
        "scan_start": study.start.isoformat(),
        "seconds_from_injection_to_scan": study.delay_s,
        "units": study.vendor.units,
        "suv_of_1_stored_unit": study.stored_factor,
        "suv_of_1_bq_per_ml": study.activity_factor,
    }


def _organs(organs: NDArray, suv: NDArray, voxel_ml: float) -> dict[str, dict[str, float]]:
    """Measure every organ on the PET grid: lesions in it are part of it."""
    counts = np.bincount(organs.ravel(), minlength=len(ORGANS) + 1)
    sums = np.bincount(organs.ravel(), suv.ravel(), minlength=len(ORGANS) + 1)
    return {
        name: {"volume_ml": _rounded(counts[label] * voxel_ml), "suv_mean": _rounded(sums[label] / counts[label])}
        for label, name in enumerate(ORGANS, 1)
        if counts[label]
    }


def _lesions(patient: Patient) -> list[dict[str, Any]]:
    labels, voxel_ml = patient.lesions.ravel(), patient.pet_grid.voxel_ml
    size = len(patient.tumours) + 1
    drawn = np.bincount(labels, minlength=size)
    found = np.bincount(labels, patient.reference.ravel() > 0, minlength=size)
    return [
        {
            "label": label,
            "site": tumour.site.name,
            "centre_ras": list(tumour.centre),
            "suv": tumour.suv,
            "necrosis": tumour.necrosis and asdict(tumour.necrosis),
            "intended_volume_ml": tumour.volume_ml,
            "volume_ml": _rounded(patient.volumes_ml[label - 1]),
            "volume_on_grid_ml": _rounded(drawn[label] * voxel_ml),
            "in_reference_ml": _rounded(found[label] * voxel_ml),
        }
        for label, tumour in enumerate(patient.tumours, 1)
    ]


def _rounded(value: float) -> float:
    """Cut what the order of a sum could change."""
    return float(f"{value:.9g}")
