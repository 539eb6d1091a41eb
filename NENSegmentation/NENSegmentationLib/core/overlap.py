"""Which lesions and components of two segmentations overlap, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class Overlap:
    """The pairs of a lesion of the truth and a predicted component that share voxels.

    Attributes
    ----------
    lesion_voxels, component_voxels : ndarray of int, shape (lesions,), (components,)
        Voxels of each lesion and of each component; both are numbered from 0.
    lesion, component, voxels : ndarray of int, shape (pairs,)
        Numbers of the two, and the voxels that they share.
    """

    lesion_voxels: NDArray[np.intp]
    component_voxels: NDArray[np.intp]
    lesion: NDArray[np.intp]
    component: NDArray[np.intp]
    voxels: NDArray[np.intp]

    @classmethod
    def between(
        cls,
        true: NDArray[np.intp],
        lesion: NDArray[np.int32],
        ours: NDArray[np.intp],
        component: NDArray[np.int32],
    ) -> Overlap:
        """Find the pairs.

        Parameters
        ----------
        true, ours : ndarray of int, shape (n,), (m,)
            Flat indices of the voxels of the truth and of the prediction, ascending.
        lesion, component : ndarray of int32, shape (n,), (m,)
            Number of the lesion or component of each of them.

        Returns
        -------
        Overlap
        """
        lesion_voxels, component_voxels = np.bincount(lesion), np.bincount(component)
        _, in_true, in_ours = np.intersect1d(true, ours, assume_unique=True, return_indices=True)
        pair = lesion[in_true].astype(np.int64) * max(len(component_voxels), 1) + component[in_ours]
        pairs, voxels = np.unique(pair, return_counts=True)
        one, other = np.divmod(pairs, max(len(component_voxels), 1))
        return cls(lesion_voxels, component_voxels, one, other, voxels)

    def iou(self) -> NDArray[np.float64]:
        """Return the intersection over union of each pair."""
        union = self.lesion_voxels[self.lesion] + self.component_voxels[self.component] - self.voxels
        return self.voxels / union

    def group_dice(self) -> NDArray[np.float64]:
        """Return the Dice of each group of lesions and components that touch each other.

        Of a group, not of a pair: a lesion that is predicted in two halves, or two that a single voxel bridges, are
        segmented well.
        """
        count = len(self.lesion_voxels) + len(self.component_voxels)
        component = self.component + len(self.lesion_voxels)
        graph = coo_array((np.ones(len(self.voxels), np.int8), (self.lesion, component)), shape=(count, count))
        group = connected_components(graph, directed=False)[1] if count else np.empty(0, np.intp)
        both = np.bincount(group, np.concatenate([self.lesion_voxels, self.component_voxels]))
        shared = np.bincount(group[self.lesion], self.voxels, minlength=len(both))
        return 2 * shared[shared > 0] / both[shared > 0]
