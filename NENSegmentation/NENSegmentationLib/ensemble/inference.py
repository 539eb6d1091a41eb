"""The ensemble's prediction: the mean of the folds' tumour probabilities, and how far the folds are apart.

Everything outside the body is background by definition (the post-processing removes it), so the networks look only
where they can change the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.boxes import Box
from .accumulation import Mean, finished_rows
from .arrays import Zeros, in_memory
from .checkpoint import read_checkpoint
from .model import Model
from .network import Network
from .network_grid import PatientOnGrid
from .windows import Mode, Window, window_weights

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Prediction:
    """What the ensemble says of a patient, within the body's bounding box.

    Attributes
    ----------
    box : Box
        On the PET grid (k, j, i).
    probability : ndarray of float32, shape of the box
        Mean over the folds of the probability of tumour, 0 to 1.
    disagreement : ndarray of float32, shape of the box
        Standard deviation of that probability between the folds (ddof = 0, so 0 for one fold).
    tumour : ndarray of bool, shape of the box
        Where tumour is the most probable class and the voxel is in the body.
    folds : int
        How many networks.
    fold_tumour : ndarray of bool, shape (fold, *shape of the box), or None
        As ``tumour``, of each fold by itself; None where it was not asked for.
    ct_part : float
        Part of the body that the CT covers; 1 for a model of PET alone.
    """

    box: Box
    probability: NDArray[np.float32]
    disagreement: NDArray[np.float32]
    tumour: NDArray[np.bool_]
    folds: int
    fold_tumour: NDArray[np.bool_] | None = None
    ct_part: float = 1.0


def predict(
    model: Model,
    pet: sitk.Image,
    ct: sitk.Image | None = None,
    *,
    mode: Mode = Mode.FAST,
    device: str = "cpu",
    mirroring: bool | None = None,
    each_fold: bool = False,
    progress: Progress | None = None,
) -> Prediction:
    """Let the ensemble look at a patient.

    Parameters
    ----------
    model : Model
        PET and CT are given to its channels by their names.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    ct : SimpleITK.Image, optional
        Hounsfield units, on any grid; needed by a model with a channel of CT.
    mode : Mode
        ``EXACT``: nnU-Net's own window grid, in float32 on a CPU. ``FAST``: a grid laid over the body only, in
        bfloat16 where the processor has it.
    device : str
        Of PyTorch: cpu, cuda or mps.
    mirroring : bool, optional
        Whether to average over mirrored images too, as nnU-Net does; if not given, on a GPU only.
    each_fold : bool
        Whether to keep what each fold takes for tumour by itself.
    progress : callable, optional
        Called with the windows done and the windows in all, over all folds. What it raises ends the prediction.

    Returns
    -------
    Prediction

    Raises
    ------
    EnsembleError
        If there is no CT and the model wants one, the images are none that it can look at (see `checked_body` and
        `covered_part`), the networks are of another trainer than the plans describe, of a cascade, or a fold does not
        fit the plans.
    MethodError
        As `checked_body`.

    References
    ----------
    .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
    """
    patient = PatientOnGrid(model, pet, ct, mode)
    return looked_at(patient, mode=mode, device=device, mirroring=mirroring, each_fold=each_fold, progress=progress)


def looked_at(
    patient: PatientOnGrid,
    *,
    mode: Mode,
    device: str = "cpu",
    mirroring: bool | None = None,
    each_fold: bool = False,
    progress: Progress | None = None,
    zeros: Zeros = in_memory,
) -> Prediction:
    """Let the ensemble look at a patient on its grid; the images that it was made of are no longer needed.

    Parameters
    ----------
    patient : PatientOnGrid
    mode, device, mirroring, each_fold, progress
        As in `predict`.
    zeros : callable
        Makes the arrays of the result.

    Returns
    -------
    Prediction
    """
    import torch

    model = patient.model
    network = Network(model, patient.plan, device, mode, mirroring=is_mirrored(model, device, mirroring))
    mean = Mean(patient, zeros, each_fold=each_fold)
    counter = _Counter(len(patient.windows) * len(model.folds), progress)
    with torch.inference_mode():
        for number, fold in enumerate(model.folds):
            network.load(model.first if number == 0 else read_checkpoint(fold.path), fold.name)
            mean.add(_rows(patient, network, counter))
    return Prediction(box=patient.box, folds=len(model.folds), ct_part=patient.ct_part, **mean.arrays())


def is_mirrored(model: Model, device: str, asked: bool | None) -> bool:
    """Return whether the networks look at mirrored windows too: where training mirrored; if not asked, on a GPU."""
    return bool(model.first.mirror_axes) and (device != "cpu" if asked is None else asked)


class _Counter:
    """Counts the windows of all folds."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def count(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _rows(patient: PatientOnGrid, network: Network, counter: _Counter) -> Iterator[tuple[int, torch.Tensor]]:
    """Give the logits of one fold on the network's grid; see `finished_rows`."""
    import torch

    image = torch.from_numpy(patient.image)
    slicewise = len(patient.plan.patch) < image.ndim - 1
    weight = torch.from_numpy(window_weights(patient.plan.patch))

    def look(window: Window) -> torch.Tensor:
        seen = image[(slice(None), *window)]
        found = network(seen[:, 0])[:, None] if slicewise else network(seen)
        counter.count()
        return found

    weight = weight[None] if slicewise else weight
    return finished_rows(patient.windows, patient.needed, patient.plan.classes, weight, look)
