"""Where a prediction is computed, and whether there is memory enough for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from ..core.volume import shape, spacing
from .errors import EnsembleError
from .model import Model

AUTO = "auto"
DEVICES = (AUTO, "cuda", "mps", "cpu")

_GB = 1e9
# Python with PyTorch and nnU-Net loaded.
_LIBRARIES_BYTES = 0.8e9
# Copies of a channel that nnU-Net's preprocessing holds at a time, some of them in double precision.
_COPIES = 10
# Activations of the first stage that are alive at a time: the skip, what is joined to it, what a convolution unfolds.
_ACTIVATIONS = 12


@dataclass(frozen=True)
class Chosen:
    """The device that was chosen.

    Attributes
    ----------
    name : str
        Of PyTorch: cuda, mps or cpu.
    warnings : tuple of str
        Why it is not a better one.
    """

    name: str
    warnings: tuple[str, ...] = ()


def choose_device(asked: str, needed: float) -> Chosen:
    """Choose where to compute: CUDA before MPS before the processor, where there is one with memory enough.

    Parameters
    ----------
    asked : str
        ``auto``, or the one that has to be taken.
    needed : float
        Bytes that the prediction needs on the device.

    Returns
    -------
    Chosen

    Raises
    ------
    EnsembleError
        If a device is asked for that is not there.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked != AUTO:
        if not there[asked]:
            message = f"there is no device {asked} that PyTorch can use. Choose another, or auto."
            raise EnsembleError(message)
        return Chosen(asked)
    if there["cuda"]:
        free, _ = torch.cuda.mem_get_info()
        if free >= needed:
            return Chosen("cuda")
        warning = f"The GPU has {free / _GB:.1f} GB free, and {needed / _GB:.1f} GB are needed: the processor was used."
        return Chosen("cpu", (warning,))
    return Chosen("mps" if there["mps"] else "cpu")


def needed_memory(model: Model, pet: sitk.Image) -> float:
    """Estimate the memory of a prediction from above.

    Parameters
    ----------
    model : Model
        The ensemble.
    pet : SimpleITK.Image
        That it is to look at.

    Returns
    -------
    float
        Bytes, of the whole process.
    """
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    configuration = PlansManager(model.plans).get_configuration(model.first.configuration)
    outside = math.prod(shape(pet))
    steps = list(configuration.spacing)
    volume = (
        math.prod(sorted(spacing(pet))[-len(steps) :]) if len(steps) < len(spacing(pet)) else math.prod(spacing(pet))
    )
    inside = outside * volume / math.prod(steps)
    classes = max(int(value) for value in model.dataset["labels"].values()) + 1
    images = len(model.channels) * outside * 4
    preprocessing = _COPIES * max(inside, outside) * 4 + len(model.channels) * inside * 4
    results = (len(model.channels) + classes + 1) * inside * 4 + (classes + 1) * outside * 4
    features = _first_features(configuration.network_arch_init_kwargs)
    activations = math.prod(configuration.patch_size) * features * 4 * _ACTIVATIONS
    return _LIBRARIES_BYTES + 2 * images + max(preprocessing, results + activations)


def require_memory(needed: float, free: Callable[[], float | None] | None = None) -> None:
    """Refuse a prediction that would not fit into the memory that is free.

    Raises
    ------
    EnsembleError
        If it would not; the sentence says how much is needed.
    """
    available = (free or free_memory)()
    if available is not None and available < needed:
        message = (
            f"the prediction needs about {needed / _GB:.1f} GB of memory, and {available / _GB:.1f} GB are free. Close "
            f"other programs, or use a model on a coarser grid or a machine with more."
        )
        raise EnsembleError(message)


def free_memory() -> float | None:
    """Return the bytes that this process may still use; None where the system does not tell (only Linux does)."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    available = next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable")), None)
    limits = [limit for limit in (available, _container_limit()) if limit is not None]
    return min(limits, default=None)


def _container_limit() -> float | None:
    """Return what a container has left."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit, used = ((folder / name).read_text("ascii").strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return None if limit == "max" else float(limit) - float(used)


def _first_features(arguments: dict) -> int:
    features = arguments.get("features_per_stage", 32)
    return int(features[0] if isinstance(features, (list, tuple)) else features)
