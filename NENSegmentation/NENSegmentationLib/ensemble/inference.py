"""The ensemble's prediction: the mean of the folds' tumour probabilities, and how far the folds are apart.

Everything outside the body is background by definition (the post-processing removes it), so the networks look only
where they can change the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.body import body_mask
from ..core.boxes import Box
from .checkpoint import read_checkpoint
from .errors import EnsembleError
from .model import Model
from .network import Network
from .network_grid import PatientOnGrid
from .resampling import interpolated
from .windows import Mode

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int], None]

# Slices of the PET that are brought back at a time.
_SLAB = 16


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
    """

    box: Box
    probability: NDArray[np.float32]
    disagreement: NDArray[np.float32]
    tumour: NDArray[np.bool_]
    folds: int


def predict(
    model: Model,
    pet: sitk.Image,
    ct: sitk.Image | None = None,
    *,
    mode: Mode = Mode.FAST,
    device: str = "cpu",
    mirroring: bool | None = None,
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
    progress : callable, optional
        Called with the windows done and the windows in all, over all folds. What it raises ends the prediction.

    Returns
    -------
    Prediction

    Raises
    ------
    EnsembleError
        If there is no CT and the model wants one, there is no body in the PET, the networks are of another trainer
        than the plans describe, of a cascade, or a fold does not fit the plans.

    References
    ----------
    .. [1] Carlsen et al., EJNMMI Research 2022;12:30.
    """
    model.require_images(ct)
    body = body_mask(pet)
    if not body.any():
        message = "there is no uptake in the PET, so there is no body to look at. Give a PET in SUV."
        raise EnsembleError(message)
    patient = PatientOnGrid(model, pet, ct, body, mode)
    mirrored = device != "cpu" if mirroring is None else mirroring
    network = Network(patient, device, mode, mirroring=mirrored)
    mean = _Mean(patient)
    total = len(patient.windows) * len(model.folds)
    for number, fold in enumerate(model.folds):
        checkpoint = model.first if number == 0 else read_checkpoint(fold.path)
        network.load(checkpoint, fold.name)
        done = number * len(patient.windows)
        mean.add(_logits(patient, network, done, total, progress))
    return mean.prediction(body)


class _Mean:
    """The running mean of the folds' probabilities and the spread of tumour's, within the body's box."""

    def __init__(self, patient: PatientOnGrid) -> None:
        import torch

        self._patient = patient
        size = tuple(part.stop - part.start for part in patient.region)
        self._mean = torch.zeros((patient.classes, *size))
        self._squares = torch.zeros(size)
        self._folds = 0

    def add(self, logits: torch.Tensor) -> None:
        """Add a fold: logits to the PET's grid, softmax, then the mean (never the other way round)."""
        import torch

        self._folds += 1
        tumour = self._patient.model.tumour
        first, *others = self._patient.axes
        for start in range(0, len(first.low), _SLAB):
            slab = slice(start, start + _SLAB)
            probability = torch.softmax(interpolated(logits, (first.part(slab), *others)), dim=0)
            mean = self._mean[:, slab]
            before = probability[tumour] - mean[tumour]
            mean += (probability - mean) / self._folds
            self._squares[slab] += before * (probability[tumour] - mean[tumour])

    def prediction(self, body: NDArray[np.bool_]) -> Prediction:
        """Return the result on the PET grid."""
        patient = self._patient
        tumour = patient.model.tumour
        most = self._mean.argmax(dim=0) == tumour
        spread = (self._squares / self._folds).clamp(min=0).sqrt()
        starts = [crop.start + part.start for crop, part in zip(patient.crop, patient.region, strict=True)]
        box = tuple(slice(starts[axis], starts[axis] + most.shape[axis]) for axis in patient.backward)
        # Outside the body no network looked everywhere; there is no tumour by definition.
        inside = body[box]
        return Prediction(
            box=box,
            probability=self._mean[tumour].numpy().transpose(patient.backward) * inside,
            disagreement=spread.numpy().transpose(patient.backward) * inside,
            tumour=most.numpy().transpose(patient.backward) & inside,
            folds=self._folds,
        )


def _logits(patient: PatientOnGrid, network: Network, done: int, total: int, progress: Progress | None) -> torch.Tensor:
    """Return the logits of one fold on the network's grid, shape (class, x, y, z); 0 where no window was."""
    import torch
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian

    patch = tuple(patient.configuration.patch_size)
    # In nnU-Net's precision, so that voxels near the rim of a window get the weight that they get there.
    weight = compute_gaussian(patch, sigma_scale=1 / 8, value_scaling_factor=10, device=torch.device("cpu")).float()
    logits = torch.zeros((patient.classes, *patient.image.shape[1:]))
    weights = torch.zeros(patient.image.shape[1:])
    slicewise = len(patch) < weights.ndim
    with torch.inference_mode():
        for number, window in enumerate(patient.windows, start=1):
            place = (slice(None), *window)
            seen = patient.image[place]
            found = network(seen[:, 0])[:, None] if slicewise else network(seen)
            logits[place] += found * weight
            weights[window] += weight
            if progress is not None:
                progress(done + number, total)
        logits /= weights.clamp(min=torch.finfo(torch.float32).tiny)
    return logits[(slice(None), *patient.unpadded)]
