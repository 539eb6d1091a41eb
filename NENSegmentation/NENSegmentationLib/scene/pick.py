"""What a click on a maximum intensity projection means: the voxel of highest uptake along the ray."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import ArrayLike, NDArray

from ..core.volume import index_to_ras, ras_to_index, voxels


def hottest_on_ray(pet: sitk.Image, start_ras: ArrayLike, end_ras: ArrayLike) -> tuple[float, float, float] | None:
    """Return the voxel of maximum uptake on the way between two points.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    start_ras, end_ras : array_like, shape (3,)
        Where the ray begins, on the side of the reader, and where it ends (RAS mm).

    Returns
    -------
    tuple of float or None
        Centre of the voxel (RAS mm); of equal ones the nearest to the start. None if the ray misses the image.
    """
    path = voxels_on_ray(ras_to_index(pet, start_ras), ras_to_index(pet, end_ras), voxels(pet).shape)
    if not path.size:
        return None
    hottest = path[np.argmax(voxels(pet)[tuple(path.T)])]
    right, anterior, superior = index_to_ras(pet, hottest).tolist()
    return right, anterior, superior


def voxels_on_ray(start: ArrayLike, end: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the voxels of a grid that a line crosses, in the order in which it does.

    Parameters
    ----------
    start, end : array_like, shape (3,)
        Fractional voxel positions (k, j, i); voxel 0 reaches from -0.5 to 0.5.
    shape : tuple of int
        Voxels along (k, j, i).

    Returns
    -------
    ndarray of int, shape (n, 3)
        Indices (k, j, i); empty if the line misses the grid.
    """
    start, step = np.asarray(start, float), np.subtract(end, start)
    # Every face between voxels cuts the line; between two neighbouring cuts it stays in one voxel.
    cuts = [np.array([0.0, 1.0])]
    for axis in np.flatnonzero(step):
        faces = (np.arange(shape[axis] + 1) - 0.5 - start[axis]) / step[axis]
        cuts.append(faces[(faces > 0) & (faces < 1)])
    at = np.unique(np.concatenate(cuts))
    middles = (at[:-1] + at[1:]) / 2
    path = np.rint(start + middles[:, None] * step).astype(np.intp)
    return path[np.all((path >= 0) & (path < shape), axis=1)]
