"""The lesions of a prediction: one a connected component, with what the ensemble thinks of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.boxes import Box, within
from ..core.lesion import MINIMUM_VOLUME_ML, Origin
from ..core.lesions import LesionMap
from ..core.volume import shape
from .inference import Prediction


def predicted_lesions(
    prediction: Prediction,
    pet: sitk.Image,
    *,
    connectivity: int = 26,
    minimum_volume_ml: float = MINIMUM_VOLUME_ML,
) -> LesionMap:
    """Make each component of predicted tumour that is large enough a lesion.

    Parameters
    ----------
    prediction : Prediction
        Of the ensemble; nothing in it lies outside the body.
    pet : SimpleITK.Image
        That it was made of; SUVbw (g/mL).
    connectivity, minimum_volume_ml
        As in `LesionMap.from_threshold`; `postprocessing_of` says those of a model.

    Returns
    -------
    LesionMap
        Each lesion with the mean over its voxels of the probability, and of the folds' standard deviation.

    References
    ----------
    .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
    """
    found = _components(prediction.tumour, prediction.box, pet, connectivity, minimum_volume_ml)
    lesions = []
    for lesion in found.lesions.values():
        inside = within(lesion.box, prediction.box)
        voxels = found.labels[lesion.box] == lesion.id
        lesions.append(
            replace(
                lesion,
                probability=float(prediction.probability[inside][voxels].mean()),
                disagreement=float(prediction.disagreement[inside][voxels].mean()),
            )
        )
    return LesionMap(pet, found.labels, lesions)


def fold_lesions(
    prediction: Prediction,
    pet: sitk.Image,
    *,
    connectivity: int = 26,
    minimum_volume_ml: float = MINIMUM_VOLUME_ML,
) -> list[LesionMap]:
    """Return the lesions that each fold finds by itself, in the order of the folds.

    Parameters
    ----------
    prediction : Prediction
        Made with ``each_fold``.
    pet, connectivity, minimum_volume_ml
        As in `predicted_lesions`.

    Returns
    -------
    list of LesionMap
    """
    return [
        _components(tumour, prediction.box, pet, connectivity, minimum_volume_ml) for tumour in prediction.fold_tumour
    ]


def _components(
    tumour: NDArray[np.bool_], box: Box, pet: sitk.Image, connectivity: int, minimum_volume_ml: float
) -> LesionMap:
    mask = np.zeros(shape(pet), bool)
    mask[box] = tumour
    return LesionMap.from_mask(
        pet, mask, origin=Origin.ENSEMBLE, connectivity=connectivity, minimum_volume_ml=minimum_volume_ml
    )
