"""A patient on the network's grid, and the way of its probabilities back to the PET."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.boxes import box_of, union, whole, within
from ..core.volume import spacing, voxels
from .arrays import Zeros, in_memory
from .channels import CT, channel_images
from .errors import EnsembleError
from .images import checked_body, covered_part
from .model import Model
from .plans import Plan, read_plan
from .preprocessing import nonzero_box, prepared
from .resampling import Axis, linear_axis, read_by
from .trainers import require_plain_trainer
from .windows import Mode, windows, windows_with


class PatientOnGrid:
    """The prepared image, the windows in which the networks look at it, and where the result is wanted.

    Parameters
    ----------
    model : Model
        With its plans.
    pet, ct : SimpleITK.Image
        SUVbw (g/mL) and Hounsfield units; the CT on any grid, or None.
    mode : Mode
        Over what the windows are laid.
    zeros : callable
        Makes the array of the image.

    Attributes
    ----------
    plan : Plan
        Of the networks.
    image : ndarray of float32, shape (channel, x, y, z)
        The part of the patient that the windows cover.
    windows : list of Window
        In the image; those that can change the result.
    needed : Box
        Of the voxels of the image from which the result is interpolated.
    axes : tuple of Axis
        From those to the box of the body.
    box : Box
        Of the body, on the PET's grid (k, j, i).
    body : ndarray of bool, shape of the box
        On the PET's grid: the result is wanted here.
    ct_part : float
        Part of the body that the CT covers; 1 for a model of PET alone.

    Raises
    ------
    EnsembleError
        If there is no CT and the model wants one, the images are none to look at (`checked_body`, `covered_part`), the
        folds' trainer or configuration is not one that the plans describe alone, or nothing of the body is left.
    """

    def __init__(
        self, model: Model, pet: sitk.Image, ct: sitk.Image | None, mode: Mode, zeros: Zeros = in_memory
    ) -> None:
        self.model = model
        model.require_images(ct)
        require_plain_trainer(model.first.trainer, model.folder)
        self.plan = plan = read_plan(model)
        body = checked_body(pet)
        self.ct_part = covered_part(body, pet, ct) if CT in model.channels else 1.0
        images = channel_images(model.channels, pet, ct)
        channels = [voxels(image).astype(np.float32, copy=False).transpose(plan.forward) for image in images]
        crop = nonzero_box(channels)
        wanted = body.transpose(plan.forward)[crop]
        region = box_of(wanted)
        if region is None:
            message = "the PET and the CT are zero wherever the body is. Give images of one patient."
            raise EnsembleError(message)
        step = tuple(spacing(pet)[axis] for axis in plan.forward)
        image = prepared([channel[crop] for channel in channels], plan, step, zeros)
        axes = _axes(plan, image.shape[1:], wanted.shape, step)
        needed = read_by(wanted, axes, image.shape[1:])
        inside = box_of(needed) if mode is Mode.FAST else whole(needed.shape)
        axes = [axis.part(part).after(cut.start) for axis, part, cut in zip(axes, region, inside, strict=True)]
        self._lay(image[(slice(None), *inside)], needed[inside], axes, zeros)
        starts = [cut.start + part.start for cut, part in zip(crop, region, strict=True)]
        sizes = [part.stop - part.start for part in region]
        self.box = tuple(slice(starts[axis], starts[axis] + sizes[axis]) for axis in plan.backward)
        self.body = body[self.box].copy()

    def _lay(self, image: NDArray[np.float32], needed: NDArray[np.bool_], axes: list[Axis], zeros: Zeros) -> None:
        """Lay nnU-Net's grid of windows over an image, and keep those that are needed and what they cover."""
        patch = self.plan.patch
        smallest = (1, *patch) if len(patch) < needed.ndim else patch
        # Where the image is smaller than a window, nnU-Net pads it with zeros all round.
        lacking = [max(size - n, 0) for size, n in zip(smallest, needed.shape, strict=True)]
        padding = [(lack // 2, lack - lack // 2) for lack in lacking]
        needed = np.pad(needed, padding)
        chosen = windows_with(needed, windows(needed.shape, patch))
        covered = union(chosen)
        self.image = zeros((len(image), *(part.stop - part.start for part in covered)))
        for out, channel in zip(self.image, image, strict=True):
            out[...] = (np.pad(channel, padding) if any(lacking) else channel)[covered]
        self.windows = [within(window, covered) for window in chosen]
        box = box_of(needed)
        self.needed = within(box, covered)
        self.axes = tuple(
            axis.after(part.start - before) for axis, part, (before, _) in zip(axes, box, padding, strict=True)
        )


def _axes(
    plan: Plan, shape_in: tuple[int, ...], shape_out: tuple[int, ...], step: tuple[float, float, float]
) -> list[Axis]:
    """Return nnU-Net's resampling of probabilities, which is linear."""
    apart = plan.axis_apart(plan.inside(step), step, images=False)
    return [
        linear_axis(n_in, n_out, nearest=dimension == apart and plan.order_across == 0)
        for dimension, (n_in, n_out) in enumerate(zip(shape_in, shape_out, strict=True))
    ]
