"""The ensemble's prediction: the mean of the folds' tumour probabilities, and how far the folds are apart.

Everything outside the body is background by definition (the post-processing removes it), so the networks look only
where they can change the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.body import body_mask
from ..core.boxes import Box, box_of, whole
from ..core.volume import ct_on_grid, spacing, voxels
from .checkpoint import Checkpoint, read_checkpoint
from .errors import EnsembleError
from .model import CT, PET, Model, require_plain
from .resampling import Axis, interpolated, linear_axis, read_by
from .trainers import require_plain_trainer
from .windows import windows, windows_with

if TYPE_CHECKING:
    import torch

Progress = Callable[[int, int], None]

# Slices of the PET that are brought back at a time.
_SLAB = 16
# Axes of a network that sees volumes.
_VOLUME = 3


class Mode(str, Enum):
    """How the windows are laid and computed."""

    EXACT = "exact"
    FAST = "fast"


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
    task = _Task(model, pet, ct, body, mode)
    mirrored = device != "cpu" if mirroring is None else mirroring
    network = _Network(task, device, mode, mirroring=mirrored)
    mean = _Mean(task)
    total = len(task.windows) * len(model.folds)
    for number, fold in enumerate(model.folds):
        checkpoint = model.first if number == 0 else read_checkpoint(fold.path)
        network.load(checkpoint, fold.name)
        done = number * len(task.windows)
        mean.add(_logits(task, network, done, total, progress))
    return mean.prediction(body)


class _Task:
    """A patient on the network's grid: the preprocessed image, and where the result is wanted."""

    def __init__(
        self, model: Model, pet: sitk.Image, ct: sitk.Image | None, body: NDArray[np.bool_], mode: Mode
    ) -> None:
        from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

        self.model = model
        self.plans = PlansManager(model.plans)
        require_plain_trainer(model.first.trainer, model.folder)
        name = model.first.configuration
        if name not in model.plans["configurations"]:
            message = f"{model.folder}: plans.json does not describe the configuration {name} of the folds."
            raise EnsembleError(message)
        self.configuration = self.plans.get_configuration(name)
        require_plain(self.configuration.configuration, name, model.folder)
        self.classes = self.plans.get_label_manager(model.dataset).num_segmentation_heads
        self.forward = tuple(self.plans.transpose_forward)
        self.backward = tuple(self.plans.transpose_backward)
        image, properties = self._preprocessed(_channels(model, pet, ct), spacing(pet))
        self.crop = tuple(slice(low, high) for low, high in properties["bbox_used_for_cropping"])
        wanted = body.transpose(self.forward)[self.crop]
        self.region = box_of(wanted)
        if self.region is None:
            message = "the PET and the CT are zero wherever the body is. Give images of one patient."
            raise EnsembleError(message)
        shape_in = tuple(image.shape[1:])
        axes = self._axes(shape_in, wanted.shape, spacing(pet))
        needed = read_by(wanted, axes, shape_in)
        inside = box_of(needed) if mode is Mode.FAST else whole(needed.shape)
        self.axes = tuple(
            axis.part(part).after(cut.start) for axis, part, cut in zip(axes, self.region, inside, strict=True)
        )
        self._lay(image[(slice(None), *inside)], needed[inside])

    def _preprocessed(
        self, channels: NDArray[np.float32], step: tuple[float, float, float]
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        preprocessor = self.configuration.preprocessor_class(verbose=False)
        image, _, properties = preprocessor.run_case_npy(
            channels, None, {"spacing": list(step)}, self.plans, self.configuration, self.model.dataset
        )
        return image, properties

    def _axes(
        self, shape_in: tuple[int, ...], shape_out: tuple[int, ...], step: tuple[float, float, float]
    ) -> list[Axis]:
        """Return nnU-Net's resampling of probabilities, which has to be linear."""
        from nnunetv2.preprocessing.resampling.default_resampling import determine_do_sep_z_and_axis

        settings = self.configuration.configuration
        options = settings["resampling_fn_probabilities_kwargs"]
        if settings["resampling_fn_probabilities"] != "resample_data_or_seg_to_shape" or options["order"] != 1:
            message = (
                f"{self.model.folder}: the plans resample probabilities in a way of their own "
                f"({settings['resampling_fn_probabilities']}). Use a model with nnU-Net's default."
            )
            raise EnsembleError(message)
        outside = [step[axis] for axis in self.forward]
        inside = list(self.configuration.spacing)
        inside = [outside[0], *inside] if len(inside) < len(outside) else inside
        _, apart = determine_do_sep_z_and_axis(options["force_separate_z"], inside, outside)
        return [
            linear_axis(n_in, n_out, nearest=dimension == apart and options["order_z"] == 0)
            for dimension, (n_in, n_out) in enumerate(zip(shape_in, shape_out, strict=True))
        ]

    def _lay(self, image: NDArray[np.float32], needed: NDArray[np.bool_]) -> None:
        """Lay nnU-Net's grid of windows over an image, and keep those that are needed."""
        import torch

        patch = self.configuration.patch_size
        smallest = (1, *patch) if len(patch) < needed.ndim else tuple(patch)
        # Where the image is smaller than a window, nnU-Net pads it with zeros all round.
        lacking = [max(size - n, 0) for size, n in zip(smallest, needed.shape, strict=True)]
        padding = [(lack // 2, lack - lack // 2) for lack in lacking]
        self.unpadded = tuple(slice(before, before + n) for (before, _), n in zip(padding, needed.shape, strict=True))
        self.image = torch.from_numpy(np.pad(image, [(0, 0), *padding]))
        needed = np.pad(needed, padding)
        self.windows = windows_with(needed, windows(needed.shape, patch))


class _Network:
    """The network with the weights of one fold after the other."""

    def __init__(self, task: _Task, device: str, mode: Mode, *, mirroring: bool) -> None:
        import torch
        from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

        settings = task.configuration
        self._folder = task.model.folder
        self._network = get_network_from_plans(
            settings.network_arch_class_name,
            settings.network_arch_init_kwargs,
            settings.network_arch_init_kwargs_req_import,
            len(task.model.channels),
            task.classes,
            allow_init=False,
            deep_supervision=False,
        ).eval()
        self._device = torch.device(device)
        half = mode is Mode.FAST and device == "cpu" and has_bfloat16()
        self._type = torch.bfloat16 if half else torch.float32
        self._autocast = device != "cpu"
        # A processor convolves float32 a third faster where the channels of a voxel lie side by side; bfloat16 not.
        side_by_side = torch.channels_last_3d if len(settings.patch_size) == _VOLUME else torch.channels_last
        self._order = side_by_side if device == "cpu" and not half else torch.contiguous_format
        self._mirroring = mirroring
        self._flips: list[tuple[int, ...]] = [()]

    def load(self, checkpoint: Checkpoint, fold: str) -> None:
        """Take the weights of a fold."""
        try:
            self._network.load_state_dict(checkpoint.weights)
        except RuntimeError as error:
            message = (
                f"{self._folder}: the weights of fold {fold} do not fit the network of plans.json. Copy both again."
            )
            raise EnsembleError(message) from error
        self._network.to(self._device, self._type, memory_format=self._order)
        self._flips = _mirrorings(checkpoint.mirror_axes) if self._mirroring else [()]

    def __call__(self, window: torch.Tensor) -> torch.Tensor:
        """Return the logits (class, x, y, z) of a window (channel, x, y, z)."""
        import torch

        window = window[None].to(self._device, self._type, memory_format=self._order)
        with torch.autocast(self._device.type, enabled=self._autocast):
            total = self._network(window)
            for axes in self._flips[1:]:
                total = total + torch.flip(self._network(torch.flip(window, axes)), axes)
        return (total[0] / len(self._flips)).to("cpu", torch.float32)


class _Mean:
    """The running mean of the folds' probabilities and the spread of tumour's, within the body's box."""

    def __init__(self, task: _Task) -> None:
        import torch

        self._task = task
        size = tuple(part.stop - part.start for part in task.region)
        self._mean = torch.zeros((task.classes, *size))
        self._squares = torch.zeros(size)
        self._folds = 0

    def add(self, logits: torch.Tensor) -> None:
        """Add a fold: logits to the PET's grid, softmax, then the mean (never the other way round)."""
        import torch

        self._folds += 1
        tumour = self._task.model.tumour
        first, *others = self._task.axes
        for start in range(0, len(first.low), _SLAB):
            slab = slice(start, start + _SLAB)
            probability = torch.softmax(interpolated(logits, (first.part(slab), *others)), dim=0)
            mean = self._mean[:, slab]
            before = probability[tumour] - mean[tumour]
            mean += (probability - mean) / self._folds
            self._squares[slab] += before * (probability[tumour] - mean[tumour])

    def prediction(self, body: NDArray[np.bool_]) -> Prediction:
        """Return the result on the PET grid."""
        task = self._task
        tumour = task.model.tumour
        most = self._mean.argmax(dim=0) == tumour
        spread = (self._squares / self._folds).clamp(min=0).sqrt()
        starts = [crop.start + part.start for crop, part in zip(task.crop, task.region, strict=True)]
        box = tuple(slice(starts[axis], starts[axis] + most.shape[axis]) for axis in task.backward)
        # Outside the body no network looked everywhere; there is no tumour by definition.
        inside = body[box]
        return Prediction(
            box=box,
            probability=self._mean[tumour].numpy().transpose(task.backward) * inside,
            disagreement=spread.numpy().transpose(task.backward) * inside,
            tumour=most.numpy().transpose(task.backward) & inside,
            folds=self._folds,
        )


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 by itself; where it does not, that would be slower than float32."""
    import torch

    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _mirrorings(axes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the dimensions to flip of (batch, channel, x, y, z), in nnU-Net's order: none, each, each two, all."""
    return [
        tuple(axis + 2 for axis in chosen) for count in range(len(axes) + 1) for chosen in combinations(axes, count)
    ]


def _channels(model: Model, pet: sitk.Image, ct: sitk.Image | None) -> NDArray[np.float32]:
    """Return the images in the order of the network's channels, on the PET grid."""
    images = {PET: pet, CT: None if ct is None else ct_on_grid(ct, pet)}
    return np.stack([voxels(images[name]).astype(np.float32, copy=False) for name in model.channels])


def _logits(task: _Task, network: _Network, done: int, total: int, progress: Progress | None) -> torch.Tensor:
    """Return the logits of one fold on the network's grid, shape (class, x, y, z); 0 where no window was."""
    import torch
    from nnunetv2.inference.sliding_window_prediction import compute_gaussian

    patch = tuple(task.configuration.patch_size)
    # In nnU-Net's precision, so that voxels near the rim of a window get the weight that they get there.
    weight = compute_gaussian(patch, sigma_scale=1 / 8, value_scaling_factor=10, device=torch.device("cpu")).float()
    logits = torch.zeros((task.classes, *task.image.shape[1:]))
    weights = torch.zeros(task.image.shape[1:])
    slicewise = len(patch) < weights.ndim
    with torch.inference_mode():
        for number, window in enumerate(task.windows, start=1):
            place = (slice(None), *window)
            seen = task.image[place]
            found = network(seen[:, 0])[:, None] if slicewise else network(seen)
            logits[place] += found * weight
            weights[window] += weight
            if progress is not None:
                progress(done + number, total)
        logits /= weights.clamp(min=torch.finfo(torch.float32).tiny)
    return logits[(slice(None), *task.unpadded)]
