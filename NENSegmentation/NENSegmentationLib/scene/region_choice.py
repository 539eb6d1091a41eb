"""The reference region while it is chosen: proposed, placed by clicks, moved, and measured as it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..core.reference_region import (
    DIAMETER_MM,
    Ellipsoid,
    Organ,
    Point,
    ReferenceRegion,
    region_from_ellipsoids,
    sphere,
)
from ..study.method_text import THRESHOLD
from .session import CorrectionSession

SAME_MM = 0.01
"""Points no further apart are the same: files of points round."""

FORMULAS = {Organ.LIVER: "1.5 \u00d7 mean + 2 \u00d7 SD", Organ.SPLEEN: "0.67 \u00d7 mean + 2 \u00d7 SD"}
"""How the threshold of a region is computed."""


@dataclass
class RegionChoice:
    """Spheres of one diameter in one organ.

    Attributes
    ----------
    organ : Organ
        Whose tissue it is.
    diameter_mm : float
        Of each sphere.
    centres : list of tuple of float
        RAS mm; empty while nothing is placed.
    proposed_warnings : tuple of str or None
        What the automatic proposal warned of; None once the reader has chosen otherwise.
    """

    organ: Organ = Organ.LIVER
    diameter_mm: float = DIAMETER_MM
    centres: list[Point] = field(default_factory=list)
    proposed_warnings: tuple[str, ...] | None = None

    @property
    def spheres(self) -> list[Ellipsoid]:
        """The shapes of the region as they lie now."""
        return [sphere(centre, self.diameter_mm) for centre in self.centres]

    def take(self, region: ReferenceRegion) -> None:
        """Take a proposed region, made of spheres of one diameter."""
        self.organ = region.organ
        self.diameter_mm = region.ellipsoids[0].diameters_mm[0]
        self.centres = [ellipsoid.centre_ras for ellipsoid in region.ellipsoids]
        self.proposed_warnings = region.warnings

    def place(self, ras: Point) -> None:
        """Add a sphere at a point (RAS mm); the first one of the reader takes the place of a proposal."""
        self.centres = [*([] if self.proposed_warnings is not None else self.centres), ras]
        self.proposed_warnings = None

    def move(self, number: int, ras: Point) -> None:
        """Move a sphere to a point (RAS mm); the region is then the reader's own."""
        self.centres[number] = ras
        self.proposed_warnings = None

    def clear(self) -> None:
        """Choose nothing."""
        self.centres, self.proposed_warnings = [], None

    def hit(self, ras: Point) -> int | None:
        """Return the number of the sphere that holds a point (RAS mm), the nearest of several, or None."""
        if not self.centres:
            return None
        apart = np.linalg.norm(np.array(self.centres) - ras, axis=1)
        nearest = int(apart.argmin())
        return nearest if apart[nearest] <= self.diameter_mm / 2 else None

    def measured(self, session: CorrectionSession) -> ReferenceRegion:
        """Measure the uptake in the spheres; see `region_from_ellipsoids`."""
        region = region_from_ellipsoids(session.pet, self.organ, self.spheres, session.body)
        if self.proposed_warnings is None:
            return region
        warnings = dict.fromkeys((*region.warnings, *self.proposed_warnings))
        return replace(region, proposed=True, warnings=tuple(warnings))


def is_same_region(one: ReferenceRegion, other: ReferenceRegion) -> bool:
    """Tell whether two regions are of the same organ and shape."""
    return one.organ is other.organ and _same_spheres(one.ellipsoids, other.ellipsoids)


def unused_words(region: ReferenceRegion, session: CorrectionSession) -> list[str]:
    """Return a warning if the threshold of a session is not that of the region that is shown, and what to press."""
    used = session.region
    if session.lesion_map is None or (used is not None and is_same_region(region, used)):
        return []
    if session.method == THRESHOLD and used is not None:
        said = f"The lesions were found with another region (threshold {used.threshold():.2f})."
        return [f"{said} Press Segment to use this one."]
    if used is None:
        said = "No region is used for added lesions yet."
    else:
        said = f"The threshold for added lesions is that of another region ({used.threshold():.2f})."
    return [f"{said} Press Use for added lesions to use this one."]


def _same_spheres(some: Sequence[Ellipsoid], others: Sequence[Ellipsoid]) -> bool:
    numbers = [[(*one.centre_ras, *one.diameters_mm) for one in ellipsoids] for ellipsoids in (some, others)]
    return len(some) == len(others) and np.allclose(*numbers, rtol=0, atol=SAME_MM)
