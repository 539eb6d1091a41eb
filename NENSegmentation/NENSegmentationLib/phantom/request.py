"""What a digital patient can be asked to be."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .errors import PhantomError
from .uptake import tracer_named
from .vendors import DECAY_CORRECTIONS, DEFAULT_HEADER, vendor_named

DEFAULT_VOXEL = (4.0, 4.0, 4.0)
DEFAULT_TRACER = "cu64-dotatate"

_SMALLEST_VOXEL_MM, _LARGEST_VOXEL_MM = 1.5, 10.0
_MOST_LESIONS = 500
_SMALLEST_DOSE = 0.01
_DAY_S = 86400.0
_MOST_HALF_LIVES = 10.0


@dataclass(frozen=True)
class Request:
    """What a digital patient is asked to be.

    Parameters
    ----------
    seed : int
        0 or more; the same request always gives the same files.
    lesions : int, optional
        Number of lesions, 0 for a negative control; without it, the patient's seed draws the number.
    voxel : tuple of 3 floats
        PET voxel along x, y, z in mm.
    tracer : str
        Name of a tracer.
    dose : float
        Part of the counts of a full scan, 0.01 to 1: the same patient, scanned for so much less time.
    uncorrected : bool
        Whether an image without attenuation correction is made besides.
    header : str
        Name of the vendor whose PET headers are written.
    decay_correction : str
        ``"start"`` for activity as it was when the scan started, ``"admin"`` as when the tracer was injected.
    next_day : bool
        Whether the scan comes a day later than usual.
    undated_injection : bool
        Whether the header holds the time of the injection without its date.

    Raises
    ------
    PhantomError
        If a value makes no patient.
    """

    seed: int = 1
    lesions: int | None = None
    voxel: tuple[float, float, float] = DEFAULT_VOXEL
    tracer: str = DEFAULT_TRACER
    dose: float = 1.0
    uncorrected: bool = False
    header: str = DEFAULT_HEADER
    decay_correction: str = DECAY_CORRECTIONS[0]
    next_day: bool = False
    undated_injection: bool = False

    def __post_init__(self) -> None:
        # 8 and 8.0 are the same request, and have the same key.
        object.__setattr__(self, "voxel", tuple(float(x) for x in self.voxel))
        object.__setattr__(self, "dose", float(self.dose))
        if self.seed < 0:
            message = f"The seed is {self.seed}. Give a whole number of 0 or more."
            raise PhantomError(message)
        if self.lesions is not None and not 0 <= self.lesions <= _MOST_LESIONS:
            message = f"The number of lesions is {self.lesions}. Give a whole number from 0 to {_MOST_LESIONS}."
            raise PhantomError(message)
        if len(self.voxel) != 3 or not all(_SMALLEST_VOXEL_MM <= x <= _LARGEST_VOXEL_MM for x in self.voxel):
            given = ",".join(f"{x:g}" for x in self.voxel)
            message = (
                f"The voxel is {given} mm. Give three lengths X,Y,Z "
                f"from {_SMALLEST_VOXEL_MM:g} to {_LARGEST_VOXEL_MM:g} mm, for example 2,2,3."
            )
            raise PhantomError(message)
        if not _SMALLEST_DOSE <= self.dose <= 1:
            message = f"The dose is {self.dose:g}. Give a part of the full one, from {_SMALLEST_DOSE:g} to 1."
            raise PhantomError(message)
        vendor_named(self.header)
        if self.decay_correction not in DECAY_CORRECTIONS:
            choice = " or ".join(DECAY_CORRECTIONS)
            message = f"There is no decay correction {self.decay_correction!r}. Choose {choice}."
            raise PhantomError(message)
        tracer = tracer_named(self.tracer)
        if self.next_day and _MOST_HALF_LIVES * tracer.half_life_s < _DAY_S:
            message = (
                f"A day after the injection nothing is left of {tracer.radiopharmaceutical}. "
                "Leave out --next-day, or choose a tracer with 64Cu."
            )
            raise PhantomError(message)

    @property
    def key(self) -> str:
        """The request as one text, from which the study's UIDs follow."""
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))
