"""The measures of a patient in words, for interfaces and reports."""

from __future__ import annotations

from ..core.lesions import LesionMap
from .page import UNDEFINED

MEASURES = ("Lesions", "Total tumour volume", "Total lesion uptake", "Highest SUVmax", "Lowest lesion SUVmean")
"""What the measures are called, in the order of `measure_texts`."""


def measure_texts(lesions: LesionMap | None, undefined: str = UNDEFINED) -> tuple[str, ...]:
    """Return number, total volume, total uptake, highest SUVmax and lowest SUVmean in words.

    Parameters
    ----------
    lesions : LesionMap or None
        None while there is no segmentation.
    undefined : str
        Stands where there is no value.

    Returns
    -------
    tuple of str
        In the order of `MEASURES`; the last one names its lesion.
    """
    if lesions is None:
        return (undefined,) * len(MEASURES)
    patient = lesions.patient()
    lowest = undefined
    if patient.lowest_suv_mean is not None:
        lesion, value = patient.lowest_suv_mean
        lowest = f"{value:.2f} ({lesions.lesions[lesion].name})"
    return (
        str(patient.lesions),
        f"{patient.total_volume_ml:.1f} mL",
        f"{patient.total_uptake:.1f} mL \u00d7 SUV",
        undefined if patient.suv_max is None else f"{patient.suv_max:.2f}",
        lowest,
    )
