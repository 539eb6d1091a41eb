"""Finding even tissue inside an organ whose place is given by an organ map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from .boxes import box_of, grown
from .organs import OrganMap
from .reference_region import Organ
from .refusal import refusal
from .spheres import Candidates
from .survey import Survey
from .volume import image_like, index_to_ras, spacing

# Fine enough for the depth of a point in a spleen, which is 40 to 50 mm thick.
_STEP_MM = 3.0
# Closer to the edge the blur of PET mixes the organ with what lies beside it.
_BLUR_MM = 5.0
# Room around the organ for the largest ball.
_AROUND_MM = 25.0
# The place is known here, so tissue may be a little less even than where it has to prove what it is.
_HIGHEST_CV = 0.15


@dataclass(frozen=True)
class Parenchyma:
    """An organ of an organ map on the PET.

    Attributes
    ----------
    survey : Survey
        Of the box around the organ.
    depth_mm : ndarray of float, shape (k, j, i)
        How far inside the organ each voxel lies, 0 outside.
    """

    survey: Survey
    depth_mm: NDArray[np.float64]

    @classmethod
    def of(cls, pet: sitk.Image, organ: Organ, organs: OrganMap) -> Parenchyma:
        """Survey an organ.

        Parameters
        ----------
        pet : SimpleITK.Image
            SUVbw (g/mL).
        organ : Organ
            Which.
        organs : OrganMap
            On any grid.

        Returns
        -------
        Parenchyma

        Raises
        ------
        MethodError
            If the map does not have the organ, or has it outside the PET.
        """
        mask = organs.mask(organ.value)
        box = box_of(mask)
        if box is None:
            raise refusal(organ, f"the organ map has no {organ.value}")
        image = image_like(mask, organs.image)
        k, j, i = grown(box, np.ceil(_AROUND_MM / np.array(spacing(image))), mask.shape)
        survey = Survey.of(pet, _STEP_MM, around=image[i, j, k])
        inside = survey.labels_on_grid(image) > 0
        if not survey.uptake[inside].any():
            raise refusal(organ, f"the PET image shows no uptake where the organ map has the {organ.value}")
        # A layer of nothing around it: an organ that ends with the map has its edge there.
        depth = distance_transform_edt(np.pad(inside, 1), sampling=_STEP_MM)[1:-1, 1:-1, 1:-1]
        return cls(survey, np.maximum(depth - _STEP_MM / 2, 0))

    @property
    def volume_ml(self) -> float:
        """Volume of the organ."""
        return float(np.count_nonzero(self.depth_mm) * _STEP_MM**3 / 1000)

    def holds(self, diameter_mm: float, margin_mm: float) -> bool:
        """Tell whether a sphere fits anywhere, that far from the organ's edge."""
        return bool(self.depth_mm.max() >= diameter_mm / 2 + margin_mm)

    def candidates(self, diameter_mm: float, margin_mm: float) -> Candidates:
        """Find where spheres fit and the uptake is even.

        Parameters
        ----------
        diameter_mm : float
            Of the spheres.
        margin_mm : float
            How far from the organ's edge they stay; the uptake is even as far around them.

        Returns
        -------
        Candidates
            Perhaps none.
        """
        ball = diameter_mm + 2 * margin_mm
        mean, sd = self.survey.ball_statistics(self.survey.uptake, ball)
        even = (self.depth_mm >= ball / 2) & (mean > 0) & (sd <= _HIGHEST_CV * mean)
        ras = index_to_ras(self.survey.grid, np.argwhere(even))
        return Candidates(ras, mean[even], sd[even] / mean[even])

    def share_below(self, uptake: float) -> float:
        """Return the part of the organ, its blurred edge apart, with less uptake than this (g/mL)."""
        inner = self.survey.uptake[self.depth_mm >= _BLUR_MM]
        return float((inner < uptake).mean()) if inner.size else 0.0
