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
from .plans import Plan, read_plan

AUTO = "auto"
DEVICES = (AUTO, "cuda", "mps", "cpu")

_GB = 1e9
# Python with PyTorch loaded.
_LIBRARIES_BYTES = 0.5e9
# What is resampled at a time, with its coefficients in double precision.
_RESAMPLING_BYTES = 0.2e9
# Activations of the first stage that are alive at a time: the skip, what is joined to it, what a convolution unfolds.
_ACTIVATIONS = 12
# Windows whose rows wait for others.
_WAITING_WINDOWS = 2


@dataclass(frozen=True)
class Needed:
    """The memory of a prediction in bytes, estimated from above.

    Attributes
    ----------
    memory : float
        Of the process.
    in_slabs : float
        Of the process, where the image and the result are kept on the disk and slabs of them in memory.
    on_gpu : float
        Where a GPU computes.
    """

    memory: float
    in_slabs: float
    on_gpu: float


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
        Bytes that the prediction needs on a GPU.

    Returns
    -------
    Chosen

    Raises
    ------
    EnsembleError
        If a device is asked for that is not there, or has too little memory free.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked != AUTO and not there[asked]:
        message = f"there is no device {asked} that PyTorch can use. Choose another, or auto."
        raise EnsembleError(message)
    if there["cuda"] and asked in (AUTO, "cuda"):
        free, _ = torch.cuda.mem_get_info()
        if free >= needed:
            return Chosen("cuda")
        lack = f"The GPU has {free / _GB:.1f} GB free, and {needed / _GB:.1f} GB are needed"
        if asked == "cuda":
            message = f"{lack[0].lower()}{lack[1:]}. Close other programs, or choose the processor (device cpu)."
            raise EnsembleError(message)
        return Chosen("cpu", (f"{lack}: the processor was used.",))
    return Chosen(asked if asked != AUTO else "mps" if there["mps"] else "cpu")


def needed_memory(model: Model, pet: sitk.Image, ct: sitk.Image | None = None) -> Needed:
    """Estimate the memory of a prediction from above.

    Parameters
    ----------
    model : Model
        The ensemble.
    pet, ct : SimpleITK.Image
        That it is to look at.

    Returns
    -------
    Needed
    """
    plan = read_plan(model)
    outside = math.prod(shape(pet))
    step = tuple(spacing(pet)[axis] for axis in plan.forward)
    size = [
        n * a / b for n, a, b in zip((shape(pet)[axis] for axis in plan.forward), step, plan.inside(step), strict=True)
    ]
    inside = math.prod(size)
    channels = len(model.channels)
    # The PET, the CT as it came and on the PET's grid, and the channel that is scaled.
    images = 4 * (3 * outside + (0 if ct is None else math.prod(shape(ct))))
    network = 4 * math.prod(plan.patch) * _features(plan) * _ACTIVATIONS
    thick = _WAITING_WINDOWS * (plan.patch[0] if len(plan.patch) == len(size) else 1)
    rows = 4 * (2 * plan.classes + 1) * inside * min(1, thick / size[0])
    image, result = 2 * 4 * channels * inside, 4 * plan.classes * outside
    return Needed(
        memory=_LIBRARIES_BYTES + image + max(images + _RESAMPLING_BYTES, result + rows + network),
        in_slabs=_LIBRARIES_BYTES + max(images + _RESAMPLING_BYTES, rows + network),
        on_gpu=_LIBRARIES_BYTES + 2 * network,
    )


def fits_in_memory(needed: Needed, free: Callable[[], float | None] | None = None) -> tuple[bool, tuple[str, ...]]:
    """Decide whether a prediction keeps its volumes in memory, or slabs of them.

    Parameters
    ----------
    needed : Needed
        Of `needed_memory`.
    free : callable, optional
        Tells the bytes that are free; `free_memory` if not given.

    Returns
    -------
    fits : bool
        Whether all of it does, as far as is known.
    warnings : tuple of str
        That it does not.

    Raises
    ------
    EnsembleError
        If even slabs do not fit; the sentence says how much is needed.
    """
    available = (free or free_memory)()
    if available is None or available >= needed.memory:
        return True, ()
    if available < needed.in_slabs:
        message = (
            f"the prediction needs about {needed.memory / _GB:.1f} GB of memory, or {needed.in_slabs / _GB:.1f} GB in "
            f"slabs, and {available / _GB:.1f} GB are free. Close other programs, or use a model on a coarser grid or "
            f"a machine with more."
        )
        raise EnsembleError(message)
    return False, (
        f"{needed.memory / _GB:.1f} GB of memory are needed and {available / _GB:.1f} GB were free: the volumes were "
        f"kept on the disk and worked on in slabs, which takes longer and gives the same result.",
    )


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


def _features(plan: Plan) -> int:
    """Return the channels of the network's first stage."""
    features = plan.arguments.get("features_per_stage", 32)
    return int(features[0] if isinstance(features, (list, tuple)) else features)
