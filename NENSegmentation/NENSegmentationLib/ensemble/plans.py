"""What nnU-Net planned for one configuration: how images are prepared, and which network looks at them.

Read from plans.json here: nnU-Net's own reader brings 80 MB of libraries with it that a prediction does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import EnsembleError
from .model import Model, require_plain
from .packaging import resolved

_DEFAULT_RESAMPLING = "resample_data_or_seg_to_shape"
# nnU-Net resamples slices apart where one voxel is this many times longer than wide.
_ANISOTROPY = 3.0
_NETWORKS = "dynamic_network_architectures.architectures.unet"
_IGNORED = "ignore"


@dataclass(frozen=True)
class Plan:
    """One configuration of nnU-Net's plans.

    Attributes
    ----------
    forward, backward : tuple of int
        How images (k, j, i) are transposed to the network's axes (x, y, z), and back.
    spacing : tuple of float
        Of the network's grid, mm: three axes, or two for a network of single slices.
    patch : tuple of int
        Voxels of a window, as many axes.
    normalizations : tuple of str
        A scheme of nnU-Net for each channel.
    within_mask : tuple of bool
        For each channel, whether it is normalized where an image is not zero only.
    intensities : mapping
        For each channel, by its number as text: mean, std and percentiles of the training data.
    classes : int
        Background, tumour and others.
    network : str
        Its class, with its module.
    arguments : mapping
        Of that class.
    imported : tuple of str
        Those of them that name a class.
    """

    forward: tuple[int, ...]
    backward: tuple[int, ...]
    spacing: tuple[float, ...]
    patch: tuple[int, ...]
    normalizations: tuple[str, ...]
    within_mask: tuple[bool, ...]
    intensities: Mapping[str, Mapping[str, float]]
    classes: int
    network: str
    arguments: Mapping[str, Any]
    imported: tuple[str, ...]
    _images: Mapping[str, Any]
    _probabilities: Mapping[str, Any]

    @property
    def order(self) -> tuple[int, int]:
        """Of the spline by which images are resampled: in general, and across slices that are resampled apart."""
        return self._images.get("order", 3), self._images.get("order_z", 0)

    @property
    def order_across(self) -> int:
        """Of the spline by which probabilities are resampled across slices that are resampled apart: 0 is nearest."""
        return self._probabilities.get("order_z", 0)

    def inside(self, outside: tuple[float, ...]) -> tuple[float, ...]:
        """Return the spacing of the network's grid for a patient with that spacing, both along (x, y, z)."""
        # A network of single slices leaves the slices where they are.
        return (outside[0], *self.spacing) if len(self.spacing) < len(outside) else self.spacing

    def axis_apart(self, before: tuple[float, ...], after: tuple[float, ...], *, images: bool) -> int | None:
        """Return the axis across which nnU-Net resamples slices one by one, between grids with these spacings; or None.

        Parameters
        ----------
        before, after : tuple of float
            Along (x, y, z), mm.
        images : bool
            Whether images are resampled, or probabilities.
        """
        asked = (self._images if images else self._probabilities).get("force_separate_z", False)
        if asked is False:
            return None
        thick = next((one for one in (before, after) if asked or max(one) > _ANISOTROPY * min(one)), None)
        if thick is None:
            return None
        longest = [axis for axis, step in enumerate(thick) if step == max(thick)]
        # With two long axes there are no slices.
        return longest[0] if len(longest) == 1 else None


def read_plan(model: Model) -> Plan:
    """Read the configuration that a model was trained by.

    Parameters
    ----------
    model : Model

    Returns
    -------
    Plan

    Raises
    ------
    EnsembleError
        If plans.json does not describe it, it is a stage of a cascade, something in it is missing, or images are
        resampled in another way than nnU-Net's default.
    """
    name, plans = model.first.configuration, model.plans
    if name not in plans["configurations"]:
        message = f"{model.folder}: plans.json does not describe the configuration {name} of the folds."
        raise EnsembleError(message)
    try:
        chosen = resolved(plans["configurations"], name)
        require_plain(chosen, name, model.folder)
        _require_default_resampling(chosen, model.folder)
        architecture = chosen.get("architecture") or _architecture_of_old(chosen)
        return Plan(
            forward=tuple(plans["transpose_forward"]),
            backward=tuple(plans["transpose_backward"]),
            spacing=tuple(map(float, chosen["spacing"])),
            patch=tuple(chosen["patch_size"]),
            normalizations=tuple(chosen["normalization_schemes"]),
            within_mask=tuple(chosen["use_mask_for_norm"]),
            intensities=plans.get("foreground_intensity_properties_per_channel")
            or plans["foreground_intensity_properties_by_modality"],
            classes=len({value for label, value in model.dataset["labels"].items() if label != _IGNORED}),
            network=architecture["network_class_name"],
            arguments=architecture["arch_kwargs"],
            imported=tuple(architecture["_kw_requires_import"]),
            _images=chosen["resampling_fn_data_kwargs"],
            _probabilities=chosen["resampling_fn_probabilities_kwargs"],
        )
    except (KeyError, TypeError) as error:
        message = (
            f"{model.folder}: plans.json is of another generation of nnU-Net ({error} is missing or not known). Give a "
            f"model of version 2."
        )
        raise EnsembleError(message) from error


def _require_default_resampling(chosen: Mapping[str, Any], folder: Path) -> None:
    for what, order in (("data", None), ("probabilities", 1)):
        way, options = chosen[f"resampling_fn_{what}"], chosen[f"resampling_fn_{what}_kwargs"]
        if way != _DEFAULT_RESAMPLING or order not in (None, options.get("order", 3)):
            message = (
                f"{folder}: the plans resample {'images' if order is None else what} in a way of their own ({way}). "
                f"Use a model with nnU-Net's default."
            )
            raise EnsembleError(message)


def _architecture_of_old(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return the network of plans that were made before networks were described in them."""
    stages = chosen["n_conv_per_stage_encoder"]
    dimensions = len(chosen["patch_size"])
    blocks = "n_conv_per_stage" if chosen["UNet_class_name"] == "PlainConvUNet" else "n_blocks_per_stage"
    base, most = chosen["UNet_base_num_features"], chosen["unet_max_num_features"]
    return {
        "network_class_name": f"{_NETWORKS}.{chosen['UNet_class_name']}",
        "arch_kwargs": {
            "n_stages": len(stages),
            "features_per_stage": [min(base * 2**stage, most) for stage in range(len(stages))],
            "conv_op": f"torch.nn.modules.conv.Conv{dimensions}d",
            "kernel_sizes": chosen["conv_kernel_sizes"],
            "strides": chosen["pool_op_kernel_sizes"],
            blocks: stages,
            "n_conv_per_stage_decoder": chosen["n_conv_per_stage_decoder"],
            "conv_bias": True,
            "norm_op": f"torch.nn.modules.instancenorm.InstanceNorm{dimensions}d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }
