"""The windows in which a network looks at an image, and which of them can change the result."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Window = tuple[slice, ...]

# nnU-Net's own: windows overlap by half, and count less towards their rim.
_STEP = 0.5
_SIGMA = 1 / 8
_WEIGHT = 10.0


class Mode(str, Enum):
    """How the windows are laid and computed."""

    EXACT = "exact"
    FAST = "fast"


def windows(shape: Sequence[int], patch: Sequence[int]) -> list[Window]:
    """Lay nnU-Net's grid of windows, in its order.

    Parameters
    ----------
    shape : sequence of int
        Of the image on the network's grid, three axes; nowhere smaller than the patch.
    patch : sequence of int
        Of the network: three axes, or two for a network of single slices.

    Returns
    -------
    list of tuple of slice
        Three slices each; a window of a two-dimensional network is one slice thick.
    """
    slicewise = len(patch) < len(shape)
    starts = [list(range(shape[0]))] if slicewise else []
    starts += [_starts(n, size) for n, size in zip(shape[len(starts) :], patch, strict=True)]
    sizes = (1, *patch) if slicewise else tuple(patch)
    return [
        tuple(slice(start, start + size) for start, size in zip(corner, sizes, strict=True))
        for corner in product(*starts)
    ]


def _starts(n: int, size: int) -> list[int]:
    """Return where windows of a size start on an axis of n voxels: evenly, and at most half a window apart."""
    last = n - size
    steps = math.ceil(last / (size * _STEP))
    return [int(np.round(last / steps * step)) for step in range(steps + 1)] if steps else [0]


def window_weights(patch: Sequence[int]) -> NDArray[np.float32]:
    """Return how much each voxel of a window counts: a Gaussian, nowhere 0.

    Parameters
    ----------
    patch : sequence of int
        Of the network.

    Returns
    -------
    ndarray of float32, shape ``patch``
        In nnU-Net's half precision, so that voxels near the rim of a window get the weight that they get there.
    """
    peak = np.zeros(tuple(patch))
    peak[tuple(size // 2 for size in patch)] = 1
    bell = ndimage.gaussian_filter(peak, [size * _SIGMA for size in patch], mode="constant")
    weights = (bell / (bell.max() / _WEIGHT)).astype(np.float16)
    weights[weights == 0] = weights[weights > 0].min()
    return weights.astype(np.float32)


def windows_with(needed: NDArray[np.bool_], among: Sequence[Window]) -> list[Window]:
    """Choose the windows that hold a voxel that is needed; the others cannot change the result.

    Parameters
    ----------
    needed : ndarray of bool
        On the network's grid.
    among : sequence of Window
        The grid of windows.

    Returns
    -------
    list of Window
        In their order.
    """
    return [window for window in among if needed[window].any()]
