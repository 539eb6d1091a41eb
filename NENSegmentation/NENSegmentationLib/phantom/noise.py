"""The noise of a PET image, and how it follows counts, uptake, body size and voxel size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blur import TO_SIGMA, coarsening, smoothed

# The grid to which a scanner's stated noise belongs.
_REFERENCE_STEP_MM = (3.0, 2.0, 2.0)
# White noise through a Gaussian has the variance of a mean over a box this many FWHM long.
_BOX_PER_FWHM = math.sqrt(4 * math.pi) * TO_SIGMA
_MOST_RELATIVE_NOISE = 1.5


@dataclass(frozen=True)
class Noise:
    """How noisy an image is.

    Parameters
    ----------
    relative : float
        Standard deviation over mean where the uptake is ``at_suv``, on voxels of 2 x 2 x 3 mm.
    at_suv : float
        SUVbw (g/mL).
    fwhm_mm : float
        Size of its grain: full width at half maximum of the Gaussian that would make it of white noise.
    """

    relative: float
    at_suv: float
    fwhm_mm: float

    def of_counts(self, counts: float) -> Noise:
        """Return the noise at another number of counts, relative to the one it is stated for."""
        # Rounded, so that the last digit of a machine's power makes no difference.
        return Noise(float(f"{self.relative / math.sqrt(counts):.6g}"), self.at_suv, self.fwhm_mm)

    def on(self, spacing: Sequence[float]) -> float:
        """Return the relative noise on voxels of another size (mm, along k, j, i): larger ones average more."""
        square = (self.fwhm_mm * _BOX_PER_FWHM) ** 2
        length = [
            (square + reference**2) / (square + step**2)
            for reference, step in zip(_REFERENCE_STEP_MM, spacing, strict=True)
        ]
        return self.relative * math.prod(length) ** 0.25

    def added(
        self,
        expected: NDArray[np.float32],
        spacing: Sequence[float],
        body: NDArray[np.float32],
        random: np.random.Generator,
    ) -> NDArray[np.float32]:
        """Add noise to an image without any.

        Relative noise falls with the 7/16th power of the uptake, between what counting (1/2) and what few iterations
        (towards 0) give; the exponent is measured on the NEMA phantom. Values follow a gamma distribution (by Wilson
        and Hilferty's cube), so that they stay positive and keep their mean however few the counts are.

        Parameters
        ----------
        expected : ndarray, shape (k, j, i)
            SUVbw (g/mL).
        spacing : sequence of 3 floats
            Of its voxels along (k, j, i), mm.
        body : ndarray, shape (k, j, i)
            Factor of the noise by place, from the body's attenuation.
        random : numpy.random.Generator
            The source of the noise.
        """
        white = random.standard_normal(expected.shape, dtype=np.float32)
        sigma = [self.fwhm_mm * TO_SIGMA / step for step in spacing]
        grain = smoothed(white, sigma)
        level = np.float32(self.on(spacing))
        unit = np.float32(coarsening(sigma))
        for k, plane in enumerate(grain):
            relative = _fall(expected[k] * np.float32(1 / self.at_suv)) * body[k] * level
            np.minimum(relative, np.float32(_MOST_RELATIVE_NOISE), out=relative)
            cube = np.maximum(1 - relative * relative / 9 + relative * (plane * (unit / np.float32(3))), 0)
            grain[k] = expected[k] * (cube * cube * cube)
        return grain


def _fall(uptake: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return ``uptake ** (-7/16)`` by square roots, which every machine rounds alike."""
    fourth = np.sqrt(np.sqrt(np.maximum(uptake, np.float32(1e-4))))
    eighth = np.sqrt(fourth)
    return 1 / (fourth * eighth * np.sqrt(eighth))
