"""Who was scanned when and with what, and what the numbers of the scan's files stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.uid import generate_uid

from .build import Build
from .request import Request
from .seeds import Seeds
from .uptake import Tracer
from .vendors import Vendor, vendor_named

_INJECTION = datetime(2024, 1, 15, 9, 0, 0)
_BED_S = 180.0
_DAY_S = 86400


@dataclass(frozen=True)
class Study:
    """Who was scanned when, and with what.

    Parameters
    ----------
    request : Request
        What the patient was made from; the UIDs follow from it.
    build : Build
        The patient.
    tracer : Tracer
        What was injected.
    dose_bq : float
        How much.
    delay_s : float
        Seconds from the injection to the start of the PET.
    """

    request: Request
    build: Build
    tracer: Tracer
    dose_bq: float
    delay_s: float

    @classmethod
    def drawn(cls, request: Request, build: Build, tracer: Tracer, seeds: Seeds) -> Study:
        """Draw the injected dose and the time until the scan, within the tracer's usual ranges."""
        random = seeds.stream("injection", tracer.name)
        dose = round(float(random.uniform(*tracer.dose_mbq)), 1) * 1e6
        delay = round(float(random.uniform(*tracer.delay_s)))
        return cls(request, build, tracer, dose, delay + (_DAY_S if request.next_day else 0))

    @property
    def injection(self) -> datetime:
        """Time of the injection: a fixed date, since a digital patient was never scanned."""
        return _INJECTION

    @property
    def start(self) -> datetime:
        """Start of the PET, to which its activity is decay-corrected."""
        return self.injection + timedelta(seconds=self.delay_s)

    @property
    def vendor(self) -> Vendor:
        """Whose headers the PET has."""
        return vendor_named(self.request.header)

    @property
    def decayed_s(self) -> float:
        """Seconds for which the dose decays before the time that the activity is corrected to."""
        return 0.0 if self.request.decay_correction == "admin" else self.delay_s

    @property
    def activity_factor(self) -> float:
        """SUVbw (g/mL) of 1 Bq/mL: weight in grams over the dose that is left at that time."""
        remaining = self.dose_bq * 2.0 ** (-self.decayed_s / self.tracer.half_life_s)
        return self.build.weight_kg * 1000.0 / remaining

    @property
    def stored_factor(self) -> float:
        """SUVbw (g/mL) of 1 in the units of the PET, Bq/mL or counts, as a reader of its headers finds it."""
        vendor = self.vendor
        if vendor.bq_per_count is None:
            return self.activity_factor
        if vendor.suv_per_count:
            return float(self.suv_of_a_count)
        return self.activity_factor * vendor.bq_per_count

    @property
    def suv_of_a_count(self) -> str:
        """Philips' factor to SUVbw, as the header holds it."""
        return decimal(self.activity_factor * (self.vendor.bq_per_count or 1.0))

    @property
    def bed_s(self) -> float:
        """Seconds that each bed position takes; fewer counts are a shorter scan."""
        return _BED_S * self.request.dose

    def uid(self, *name: str | int) -> str:
        """Return the UID of a part of the study, always the same one."""
        return generate_uid(entropy_srcs=[self.request.key, *map(str, name)])


def decimal(value: float) -> str:
    """Return a number as a DICOM decimal string of at most 16 characters."""
    return f"{value:.9e}"
