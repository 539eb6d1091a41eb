"""A patient on the network's grid, and the way of its probabilities back to the PET."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.boxes import box_of, whole
from ..core.volume import spacing, voxels
from .channels import channel_images
from .errors import EnsembleError
from .model import Model, require_plain
from .resampling import Axis, linear_axis, read_by
from .trainers import require_plain_trainer
from .windows import Mode, windows, windows_with


class PatientOnGrid:
    """The preprocessed image, the windows in which the networks look at it, and where the result is wanted.

    Parameters
    ----------
    model : Model
        With its plans.
    pet, ct : SimpleITK.Image
        SUVbw (g/mL) and Hounsfield units; the CT on any grid, or None.
    body : ndarray of bool, shape (k, j, i)
        On the grid of the PET: the result is wanted here.
    mode : Mode
        Over what the windows are laid.

    Attributes
    ----------
    image : Tensor, shape (channel, x, y, z)
        The part of the patient over which windows are laid, padded to the size of one.
    windows : list of Window
        Those that can change the result.
    unpadded : tuple of slice
        The image without its padding.
    crop, region : tuple of slice
        What nnU-Net kept of the transposed PET, and the box of the body in it.
    axes : tuple of Axis
        From the unpadded image to that box.
    forward, backward : tuple of int
        How the plans transpose (k, j, i), and back.
    classes : int
        Of the networks.

    Raises
    ------
    EnsembleError
        If the folds' trainer or configuration is not one that the plans describe alone, or nothing of the body is left.
    """

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
        image, properties = self._preprocessed(channel_images(model.channels, pet, ct), spacing(pet))
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
        self, images: list[sitk.Image], step: tuple[float, float, float]
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        channels = np.stack([voxels(image).astype(np.float32, copy=False) for image in images])
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
