"""Finding the liver on a PET without an organ map.

The rules are few and each can be seen in the picture: an even, warm region as large as a liver, on the right, with
nothing like it on the left, and the lung above it. What fails one of them is refused with the reason; nothing is
guessed (Docs/decisions/0004-automatic-reference-region.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, find_objects, label

from .boxes import box_of
from .reference_region import Organ
from .refusal import refusal
from .spheres import Candidates
from .survey import Survey
from .volume import AIR_HU, index_to_ras

BALL_MM = 40.0
"""A sphere of 30 mm with 5 mm around it: what has to be even, so that the sphere keeps away from every edge."""

_STEP_MM = 5.0

# The numbers below were measured on two FDG patients and on 60 real anatomies painted with DOTATATE and FDG uptake.

# A body at least as wide, deep and high as a slim trunk from the lung's base to the kidneys.
_LEAST_TRUNK_MM = (200.0, 130.0, 200.0)
# Balls in liver reach 0.03 to 0.08. At 0.10 none crosses into a neighbouring organ, at 0.15 liver and heart join.
_HIGHEST_CV = 0.10
# Liver has 3 times (FDG) to 25 times (DOTATATE) the usual uptake of the body; muscle and most blood have under 2.
_WARM = 2.0
# Livers show 500 to 2000 mL of even tissue; kidneys, bladder, spleen and stomach 300 mL at most.
_LEAST_ML = 300.0
# The even part of a liver is centred 50 to 95 mm right of the midline, and nine tenths of it or more lie there.
_LEAST_RIGHT_MM = 30.0
_LEAST_SHARE_RIGHT = 0.75
# Uptake that differs by less than this counts as the same.
_SAME = 0.2
# Lung has a third of the uptake of liver at most, with FDG too; breathing and blur add to it. 30 mm of it are seen
# above 50 to 100 % of the columns of a liver (the rest lies under heart or metastases), and above none below a cut.
_LUNG_SHARE = 0.5
_LUNG_HU = -500.0
_LUNG_WITHIN_MM = 100.0
_LEAST_LUNG_MM = 30.0
_LEAST_SHARE_UNDER_LUNG = 0.3
# From a fatty liver to one with contrast medium; gallbladder, fat, gas or bone in the ball varies more than the SD.
_LIVER_HU = (0.0, 150.0)
_HIGHEST_HU_SD = 15.0


@dataclass(frozen=True)
class _Patient:
    """A survey of the body, with the evenness of its uptake.

    Attributes
    ----------
    survey : Survey
        Of the box around the body.
    body : ndarray of bool, shape (k, j, i)
        Where the body is.
    usual : float
        Median uptake of the body (g/mL).
    midline : float
        Position along i of the plane between right and left.
    mean, cv : ndarray of float, shape (k, j, i)
        Of the uptake in a ball around each voxel.
    """

    survey: Survey
    body: NDArray[np.bool_]
    usual: float
    midline: float
    mean: NDArray[np.float64]
    cv: NDArray[np.float64]


@dataclass(frozen=True)
class _Region:
    """A connected region of ball centres.

    Attributes
    ----------
    where : ndarray of int, shape (n, 3)
        Its voxels (k, j, i).
    volume_ml : float
        Volume of the balls together.
    level : float
        Median of the balls' means (g/mL).
    right_mm : float
        How far right of the midline it is centred.
    share_right : float
        Its part right of the midline.
    """

    where: NDArray[np.intp]
    volume_ml: float
    level: float
    right_mm: float
    share_right: float

    def __str__(self) -> str:
        return f"{self.volume_ml:.0f} mL, SUV {self.level:.1f}"

    @property
    def on_the_right(self) -> bool:
        """Tell whether it lies where a liver does."""
        return self.right_mm >= _LEAST_RIGHT_MM and self.share_right >= _LEAST_SHARE_RIGHT


def find_liver(pet: sitk.Image, ct: sitk.Image | None = None) -> Candidates:
    """Find where in the liver a sphere of 30 mm can be placed.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    ct : SimpleITK.Image, optional
        Hounsfield units, on any grid.

    Returns
    -------
    Candidates
        At least one.

    Raises
    ------
    MethodError
        If the liver is not found with confidence; the sentence names the rule that failed.
    """
    patient = _patient(pet)
    hounsfield = None if ct is None else patient.survey.on_grid(ct, outside=AIR_HU)
    regions = _even_regions(patient, hounsfield)
    liver = _liver(patient, regions)
    _refuse_a_rival(liver, regions)
    _refuse_a_twin_on_the_left(liver, patient)
    _refuse_without_lung_above(liver, patient, hounsfield)
    # Left of the midline the liver is thin, and lies against the heart and the stomach.
    right = (patient.midline - liver.where[:, 2]) * patient.survey.step_mm >= BALL_MM / 2
    where = liver.where[right]
    k, j, i = where.T
    return Candidates(index_to_ras(patient.survey.grid, where), patient.mean[k, j, i], patient.cv[k, j, i])


def _patient(pet: sitk.Image) -> _Patient:
    whole = Survey.of(pet, _STEP_MM)
    body = whole.body()
    box = box_of(body)
    if box is None:
        raise refusal(Organ.LIVER, "the PET image shows no body")
    height, depth, width = ((s.stop - s.start) * _STEP_MM for s in box)
    if any(size < least for size, least in zip((width, depth, height), _LEAST_TRUNK_MM, strict=True)):
        seen = f"{width:.0f} x {depth:.0f} x {height:.0f} mm"
        raise refusal(Organ.LIVER, f"the PET image shows {seen} of a body, too little to hold the upper abdomen")
    survey, body = whole.cropped(box), body[box]
    mean, sd = survey.ball_statistics(survey.uptake, BALL_MM)
    usual = float(np.median(survey.uptake[body]))
    # The median over the whole body is hardly moved by an arm that lies on one side only.
    midline = float(np.median(np.nonzero(body)[2]))
    return _Patient(survey, body, usual, midline, mean, sd / np.maximum(mean, 1e-6))


def _even_regions(patient: _Patient, hounsfield: NDArray[np.float64] | None) -> list[_Region]:
    """Return the regions whose balls are even and warm (and soft tissue on CT), the largest first."""
    even = patient.body & (patient.cv <= _HIGHEST_CV) & (patient.mean >= _WARM * patient.usual)
    if hounsfield is not None:
        mean, sd = patient.survey.ball_statistics(hounsfield, BALL_MM)
        even &= (mean >= _LIVER_HU[0]) & (mean <= _LIVER_HU[1]) & (sd <= _HIGHEST_HU_SD)
    numbers, _ = label(even)
    regions = [
        _region(patient, np.argwhere(numbers[box] == number) + [s.start for s in box])
        for number, box in enumerate(find_objects(numbers), start=1)
    ]
    return sorted(regions, key=lambda region: -region.volume_ml)


def _region(patient: _Patient, where: NDArray[np.intp]) -> _Region:
    step = patient.survey.step_mm
    reach = int(BALL_MM / 2 / step)
    within = where - where.min(axis=0) + reach
    centres = np.zeros(within.max(axis=0) + reach + 1, bool)
    centres[tuple(within.T)] = True
    balls = distance_transform_edt(~centres, sampling=step) <= BALL_MM / 2
    right = (patient.midline - where[:, 2]) * step
    return _Region(
        where=where,
        volume_ml=float(np.count_nonzero(balls) * step**3 / 1000),
        level=float(np.median(patient.mean[tuple(where.T)])),
        right_mm=float(right.mean()),
        share_right=float((right > 0).mean()),
    )


def _liver(patient: _Patient, regions: list[_Region]) -> _Region:
    """Return the largest region on the right, with the pieces of the same uptake that metastases cut off from it."""
    largest = next((region for region in regions if region.on_the_right), None)
    if largest is not None:
        pieces = [region for region in regions if region.on_the_right and _same_uptake(region, largest)]
        liver = _region(patient, np.concatenate([piece.where for piece in pieces]))
        if liver.volume_ml >= _LEAST_ML:
            return liver
        reason = (
            f"no region of even, raised uptake on the right is as large as a liver: the largest has {liver}, "
            f"and {_LEAST_ML:.0f} mL are needed"
        )
    elif regions:
        reason = (
            f"the largest region of even, raised uptake ({regions[0]}) does not lie on the right, as the liver would"
        )
    else:
        reason = "no region of even uptake stands out from the rest of the body, as the liver would"
    raise refusal(Organ.LIVER, reason)


def _same_uptake(one: _Region, other: _Region) -> bool:
    return abs(one.level / other.level - 1) < _SAME


def _refuse_a_rival(liver: _Region, regions: list[_Region]) -> None:
    for other in regions:
        larger = other.volume_ml > liver.volume_ml and other.level > liver.level * (1 - _SAME)
        beside = other.on_the_right and other.volume_ml >= _LEAST_ML and not _same_uptake(other, liver)
        if larger or beside:
            reason = f"two regions of even, raised uptake could be the liver ({liver}, and {other})"
            raise refusal(Organ.LIVER, reason)


def _refuse_a_twin_on_the_left(liver: _Region, patient: _Patient) -> None:
    k, j, i = liver.where.T
    mirrored = np.rint(2 * patient.midline - i).astype(int)
    mirrored = np.clip(mirrored, 0, patient.mean.shape[2] - 1)
    alike = np.abs(patient.mean[k, j, mirrored] / patient.mean[k, j, i] - 1) < _SAME
    if alike.mean() > 0.5:
        reason = f"the region on the right that could be the liver ({liver}) has a twin on the left, as no liver has"
        raise refusal(Organ.LIVER, reason)


def _refuse_without_lung_above(liver: _Region, patient: _Patient, hounsfield: NDArray[np.float64] | None) -> None:
    """Look up from the top of each column of the region."""
    if hounsfield is None:
        lung = patient.body & (patient.survey.uptake < _LUNG_SHARE * liver.level)
    else:
        lung = patient.body & (hounsfield < _LUNG_HU)
    top = np.full(lung.shape[1:], -1)
    k, j, i = liver.where.T
    np.maximum.at(top, (j, i), k)
    j, i = np.nonzero(top >= 0)
    first = top[j, i] + int(BALL_MM / 2 / patient.survey.step_mm)
    steps = np.arange(int(_LUNG_WITHIN_MM / patient.survey.step_mm))[:, None]
    above = first + steps
    seen = lung[np.minimum(above, lung.shape[0] - 1), j, i] & (above < lung.shape[0])
    under_lung = seen.sum(axis=0) * patient.survey.step_mm >= _LEAST_LUNG_MM
    if under_lung.mean() < _LEAST_SHARE_UNDER_LUNG:
        reason = f"no lung lies above the region that could be the liver ({liver}), or the scan ends below the lung"
        raise refusal(Organ.LIVER, reason)
