"""What a digital patient can be asked to be."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import PhantomError
from .uptake import tracer_named

DEFAULT_LESIONS = 12
DEFAULT_VOXEL = (4.0, 4.0, 4.0)
DEFAULT_TRACER = "cu64-dotatate"

_SMALLEST_VOXEL_MM, _LARGEST_VOXEL_MM = 1.5, 10.0
_MOST_LESIONS = 500


@dataclass(frozen=True)
class Request:
    """What a digital patient is asked to be.

    Parameters
    ----------
    seed : int
        0 or more; the same request always gives the same files.
    lesions : int
        Number of lesions, 0 for a negative control.
    voxel : tuple of 3 floats
        PET voxel along x, y, z in mm.
    tracer : str
        Name of a tracer.

    Raises
    ------
    PhantomError
        If a value makes no patient.
    """

    seed: int = 1
    lesions: int = DEFAULT_LESIONS
    voxel: tuple[float, float, float] = DEFAULT_VOXEL
    tracer: str = DEFAULT_TRACER

    def __post_init__(self) -> None:
        if self.seed < 0:
            message = f"The seed is {self.seed}. Give a whole number of 0 or more."
            raise PhantomError(message)
        if not 0 <= self.lesions <= _MOST_LESIONS:
            message = f"The number of lesions is {self.lesions}. Give a whole number from 0 to {_MOST_LESIONS}."
            raise PhantomError(message)
        if len(self.voxel) != 3 or not all(_SMALLEST_VOXEL_MM <= x <= _LARGEST_VOXEL_MM for x in self.voxel):
            given = ",".join(f"{x:g}" for x in self.voxel)
            message = (
                f"The voxel is {given} mm. Give three lengths X,Y,Z "
                f"from {_SMALLEST_VOXEL_MM:g} to {_LARGEST_VOXEL_MM:g} mm, for example 2,2,3."
            )
            raise PhantomError(message)
        tracer_named(self.tracer)

    @property
    def key(self) -> str:
        """The request as one text, from which the study's UIDs follow."""
        voxel = ",".join(f"{x:g}" for x in self.voxel)
        return f"seed {self.seed}, {self.lesions} lesions, voxel {voxel}, {self.tracer}"
