"""The conversion of a PET series to SUVbw, written out so that a physicist can check every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .attributes import Attribute
from .clock import Instant


@dataclass(frozen=True)
class SuvConversion:
    """How the voxels of a PET series become SUVbw: ``SUV = factor * (stored * slope + intercept)``.

    Attributes
    ----------
    factor : float
        g/mL per rescaled stored value: per Bq/mL if the units are BQML, 1 if they are GML, per count if CNTS.
    units : str
        Units (0054,1001).
    formula : str
        What was computed, in words.
    decay_correction : str
        DecayCorrection (0054,1102): START or ADMIN; empty where it is absent and not needed.
    weight_kg, dose_bq, half_life_s : float or None
        As in the header; None where the conversion does not need them.
    nuclide : str
        The radionuclide that the header names; empty where it names none or none is needed.
    scan_reference, injection : Instant or None
        The ends of the decay interval, and where they came from; None where there is none (ADMIN, GML).
    dt_s : float or None
        Seconds from the injection to the scan's reference time; 0 for ADMIN.
    decay_factor : float or None
        ``2^(-dt / half-life)``: the part of the injected dose that is left at the reference time.
    philips_suv_factor, philips_activity_factor : float or None
        Philips' private factors from counts to g/mL and to Bq/mL.
    attributes : tuple of Attribute
        Every attribute that was used.
    warnings : tuple of str
        What a reader has to know wherever the SUV is shown.
    """

    factor: float
    units: str
    formula: str
    decay_correction: str
    attributes: tuple[Attribute, ...]
    weight_kg: float | None = None
    dose_bq: float | None = None
    half_life_s: float | None = None
    nuclide: str = ""
    scan_reference: Instant | None = None
    injection: Instant | None = None
    dt_s: float | None = None
    decay_factor: float | None = None
    philips_suv_factor: float | None = None
    philips_activity_factor: float | None = None
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the conversion as plain values, for a JSON file.

        Returns
        -------
        dict
            The formula, every intermediate value with its unit, every attribute with its tag, and the warnings.
        """
        return {
            "formula": self.formula,
            "suv_factor": self.factor,
            "suv": "suv_factor * (stored value * RescaleSlope (0028,1053) + RescaleIntercept (0028,1052)) by slice",
            "units": self.units,
            "decay_correction": self.decay_correction,
            "weight_g": _times(self.weight_kg, 1000.0),
            "injected_dose_bq": self.dose_bq,
            "nuclide": self.nuclide,
            "half_life_s": self.half_life_s,
            "injection": _instant(self.injection),
            "scan_reference": _instant(self.scan_reference),
            "dt_s": self.dt_s,
            "decay_factor": self.decay_factor,
            "dose_at_scan_reference_bq": _times(self.dose_bq, self.decay_factor),
            "philips_suv_factor_g_per_ml": self.philips_suv_factor,
            "philips_activity_factor_bq_per_ml": self.philips_activity_factor,
            "attributes": [{"name": a.name, "tag": a.tag, "value": a.value} for a in self.attributes],
            "warnings": list(self.warnings),
        }


def _times(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor


def _instant(instant: Instant | None) -> dict[str, str] | None:
    return None if instant is None else {"time": instant.time.isoformat(), "source": instant.source}
