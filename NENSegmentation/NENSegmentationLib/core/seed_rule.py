"""By what the boundary of a lesion is found that is added by a click."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from .errors import MethodError

DEFAULT_PERCENT = 40.0
"""Usual percentage of the local SUVmax."""


class RuleKind(str, Enum):
    """By what the boundary of a new lesion is found."""

    PATIENT_THRESHOLD = "patient_threshold"
    FIXED_SUV = "fixed_suv"
    PERCENT_OF_MAXIMUM = "percent_of_maximum"
    GRADIENT_EDGE = "gradient_edge"


@dataclass(frozen=True)
class Rule:
    """A rule with its value, as it goes to the journal; made by the four functions below.

    Attributes
    ----------
    kind : RuleKind
        By what the boundary is found.
    value : float or None
        SUV (g/mL) of a patient threshold or a fixed SUV, percentage of the local SUVmax; None for the gradient edge.

    Raises
    ------
    MethodError
        If the SUV is not a positive number, or the percentage not from 1 to 99.
    ValueError
        If a gradient edge has a value, or another rule has none.
    """

    kind: RuleKind
    value: float | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != (self.kind is RuleKind.GRADIENT_EDGE):
            message = f"the rule {self.kind.value} does not go with the value {self.value}"
            raise ValueError(message)
        if self.value is None:
            return
        if self.kind is RuleKind.PERCENT_OF_MAXIMUM:
            if not 1 <= self.value <= 99:
                message = f"{self.value:g} % of the maximum is no boundary. Give a percentage from 1 to 99, usually 40."
                raise MethodError(message)
        elif not (np.isfinite(self.value) and self.value > 0):
            message = f"the SUV {self.value:g} is no boundary. Give a positive SUV."
            raise MethodError(message)

    def suv(self, local_maximum: float) -> float | None:
        """Return the SUV above which voxels are taken, or None if the uptake does not decide."""
        if self.value is None:
            return None
        return self.value / 100 * local_maximum if self.kind is RuleKind.PERCENT_OF_MAXIMUM else self.value


def patient_threshold(suv: float) -> Rule:
    """Take the voxels above the patient's threshold; see `ReferenceRegion.threshold`."""
    return Rule(RuleKind.PATIENT_THRESHOLD, float(suv))


def fixed_suv(suv: float) -> Rule:
    """Take the voxels above an SUV that the reader chose."""
    return Rule(RuleKind.FIXED_SUV, float(suv))


def percent_of_maximum(percent: float = DEFAULT_PERCENT) -> Rule:
    """Take the voxels above a percentage of the uptake at the maximum near the point."""
    return Rule(RuleKind.PERCENT_OF_MAXIMUM, float(percent))


def gradient_edge() -> Rule:
    """Take the voxels inside the steepest fall of uptake around the maximum; see `gradient_edge.gradient_edge`."""
    return Rule(RuleKind.GRADIENT_EDGE)
