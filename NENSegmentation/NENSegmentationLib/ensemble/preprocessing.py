"""Images as nnU-Net prepares them for its networks, a channel and a slab at a time.

The same voxels come from nnU-Net's own preprocessing, which holds all channels several times in double precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..core.boxes import Box, box_of
from .arrays import Zeros, in_memory
from .plans import Plan

_SMALL = 1e-8
# What a spline of third order takes from voxels that are farther away is below what float32 tells apart.
_MARGIN = 16
# Voxels of the input that are resampled at a time.
_SLAB_VOXELS = 1 << 23


def nonzero_box(channels: Sequence[NDArray[np.float32]]) -> Box | None:
    """Return the box outside of which all channels are zero; None if they are everywhere. nnU-Net crops to it."""
    mask = channels[0] != 0
    for channel in channels[1:]:
        mask |= channel != 0
    return box_of(mask)


def prepared(
    channels: Sequence[NDArray[np.float32]], plan: Plan, step: tuple[float, float, float], zeros: Zeros = in_memory
) -> NDArray[np.float32]:
    """Normalize the channels and resample them to the network's grid.

    Parameters
    ----------
    channels : sequence of ndarray of float32, shape (x, y, z)
        In the order of the network, transposed and cropped.
    plan : Plan
        Of the network.
    step : tuple of float
        Spacing along (x, y, z), mm.
    zeros : callable
        Makes the array of the result.

    Returns
    -------
    ndarray of float32, shape (channel, x', y', z')
    """
    goal = plan.inside(step)
    old = channels[0].shape
    size = tuple(round(a / b * n) for a, b, n in zip(step, goal, old, strict=True))
    apart = plan.axis_apart(step, goal, images=True)
    mask = _filled(channels) if any(plan.within_mask) else None
    image = zeros((len(channels), *size))
    for number, channel in enumerate(channels):
        within = mask if plan.within_mask[number] else None
        even = normalized(channel, plan.normalizations[number], plan.intensities.get(str(number), {}), within)
        image[number] = even if size == old else resampled(even, size, apart, plan.order)
    return image


def normalized(
    channel: NDArray[np.float32], scheme: str, intensities: Mapping[str, float], mask: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return a channel as one of nnU-Net's schemes scales it.

    Parameters
    ----------
    channel : ndarray of float32
        Not changed.
    scheme : str
        One of `model.NORMALIZATIONS`.
    intensities : mapping
        Of the training data: ``mean``, ``std``, ``percentile_00_5``, ``percentile_99_5``.
    mask : ndarray of bool, optional
        Where a z-score is taken, and applied; everywhere if not given.
    """
    return _SCHEMES[scheme](channel.astype(np.float32, order="C"), intensities, mask)


def resampled(
    volume: NDArray[np.float32], size: Sequence[int], apart: int | None = None, order: tuple[int, int] = (3, 0)
) -> NDArray[np.float32]:
    """Resample a volume between grids that cover the same extent, edge to edge, by splines.

    Parameters
    ----------
    volume : ndarray of float32, shape (x, y, z)
    size : sequence of int
        Wanted.
    apart : int, optional
        The axis across which slices are resampled one by one.
    order : tuple of int
        Of the spline; and across slices that are resampled apart.

    Returns
    -------
    ndarray of float32, shape ``size``
        Within the range of the volume (of each slice, where they are resampled apart): splines overshoot.
    """
    if apart is None:
        return _zoomed(volume, tuple(size), order[0]).clip(volume.min(), volume.max())
    slices = np.moveaxis(volume, apart, 0)
    flat = [n for axis, n in enumerate(size) if axis != apart]
    across = np.empty((len(slices), *flat), np.float32)
    for one, out in zip(slices, across, strict=True):
        out[...] = _zoomed(one, tuple(flat), order[0]).clip(one.min(), one.max())
    if len(slices) != size[apart]:
        across = _zoomed(across, (size[apart], *flat), order[1])
    return np.ascontiguousarray(np.moveaxis(across, 0, apart))


def _zoomed(volume: NDArray[np.float32], size: tuple[int, ...], order: int) -> NDArray[np.float32]:
    """Resample in slabs of the output along the first axis, so that memory does not grow with the volume."""
    scale = [n / m for n, m in zip(volume.shape, size, strict=True)]
    first = [0.5 * factor - 0.5 for factor in scale]
    out = np.empty(size, np.float32)
    thick = max(1, math.floor(_SLAB_VOXELS / math.prod(volume.shape[1:]) / scale[0]))
    for start in range(0, size[0], thick):
        stop = min(start + thick, size[0])
        low = max(0, math.floor(start * scale[0] + first[0]) - _MARGIN)
        high = min(volume.shape[0], math.ceil((stop - 1) * scale[0] + first[0]) + 1 + _MARGIN)
        ndimage.affine_transform(
            volume[low:high],
            np.array(scale),
            offset=[start * scale[0] + first[0] - low, *first[1:]],
            output_shape=(stop - start, *size[1:]),
            output=out[start:stop],
            order=order,
            mode="nearest",
        )
    return out


def _filled(channels: Sequence[NDArray[np.float32]]) -> NDArray[np.bool_]:
    mask = channels[0] != 0
    for channel in channels[1:]:
        mask |= channel != 0
    return ndimage.binary_fill_holes(mask)


_Scheme = Callable[[NDArray[np.float32], Mapping[str, float], NDArray[np.bool_] | None], NDArray[np.float32]]


def _z_score(
    channel: NDArray[np.float32], _: Mapping[str, float], mask: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    chosen = slice(None) if mask is None else mask
    values = channel[chosen]
    channel[chosen] = (values - values.mean()) / max(float(values.std()), _SMALL)
    return channel


def _ct(channel: NDArray[np.float32], seen: Mapping[str, float], _: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    np.clip(channel, seen["percentile_00_5"], seen["percentile_99_5"], out=channel)
    channel -= seen["mean"]
    channel /= max(seen["std"], _SMALL)
    return channel


def _from_0_to_1(
    channel: NDArray[np.float32], _: Mapping[str, float], __: NDArray[np.bool_] | None
) -> NDArray[np.float32]:
    channel -= channel.min()
    channel /= max(float(channel.max()), _SMALL)
    return channel


_SCHEMES: Mapping[str, _Scheme] = {
    "ZScoreNormalization": _z_score,
    "CTNormalization": _ct,
    "NoNormalization": lambda channel, _, __: channel,
    "RescaleTo01Normalization": _from_0_to_1,
    "RGBTo01Normalization": lambda channel, _, __: channel / np.float32(255),
}
