"""Maximum intensity projections of a PET around its long axis, and the way from a pixel back to the voxel."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.volume import index_to_ras, ras_to_index, spacing, voxels

# Columns of voxels that nowhere reach this SUV are air; they make up most of an image and are white in every view.
_AIR_SUV = 0.5
# Small enough for the cache of a processor.
_COLUMNS_AT_ONCE = 512


class Projections:
    """The projections of a PET: one view an angle, parallel rays.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32. The views turn around the axis of its grid that is nearest to the patient's S.
    views : int
        How many views a turn has; even, because the view from behind is the mirrored one from the front.

    Attributes
    ----------
    maxima : ndarray of float32, shape (views, rows, columns)
        Highest uptake along each ray. View 0 is from the front, then come the patient's left side, the back and the
        right side. Rows go from the feet to the head, columns from left to right on the screen.
    row_mm, column_mm : float
        Between the rows and between the columns.
    first_ras : tuple of float
        Where the first row and column of view 0 lie (R and S in mm).

    Raises
    ------
    ValueError
        If ``views`` is odd.
    """

    def __init__(self, pet: sitk.Image, views: int = 24) -> None:
        if views % 2:
            message = f"a turn of {views} views has none from behind; give an even number"
            raise ValueError(message)
        self._pet = pet
        self._oriented = _in_patient_axes(pet)
        self._uptake = voxels(self._oriented)
        self.row_mm, height_mm, width_mm = spacing(self._oriented)
        self.column_mm = max(height_mm, width_mm)
        _, height, width = self._uptake.shape
        self._steps_mm = np.array([height_mm, width_mm])
        # The centre of a voxel: in the views along an axis, every voxel is then in the middle of a column.
        self._centre = np.array([height // 2, width // 2])
        reach = np.hypot(*(self._centre * self._steps_mm)) / self.column_mm
        self._half = int(np.ceil(reach))
        right, _, superior = index_to_ras(self._oriented, (0, *self._centre)).tolist()
        self.first_ras = (right + self._half * self.column_mm, superior)
        angles = np.arange(views) * 2 * np.pi / views
        # On the screen x goes to the patient's left in the first view, to the back in the view from the left side.
        self._across = np.stack([np.sin(angles), np.cos(angles)], axis=1)
        self._columns = np.indices((height, width)).reshape(2, -1)
        self.maxima = self._projected()

    def pixels_of(self, kji: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return where voxels of the PET lie in each view.

        Parameters
        ----------
        kji : ndarray of int, shape (3, n)
            Voxels of the PET.

        Returns
        -------
        rows : ndarray of int, shape (n,)
        columns : ndarray of int, shape (views, n)
        """
        k, j, i = self._in_oriented(kji)
        ji = np.stack([j, i])
        front = np.stack([self._bins(view, ji) for view in range(len(self._across) // 2)])
        return k, np.concatenate([front, 2 * self._half - front])

    def voxel_at(self, view: int, row: int, column: int) -> tuple[float, float, float] | None:
        """Return the voxel of maximum uptake on the ray of a pixel.

        Parameters
        ----------
        view, row, column : int
            The pixel in ``maxima``.

        Returns
        -------
        tuple of float or None
            Centre of the voxel (RAS mm); of equal ones the nearest to the reader. None outside the PET.
        """
        if not all(0 <= at < n for at, n in zip((view, row, column), self.maxima.shape, strict=True)):
            return None
        on_ray = np.flatnonzero(self._bins(view, self._columns) == column)
        if not on_ray.size:
            return None
        ji = self._columns[:, on_ray]
        to_back, to_left = self._across[view]
        depth = (ji[0] - self._centre[0]) * self._steps_mm[0] * to_left
        depth -= (ji[1] - self._centre[1]) * self._steps_mm[1] * to_back
        ji = ji[:, np.argsort(depth, kind="stable")]
        j, i = ji[:, np.argmax(self._uptake[row, ji[0], ji[1]])]
        right, anterior, superior = index_to_ras(self._oriented, (row, j, i)).tolist()
        return right, anterior, superior

    def _bins(self, view: int, ji: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the column of a view in which columns of voxels (j, i) lie."""
        weight = self._across[view] * self._steps_mm / self.column_mm
        at = (ji[0] - self._centre[0]) * weight[0] + (ji[1] - self._centre[1]) * weight[1]
        return np.rint(at).astype(np.intp) + self._half

    def _projected(self) -> NDArray[np.float32]:
        rows = self._uptake.shape[0]
        flat = self._uptake.reshape(rows, -1)
        body = np.flatnonzero(flat.max(axis=0) > _AIR_SUV)
        # With the rows last, the maximum runs over whole stretches of memory.
        uptake = np.empty((len(body), rows), np.float32)

        def turn(first: int) -> None:
            some = slice(first, first + _COLUMNS_AT_ONCE)
            uptake[some] = flat[:, body[some]].T

        views = len(self._across)
        maxima = np.zeros((views, rows, 2 * self._half + 1), np.float32)
        if not body.size:
            return maxima

        def project(view: int) -> None:
            bins = self._bins(view, self._columns[:, body])
            order = np.argsort(bins, kind="stable")
            present, starts = np.unique(bins[order], return_index=True)
            for bin_, members in zip(present, np.split(order, starts[1:]), strict=True):
                maxima[view, :, bin_] = uptake[members].max(axis=0)
            maxima[view + views // 2] = maxima[view, :, ::-1]

        # numpy lets other threads run while it copies and compares; each view has its own part of the result.
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            list(pool.map(turn, range(0, len(body), _COLUMNS_AT_ONCE)))
            list(pool.map(project, range(views // 2)))
        return maxima

    def _in_oriented(self, kji: NDArray[np.intp]) -> NDArray[np.intp]:
        if self._oriented is self._pet:
            return kji
        ras = index_to_ras(self._pet, kji.T)
        return np.rint(ras_to_index(self._oriented, ras)).astype(np.intp).T


def _in_patient_axes(pet: sitk.Image) -> sitk.Image:
    """Return an image whose axes are those nearest to L, P and S; itself if it is one, for turning it copies it."""
    axes = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(pet.GetDirection())
    return pet if axes == "LPS" else sitk.DICOMOrient(pet, "LPS")
