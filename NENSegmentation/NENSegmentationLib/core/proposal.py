"""The reference region as the computer proposes it: spheres in even tissue of the liver or the spleen.

A wrong reference region moves the threshold of the whole patient. So what is not plausible is refused with the
reason, and the physician places the region (Docs/decisions/0004-automatic-reference-region.md).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import SimpleITK as sitk

from .liver import find_liver
from .organs import OrganMap
from .parenchyma import Parenchyma
from .reference_region import DIAMETER_MM, Organ, Point, ReferenceRegion, region_from_spheres
from .refusal import refusal
from .spheres import Candidates, spread_spheres
from .survey import Survey

SPHERES = 3
"""Spheres of a region, pooled (Wehrend et al. 2021)."""

SMALL_DIAMETER_MM = 20.0
"""Diameter in a spleen too small for the usual one: still 50 voxels of 4 x 4 x 5 mm."""

# Diameter, and distance of the sphere from the organ's edge. Into only 2 of 60 real spleens fit three spheres of
# 30 mm that stay 5 mm inside, into 41 three of 20 mm. At the edge itself, blur would lower the mean of the spleen.
_SIZES = {
    Organ.LIVER: ((DIAMETER_MM, 5.0), (DIAMETER_MM, 0.0)),
    Organ.SPLEEN: ((DIAMETER_MM, 5.0), (SMALL_DIAMETER_MM, 5.0), (SMALL_DIAMETER_MM, 2.5)),
}

# Tissue of an organ is warmer than this many times the median of the body, with FDG and DOTATATE alike.
_WARM = 1.5
# From a poor FDG uptake to the hottest spleen with a somatostatin-receptor tracer.
_PLAUSIBLE_SUV = (0.7, 80.0)
# If much of the organ is clearly colder than its evenest tissue, that tissue may be tumour.
_COLDER = 0.7
_MOST_COLDER = 0.35
_STEP_MM = 6.0


def propose_region(
    pet: sitk.Image, organ: Organ, ct: sitk.Image | None = None, organs: OrganMap | None = None
) -> ReferenceRegion:
    """Propose the reference region: spheres in even, usual tissue of an organ.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    organ : Organ
        The spleen is only found with ``organs``.
    ct : SimpleITK.Image, optional
        Hounsfield units, on any grid; used where there is no organ map.
    organs : OrganMap, optional
        On any grid.

    Returns
    -------
    ReferenceRegion
        Three spheres of 30 mm; in a small spleen up to three of 20 mm, with a warning that says so.

    Raises
    ------
    MethodError
        If there is no plausible region. The sentence gives the reason, and says to place the region by hand.
    """
    if organs is not None:
        return _proposed_in_map(pet, organ, organs)
    if organ is Organ.SPLEEN:
        raise refusal(organ, "by uptake alone the spleen cannot be told from its neighbours, an organ map is needed")
    candidates = find_liver(pet, ct)
    _refuse_implausible_uptake(organ, candidates.level)
    centres = spread_spheres(candidates, DIAMETER_MM, SPHERES)
    if len(centres) < SPHERES:
        raise refusal(organ, f"{SPHERES} spheres of {DIAMETER_MM:.0f} mm do not fit into the even part of the liver")
    return replace(region_from_spheres(pet, organ, centres), proposed=True)


def _proposed_in_map(pet: sitk.Image, organ: Organ, organs: OrganMap) -> ReferenceRegion:
    parenchyma = Parenchyma.of(pet, organ, organs)
    candidates, centres, diameter = _fitted(parenchyma, organ)
    level = candidates.level
    usual = _usual_uptake(pet)
    if level < _WARM * usual:
        reason = (
            f"the {organ.value} of the organ map has SUV {level:.1f}, hardly more than the body's usual {usual:.1f}; "
            "map and PET may not belong together"
        )
        raise refusal(organ, reason)
    _refuse_implausible_uptake(organ, level)
    colder = parenchyma.share_below(_COLDER * level)
    if colder > _MOST_COLDER:
        reason = (
            f"{100 * colder:.0f} % of the {organ.value} have much less uptake than its most even tissue "
            f"(SUV {level:.1f}), which may be tumour"
        )
        raise refusal(organ, reason)
    region = replace(region_from_spheres(pet, organ, centres, diameter), proposed=True)
    if diameter == DIAMETER_MM:
        return region
    warning = (
        f"The {organ.value} ({parenchyma.volume_ml:.0f} mL) is too small for {SPHERES} spheres of "
        f"{DIAMETER_MM:.0f} mm: the reference region is {len(centres)} of {diameter:.0f} mm."
    )
    return replace(region, warnings=(*region.warnings, warning))


def _fitted(parenchyma: Parenchyma, organ: Organ) -> tuple[Candidates, list[Point], float]:
    """Choose the largest spheres, furthest from the edge, of which enough fit."""
    for diameter, margin in _SIZES[organ]:
        candidates = parenchyma.candidates(diameter, margin)
        centres = spread_spheres(candidates, diameter, SPHERES)
        if len(centres) == SPHERES:
            return candidates, centres, diameter
    if organ is Organ.SPLEEN and centres:
        return candidates, centres, diameter
    where = f"the {organ.value} of the organ map ({parenchyma.volume_ml:.0f} mL)"
    if parenchyma.holds(diameter, margin):
        raise refusal(organ, f"{where} has too little tissue with even uptake for {SPHERES} spheres")
    raise refusal(organ, f"{where} is too small or too thin for a sphere of {diameter:.0f} mm")


def _usual_uptake(pet: sitk.Image) -> float:
    survey = Survey.of(pet, _STEP_MM)
    body = survey.body()
    return float(np.median(survey.uptake[body])) if body.any() else 0.0


def _refuse_implausible_uptake(organ: Organ, level: float) -> None:
    low, high = _PLAUSIBLE_SUV
    if not low <= level <= high:
        reason = f"what could be the {organ.value} has SUV {level:.1f}, and {low:g} to {high:g} are plausible"
        raise refusal(organ, reason)
