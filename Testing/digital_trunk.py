"""A simple patient on DOTATATE PET, for the tests of the automatic reference region."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.organs import OrganMap
from NENSegmentationLib.core.proposal import propose_region
from NENSegmentationLib.core.reference_region import Organ
from NENSegmentationLib.core.volume import image_like, index_to_ras

STEP = 5.0
NAMES = {1: "liver", 2: "spleen"}


@dataclass
class Body:
    """A trunk of 340 x 240 x 500 mm in voxels of 5 mm; its origin lies at the feet, in the midline."""

    grid: sitk.Image = field(init=False)
    suv: np.ndarray = field(init=False)
    hounsfield: np.ndarray = field(init=False)
    labels: np.ndarray = field(init=False)

    def __post_init__(self):
        self.grid = sitk.Image([76, 54, 100], sitk.sitkUInt8)
        self.grid.SetSpacing([STEP] * 3)
        self.grid.SetOrigin([-37.5 * STEP, -26.5 * STEP, 0])
        self.suv = np.zeros((100, 54, 76))
        self.hounsfield = np.full((100, 54, 76), -1000.0)
        self.labels = np.zeros((100, 54, 76), np.uint8)
        self.put((0, 0, 250), (170, 120, 5000), suv=0.6, hounsfield=40)

    def put(self, centre, radii, suv, hounsfield=50, label=None):
        """Fill an ellipsoid (RAS mm)."""
        points = index_to_ras(self.grid, np.moveaxis(np.indices(self.suv.shape), 0, -1))
        inside = (((points - centre) / radii) ** 2).sum(axis=-1) <= 1
        self.suv[inside], self.hounsfield[inside] = suv, hounsfield
        if label is not None:
            self.labels[inside] = label
        return inside

    def pet(self):
        """Return the PET: blurred, with a tenth of noise."""
        blurred = gaussian_filter(self.suv, 0.5)
        noise = np.random.default_rng(7).normal(0, 0.1, blurred.shape)
        return image_like((blurred * (1 + noise)).astype(np.float32), self.grid)

    def ct(self):
        return image_like(self.hounsfield.astype(np.int16), self.grid)

    def organs(self):
        return OrganMap(image_like(self.labels, self.grid), NAMES)


def trunk(liver=5.0, with_liver=True) -> Body:
    """Return a patient as on DOTATATE PET."""
    body = Body()
    for side in (75, -75):
        body.put((side, 0, 400), (60, 85, 110), suv=0.35, hounsfield=-800)
    if with_liver:
        body.put((75, 10, 240), (80, 85, 70), suv=liver, label=1)
    body.put((-115, -40, 250), (30, 40, 55), suv=9.0, label=2)
    for side in (65, -65):
        body.put((side, -70, 140), (25, 25, 45), suv=20.0, hounsfield=30)
    body.put((0, 30, 40), (35, 35, 30), suv=40.0, hounsfield=5)
    return body


def refused(pet, organ=Organ.LIVER, **given) -> str:
    with pytest.raises(MethodError) as error:
        propose_region(pet, organ, **given)
    sentence = str(error.value)
    assert sentence.startswith("no reference region is proposed: ")
    assert sentence.endswith(f". Place it in the {organ.value} by hand.")
    return sentence
