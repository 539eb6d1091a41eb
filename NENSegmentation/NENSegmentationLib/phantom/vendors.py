"""How the scanners of different vendors write a PET header: units, times, corrections and private elements.

What each of them does is taken from the headers of real series. The digital patient names its vendor only so that a
reader treats it as it treats that vendor's files; model and comments say what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from .errors import PhantomError

DEFAULT_HEADER = "siemens"
DECAY_CORRECTIONS = ("start", "admin")
"""What ``--decay-correction`` accepts: activity as it was when the scan started, or when the tracer was injected."""


@dataclass(frozen=True)
class Vendor:
    """How one vendor writes its PET series.

    Parameters
    ----------
    name : str
        As ``--header`` takes it.
    manufacturer : str
        For Manufacturer (0008,0070), which other readers look at.
    corrections : tuple of str
        For CorrectedImage (0028,0051) of the attenuation-corrected series.
    series_type : str
        First value of SeriesType (0054,1000).
    signed : bool
        Whether the stored values are signed, which leaves 15 bits for them.
    reconstructed_after : timedelta
        How much later than the start of the scan SeriesTime (0008,0031) is.
    scan_start : bool
        Whether the start of the scan is in the private (0009,xx0D) of GEMS_PETD_01.
    bq_per_count : float or None
        Activity concentration (Bq/mL) of one count, (7053,xx09) of the Philips PET Private Group; None where the
        units are Bq/mL.
    suv_per_count : bool
        Whether the SUV of one count is there too, (7053,xx00).
    """

    name: str
    manufacturer: str
    corrections: tuple[str, ...]
    series_type: str = "WHOLE BODY"
    signed: bool = False
    reconstructed_after: timedelta = timedelta(0)
    scan_start: bool = False
    bq_per_count: float | None = None
    suv_per_count: bool = False

    @property
    def units(self) -> str:
        """For Units (0054,1001)."""
        return "BQML" if self.bq_per_count is None else "CNTS"

    @property
    def top_of_range(self) -> int:
        """The largest stored value."""
        return 32767 if self.signed else 65535


_PHILIPS = ("DECY", "RADL", "ATTN", "SCAT", "DTIM", "RAN", "NORM")

VENDORS: Mapping[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor("siemens", "SIEMENS", ("NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN")),
        Vendor(
            "ge",
            "GE MEDICAL SYSTEMS",
            ("DECY", "ATTN", "SCAT", "DTIM", "RAN", "RADL", "DCAL", "SLSENS", "NORM"),
            series_type="STATIC",
            signed=True,
            reconstructed_after=timedelta(minutes=40),
            scan_start=True,
        ),
        Vendor("philips", "Philips Medical Systems", _PHILIPS, signed=True, bq_per_count=1.25, suv_per_count=True),
        Vendor("philips-activity", "Philips Medical Systems", _PHILIPS, signed=True, bq_per_count=1.25),
    )
}
"""What ``--header`` accepts."""


def vendor_named(name: str) -> Vendor:
    """Return a vendor.

    Raises
    ------
    PhantomError
        If there is none of that name.
    """
    if name not in VENDORS:
        message = f"There is no header {name!r}. Choose one of: {', '.join(VENDORS)}."
        raise PhantomError(message)
    return VENDORS[name]
