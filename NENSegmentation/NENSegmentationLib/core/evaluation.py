"""How well a segmentation agrees with the truth: voxel by voxel, lesion by lesion, and in mL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .components import CONNECTIVITIES, component_numbers
from .errors import MethodError
from .overlap import Overlap
from .rating import suggested_rating

METRICS = (
    "voxel_dice",
    "voxel_precision",
    "voxel_sensitivity",
    "lesion_dice",
    "lesion_precision",
    "lesion_sensitivity",
    "false_positive_ml",
    "false_negative_ml",
    "suggested_rating",
)
"""The metrics of a case: properties of `Evaluation`, and columns wherever they are written."""


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What counts as one lesion, as found and as a minor difference.

    Attributes
    ----------
    connectivity : {6, 18, 26}
        Voxels that belong to one component: those that share a face, also an edge, also a corner.
    iou : float or None
        A lesion and a component match if their intersection over union is above this (0.05 in Wehrend et al. 2021);
        None: on any overlap, which is what the paper does. Only the lesion-wise metrics depend on it.
    minor_dice : float
        Lesions and components that touch differ in part if their Dice is under this.

    Raises
    ------
    MethodError
        If one of them is out of its range.
    """

    connectivity: int = 26
    iou: float | None = None
    minor_dice: float = 0.95

    def __post_init__(self) -> None:
        if self.connectivity not in CONNECTIVITIES:
            message = f"connectivity {self.connectivity} does not exist in three dimensions. Choose 6, 18 or 26."
            raise MethodError(message)
        if self.iou is not None and not 0 <= self.iou < 1:
            message = f"an intersection over union above {self.iou:g} cannot be asked for. Give 0 or more, below 1."
            raise MethodError(message)
        if not 0 <= self.minor_dice <= 1:
            message = f"a Dice under {self.minor_dice:g} cannot be asked for. Give a number from 0 to 1."
            raise MethodError(message)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One lesion of the truth, or one predicted component.

    Attributes
    ----------
    volume_ml : float
        Volume in mL.
    touches : bool
        Whether it shares a voxel with the other side.
    matches : bool
        Whether it has a partner on the other side by the `Criteria`.
    """

    volume_ml: float
    touches: bool
    matches: bool


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One segmentation against its truth.

    Ratios are None where they are not defined: all of them for a truth without a lesion, and precision for an empty
    prediction.

    Attributes
    ----------
    voxel_ml : float
        Volume of a voxel, mL.
    truth_voxels, predicted_voxels, shared_voxels : int
        Voxels of the truth, of the prediction, of both.
    lesions, components : tuple of Part
        Of the truth and of the prediction.
    minor : int
        Groups of lesions and components that touch each other, and whose Dice is under the limit of the criteria.
    """

    voxel_ml: float
    truth_voxels: int
    predicted_voxels: int
    shared_voxels: int
    lesions: tuple[Part, ...]
    components: tuple[Part, ...]
    minor: int

    @property
    def truth_ml(self) -> float:
        """Total tumour volume of the truth, mL."""
        return self.truth_voxels * self.voxel_ml

    @property
    def predicted_ml(self) -> float:
        """Total tumour volume of the prediction, mL."""
        return self.predicted_voxels * self.voxel_ml

    @property
    def voxel_dice(self) -> float | None:
        """Twice the shared voxels over the voxels of both."""
        return self._ratio(2 * self.shared_voxels, self.truth_voxels + self.predicted_voxels)

    @property
    def voxel_precision(self) -> float | None:
        """Part of the predicted voxels that is true."""
        return self._ratio(self.shared_voxels, self.predicted_voxels)

    @property
    def voxel_sensitivity(self) -> float | None:
        """Part of the true voxels that is predicted."""
        return self._ratio(self.shared_voxels, self.truth_voxels)

    @property
    def found(self) -> int:
        """True positives: lesions of the truth with a partner. The same number stands in all three lesion metrics."""
        return sum(lesion.matches for lesion in self.lesions)

    @property
    def unmatched_components(self) -> int:
        """False positives of the lesion metrics: predicted components without a partner."""
        return sum(not component.matches for component in self.components)

    @property
    def lesion_dice(self) -> float | None:
        """``2 TP / (2 TP + FP + FN)``."""
        return self._ratio(2 * self.found, self.found + self.unmatched_components + len(self.lesions))

    @property
    def lesion_precision(self) -> float | None:
        """``TP / (TP + FP)``."""
        return self._ratio(self.found, self.found + self.unmatched_components)

    @property
    def lesion_sensitivity(self) -> float | None:
        """``TP / (TP + FN)``."""
        return self._ratio(self.found, len(self.lesions))

    @property
    def missed(self) -> int:
        """Lesions of the truth that no predicted voxel touches."""
        return sum(not lesion.touches for lesion in self.lesions)

    @property
    def false_positives(self) -> int:
        """Predicted components that touch no lesion of the truth."""
        return sum(not component.touches for component in self.components)

    @property
    def false_positive_ml(self) -> float:
        """Volume of the predicted components that touch no lesion of the truth, mL."""
        return _untouched_ml(self.components)

    @property
    def false_negative_ml(self) -> float:
        """Volume of the lesions of the truth that no predicted voxel touches, mL."""
        return _untouched_ml(self.lesions)

    @property
    def suggested_rating(self) -> int:
        """Rating 1 (best) to 5; see `core.rating`."""
        return suggested_rating(
            lesions=len(self.lesions), missed=self.missed, false_positives=self.false_positives, minor=self.minor
        )

    def _ratio(self, part: int, whole: int) -> float | None:
        return part / whole if self.truth_voxels and whole else None


def evaluate(
    predicted: NDArray[np.generic], truth: NDArray[np.generic], voxel_ml: float, criteria: Criteria | None = None
) -> Evaluation:
    """Hold a segmentation against the truth.

    Parameters
    ----------
    predicted, truth : ndarray, shape (k, j, i)
        Label maps or masks on one grid: what is not 0 is tumour, and is split into components whatever its label.
    voxel_ml : float
        Volume of a voxel, mL.
    criteria : Criteria, optional
        26-connectivity and any overlap if not given.

    Returns
    -------
    Evaluation

    Raises
    ------
    ValueError
        If the shapes differ.

    References
    ----------
    Volumes without a counterpart: Gatidis et al., Nature Machine Intelligence 2024;6:1396 (autoPET).

    Examples
    --------
    >>> truth, predicted = np.array([[[1, 1, 0, 1]]]), np.array([[[0, 1, 0, 0]]])
    >>> evaluate(predicted, truth, 0.5).false_negative_ml
    0.5
    """
    if predicted.shape != truth.shape:
        message = f"the prediction has the shape {predicted.shape}, the truth {truth.shape}"
        raise ValueError(message)
    criteria = criteria or Criteria()
    true, ours = np.flatnonzero(truth != 0), np.flatnonzero(predicted != 0)
    lesion = component_numbers(true, truth.shape, criteria.connectivity)
    component = component_numbers(ours, truth.shape, criteria.connectivity)
    overlap = Overlap.between(true, lesion, ours, component)
    touches = np.ones(len(overlap.voxels), bool)
    matches = touches if criteria.iou is None else overlap.iou() > criteria.iou
    return Evaluation(
        voxel_ml=voxel_ml,
        truth_voxels=len(true),
        predicted_voxels=len(ours),
        shared_voxels=int(overlap.voxels.sum()),
        lesions=_parts(overlap.lesion_voxels, overlap.lesion, touches, matches, voxel_ml),
        components=_parts(overlap.component_voxels, overlap.component, touches, matches, voxel_ml),
        minor=int(np.count_nonzero(overlap.group_dice() < criteria.minor_dice)),
    )


def _parts(
    sizes: NDArray[np.intp],
    numbers: NDArray[np.intp],
    touches: NDArray[np.bool_],
    matches: NDArray[np.bool_],
    voxel_ml: float,
) -> tuple[Part, ...]:
    touching, matching = (np.isin(np.arange(len(sizes)), numbers[which]).tolist() for which in (touches, matches))
    return tuple(
        Part(volume_ml=size * voxel_ml, touches=touching[n], matches=matching[n])
        for n, size in enumerate(sizes.tolist())
    )


def _untouched_ml(parts: Iterable[Part]) -> float:
    return float(sum(part.volume_ml for part in parts if not part.touches))
