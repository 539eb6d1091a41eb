"""What the CT of the scanner makes of a patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .blur import coarsening, smoothed
from .drawing import Drawing, in_slabs
from .fields import SmoothField
from .grid import Grid
from .seeds import Seeds
from .tissues import CODES, TISSUES

CT_NOISE_HU = 11.0
"""Noise of the CT (assumed, low dose)."""

# Gaussians in CT pixels: the blur of its edges and the grain of its noise.
_CT_BLUR, _CT_GRAIN = 0.6, 0.7
_SLAB = 24
# The lung of someone lying on the back is denser behind (assumed): HU for each mm, from the lungs' middle.
_LUNG_HU_PER_MM, _MIDDLE_OF_LUNG_MM = -0.4, -14.0
_LUNGS = [CODES["lung_left"], CODES["lung_right"]]


def ct_scan(drawing: Drawing, grid: Grid, seeds: Seeds) -> NDArray[np.int16]:
    """Scan the patient's CT numbers.

    Parameters
    ----------
    drawing : Drawing
        The patient; its grid has a whole number of slices for each slice of ``grid``, and the same planes.
    grid : Grid
        The CT's.
    seeds : Seeds
        The patient's.

    Returns
    -------
    ndarray, shape (k, j, i), int16
        Hounsfield units, -1024 to 3071.
    """
    values, spread = np.zeros((2, 256), np.float32)
    values[: len(TISSUES)] = [tissue.hounsfield for tissue in TISSUES]
    spread[: len(TISSUES)] = [tissue.texture for tissue in TISSUES]
    texture = SmoothField(seeds.stream("ct texture"), drawing.grid.extent, 6.0)
    slope = np.zeros(256, np.float32)
    slope[_LUNGS] = _LUNG_HU_PER_MM
    forwards = (drawing.grid.axes[1] - np.float32(_MIDDLE_OF_LUNG_MM))[:, None]
    thin = drawing.grid.shape[0] // grid.shape[0]
    step = _SLAB // thin * thin
    grain = np.float32(CT_NOISE_HU * coarsening((_CT_GRAIN,) * 2))
    scan = np.empty(grid.shape, np.int16)

    def slices(start: int) -> None:
        stop = min(start + step, drawing.grid.shape[0])
        slab = drawing.painted(start, stop, values, lambda lesion: lesion.hounsfield)
        slab += spread[drawing.tissues[start:stop]] * texture.on(drawing.grid.slab(start, stop).axes)
        slab += slope[drawing.tissues[start:stop]] * forwards
        thick = slab.reshape(-1, thin, *slab.shape[1:]).mean(axis=1)
        for k, plane in enumerate(thick, start // thin):
            noise = seeds.stream("ct noise", k).standard_normal(plane.shape, dtype=np.float32)
            seen = smoothed(plane, (_CT_BLUR,) * 2) + smoothed(noise, (_CT_GRAIN,) * 2) * grain
            np.clip(np.rint(seen), -1024, 3071, out=seen)
            scan[k] = seen

    in_slabs(slices, drawing.grid.shape[0], step)
    return scan
