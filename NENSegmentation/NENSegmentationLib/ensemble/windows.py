"""The windows in which a network looks at an image, and which of them can change the result."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import product

import numpy as np
from numpy.typing import NDArray

Window = tuple[slice, ...]

# nnU-Net's own: windows overlap by half.
_STEP = 0.5


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
    from nnunetv2.inference.sliding_window_prediction import compute_steps_for_sliding_window

    patch = tuple(patch)
    slicewise = len(patch) < len(shape)
    if slicewise:
        starts = [list(range(shape[0])), *compute_steps_for_sliding_window(tuple(shape[1:]), patch, _STEP)]
        patch = (1, *patch)
    else:
        starts = compute_steps_for_sliding_window(tuple(shape), patch, _STEP)
    return [
        tuple(slice(start, start + size) for start, size in zip(corner, patch, strict=True))
        for corner in product(*starts)
    ]


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
