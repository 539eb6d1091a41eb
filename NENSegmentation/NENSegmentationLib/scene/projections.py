"""Maximum intensity projections of a PET around its long axis, and the way from a pixel back to the voxel."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

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

    def seen_at(self, view: int, ras: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
        """Return in which row and column of a view a point (RAS mm) is seen, wherever it lies and not rounded."""
        k, *ji = ras_to_index(self._oriented, ras).tolist()
        return k, float(self._across_at(view, np.array(ji))) + self._half

    def holders(
        self, kji: NDArray[np.intp]
    ) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]]:
        """Yield which voxels of the PET hold the maximum of their ray, view by view.

        Parameters
        ----------
        kji : ndarray of int, shape (3, n)
            Voxels of the PET.

        Yields
        ------
        view : int
        held : ndarray of int, shape (m,)
            Which of the n do.
        rows, columns : ndarray of int, shape (m,)
            Their pixels.
        """
        uptake = voxels(self._pet)[tuple(kji)]
        k, j, i = self._in_oriented(kji)
        ji, half_a_turn = np.stack([j, i]), len(self._across) // 2
        for view in range(half_a_turn):
            columns = self._bins(view, ji)
            held = np.flatnonzero(uptake >= self.maxima[view, k, columns])
            yield view, held, k[held], columns[held]
            # From behind the same voxels hold the maxima.
            yield view + half_a_turn, held, k[held], 2 * self._half - columns[held]

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
        return np.rint(self._across_at(view, ji)).astype(np.intp) + self._half

    def _across_at(self, view: int, ji: NDArray[np.generic]) -> NDArray[np.float64]:
        """Return how many columns of a view to the right of its middle columns of voxels (j, i) lie."""
        weight = self._across[view] * self._steps_mm / self.column_mm
        return (ji[0] - self._centre[0]) * weight[0] + (ji[1] - self._centre[1]) * weight[1]

    def _projected(self) -> NDArray[np.float32]:
        rows = self._uptake.shape[0]
        flat = self._uptake.reshape(rows, -1)
        body = np.flatnonzero(flat.max(axis=0) > _AIR_SUV)
        views = len(self._across)
        maxima = np.zeros((views, rows, 2 * self._half + 1), np.float32)
        if not body.size:
            return maxima
        # With the rows last, the maximum runs over whole stretches of memory.
        uptake = np.empty((len(body), rows), np.float32)

        def turn(first: int) -> None:
            some = slice(first, first + _COLUMNS_AT_ONCE)
            np.maximum(flat[:, body[some]].T, 0, out=uptake[some])

        # Floating-point numbers that are not negative have the order of their bits, and integers are compared sooner.
        bits = uptake.view(np.int32)

        def project(view: int) -> None:
            bins = self._bins(view, self._columns[:, body])
            order = np.argsort(bins, kind="stable")
            counts = np.bincount(bins)
            rays = np.zeros((maxima.shape[2], rows), np.int32)
            room = np.empty((counts.max(), rows), np.int32)
            for bin_, (start, end) in enumerate(pairwise([0, *np.cumsum(counts).tolist()])):
                if end > start:
                    # The mode lets numpy write into the room without a copy of its own; no index is outside.
                    members = np.take(bits, order[start:end], axis=0, out=room[: end - start], mode="clip")
                    members.max(axis=0, out=rays[bin_])
            maxima[view] = rays.view(np.float32).T
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


def begin_projections(pet: sitk.Image, views: int = 24) -> Future[Projections]:
    """Make the projections of a PET while the caller goes on, who must leave its voxels as they are.

    Parameters
    ----------
    pet, views
        As for `Projections`.

    Returns
    -------
    Future of Projections
        ``result()`` waits for them.
    """
    pool = ThreadPoolExecutor(1)
    begun = pool.submit(Projections, pet, views)
    pool.shutdown(wait=False)
    return begun


def _in_patient_axes(pet: sitk.Image) -> sitk.Image:
    """Return an image whose axes are those nearest to L, P and S; itself if it is one, for turning it copies it."""
    axes = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(pet.GetDirection())
    return pet if axes == "LPS" else sitk.DICOMOrient(pet, "LPS")
