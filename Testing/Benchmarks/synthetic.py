"""The images that the benchmarks share: as large as a whole-body PET/CT, with as many lesions as a patient may have."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

_PET_SHAPE, _CT_SHAPE = (350, 336, 336), (350, 512, 512)
_PET_SPACING = (2.0, 2.0, 3.0)

# (k, j, i) semi-axes of the body as parts of the image's; the rest is air.
_BODY = np.array([0.97, 0.62, 0.8])


def synthetic_pet(shape: tuple[int, int, int] = _PET_SHAPE, lesions: int = 120, seed: int = 1) -> sitk.Image:
    """Make a PET whose voxels above SUV 10 are ``lesions`` separate ellipsoids in a warm body.

    Parameters
    ----------
    shape : tuple of int
        Voxels along (k, j, i).
    lesions : int
        How many ellipsoids to place, with semi-axes of 2 to 9 voxels.
    seed : int
        The same seed gives the same image.

    Returns
    -------
    SimpleITK.Image
        float32, SUVbw (g/mL), 2 x 2 x 3 mm: about 1 in the body, nowhere near 10 outside lesions, 15 to 40 inside.

    Raises
    ------
    ValueError
        If the body is too small for so many lesions.
    """
    random = np.random.default_rng(seed)
    uptake = random.standard_normal(shape, dtype=np.float32)
    uptake *= 0.2
    uptake += _body(shape)
    np.maximum(uptake, 0, out=uptake)
    for centre, semi_axes in _places(shape, lesions, random):
        low, high = np.floor(centre - semi_axes).astype(int), np.ceil(centre + semi_axes).astype(int)
        box = tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))
        grid = np.ogrid[box]
        inside = sum(((axis - c) / s) ** 2 for axis, c, s in zip(grid, centre, semi_axes, strict=True)) <= 1
        uptake[box][inside] = random.uniform(15, 40, np.count_nonzero(inside))
    image = sitk.GetImageFromArray(uptake)
    image.SetSpacing(_PET_SPACING)
    return image


def synthetic_ct(seed: int = 1) -> sitk.Image:
    """Make the CT of the same patient.

    Returns
    -------
    SimpleITK.Image
        int16, HU, 350 slices of 512 x 512 voxels over the place of the PET: soft tissue with noise in the body, air
        around it.
    """
    random = np.random.default_rng(seed)
    hounsfield = random.standard_normal(_CT_SHAPE, dtype=np.float32)
    hounsfield *= 15
    hounsfield += 1040 * _body(_CT_SHAPE) - 1000
    image = sitk.GetImageFromArray(hounsfield.astype(np.int16))
    spacing = [step * pet / ct for step, pet, ct in zip(_PET_SPACING, _PET_SHAPE[::-1], _CT_SHAPE[::-1], strict=True)]
    image.SetSpacing(spacing)
    # The outer faces of both images are in one place, and the origin is the centre of the first voxel.
    image.SetOrigin([(ours - theirs) / 2 for ours, theirs in zip(spacing, _PET_SPACING, strict=True)])
    return image


def _body(shape: tuple[int, int, int]) -> np.ndarray:
    axes = np.ogrid[tuple(slice(-1, 1, complex(0, n)) for n in shape)]
    return (sum((axis / part) ** 2 for axis, part in zip(axes, _BODY, strict=True)) <= 1).astype(np.float32)


def _places(
    shape: tuple[int, int, int], lesions: int, random: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Place ellipsoids in the body so that no two touch."""
    half = (np.array(shape) - 1) / 2
    placed: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(100 * lesions):
        if len(placed) == lesions:
            return placed
        semi_axes = random.uniform(2, 9, 3)
        centre = half * (1 + random.uniform(-0.9, 0.9, 3) * _BODY)
        if np.sum(((np.abs(centre - half) + semi_axes) / (half * _BODY)) ** 2) > 1:
            continue
        if all(np.linalg.norm(centre - other) > semi_axes.max() + size.max() + 2 for other, size in placed):
            placed.append((centre, semi_axes))
    message = f"{lesions} lesions do not fit into {shape} voxels"
    raise ValueError(message)
