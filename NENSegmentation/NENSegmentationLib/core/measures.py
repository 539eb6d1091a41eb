"""What is measured of lesions and of a patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .boxes import Box, box_between
from .suv_peak import suv_peaks
from .volume import index_to_ras, shape, spacing, voxel_volume_ml, voxels


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The measures of one lesion.

    Attributes
    ----------
    voxels : int
        Number of voxels.
    volume_ml : float
        Volume in mL.
    box : tuple of slice
        Bounding box (k, j, i).
    centroid_ras : tuple of float
        Mean of the voxel centres, RAS mm.
    suv_max, suv_mean, suv_peak : float
        SUVbw (g/mL); SUVpeak as in `suv_peak`.
    """

    voxels: int
    volume_ml: float
    box: Box
    centroid_ras: tuple[float, float, float]
    suv_max: float
    suv_mean: float
    suv_peak: float

    @property
    def total_uptake(self) -> float:
        """Total lesion uptake (mL * g/mL): volume times SUVmean."""
        return self.volume_ml * self.suv_mean


def measure(pet: sitk.Image, flat: NDArray[np.intp], ids: NDArray[np.integer]) -> dict[int, Measures]:
    """Measure all lesions in one pass over their voxels.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    flat : ndarray of int, shape (n,)
        Flat indices of the voxels of all lesions, ascending.
    ids : ndarray of int, shape (n,)
        To which lesion each voxel belongs.

    Returns
    -------
    dict
        Id -> `Measures`, ascending by id.
    """
    if not len(flat):
        return {}
    order = np.argsort(ids, kind="stable")
    flat, ids = flat[order], ids[order]
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    counts = np.diff(np.r_[starts, len(ids)])
    uptake = voxels(pet)
    values = uptake.reshape(-1)[flat]
    position = np.stack(np.unravel_index(flat, shape(pet)), axis=-1)
    low, high = np.minimum.reduceat(position, starts), np.maximum.reduceat(position, starts)
    centroid = index_to_ras(pet, np.add.reduceat(position, starts, dtype=np.float64) / counts[:, None])
    mean = np.add.reduceat(values, starts, dtype=np.float64) / counts
    largest = np.maximum.reduceat(values, starts)
    peak = suv_peaks(uptake, spacing(pet), flat, starts)
    millilitres = voxel_volume_ml(pet)
    return {
        int(ids[start]): Measures(
            voxels=int(counts[n]),
            volume_ml=float(counts[n] * millilitres),
            box=box_between(low[n], high[n]),
            centroid_ras=(float(centroid[n, 0]), float(centroid[n, 1]), float(centroid[n, 2])),
            suv_max=float(largest[n]),
            suv_mean=float(mean[n]),
            suv_peak=float(peak[n]),
        )
        for n, start in enumerate(starts)
    }


@dataclass(frozen=True)
class PatientMeasures:
    """The measures of a patient: the sum of the lesions.

    Attributes
    ----------
    lesions : int
        Number of lesions.
    total_volume_ml : float
        Total tumour volume (SRETV), mL.
    total_uptake : float
        Total lesion uptake (TLSRE), mL * g/mL.
    suv_max : float or None
        Highest SUVmax of all lesions; None without lesions.
    lowest_suv_mean : tuple of (int, float) or None
        Id and SUVmean of the lesion with the lowest SUVmean. One small false positive changes it, hence the id.
    """

    lesions: int
    total_volume_ml: float
    total_uptake: float
    suv_max: float | None
    lowest_suv_mean: tuple[int, float] | None


def patient_measures(lesions: Iterable[tuple[int, Measures]]) -> PatientMeasures:
    """Sum up the lesions of a patient, given as pairs of id and measures.

    Examples
    --------
    >>> patient_measures([]).total_volume_ml
    0.0
    """
    pairs = list(lesions)
    lowest = min(pairs, key=lambda pair: pair[1].suv_mean, default=None)
    return PatientMeasures(
        lesions=len(pairs),
        total_volume_ml=float(sum(measures.volume_ml for _, measures in pairs)),
        total_uptake=float(sum(measures.total_uptake for _, measures in pairs)),
        suv_max=max((measures.suv_max for _, measures in pairs), default=None),
        lowest_suv_mean=None if lowest is None else (lowest[0], lowest[1].suv_mean),
    )
