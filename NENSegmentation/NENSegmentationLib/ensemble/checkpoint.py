"""The weights of one fold, read without running anything that a file may hold besides them.

A checkpoint of nnU-Net is a pickle: opened without care, it can run any program. Only tensors, plain values and the
few numpy types that nnU-Net itself stores are let in; whatever else a file asks for is refused by its name.
"""

from __future__ import annotations

import pickle
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EnsembleError

if TYPE_CHECKING:
    import torch

_REFUSED = re.compile(r"GLOBAL (\S+)")


@dataclass(frozen=True)
class Checkpoint:
    """What a prediction needs of the checkpoint of a fold.

    Attributes
    ----------
    weights : dict of str to Tensor
        Of the network, on the CPU.
    trainer : str
        Name of the class that built the network.
    configuration : str
        Of the plans, such as 3d_fullres.
    mirror_axes : tuple of int
        Axes of the network's grid along which training mirrored; empty if it did not.
    """

    weights: dict[str, torch.Tensor]
    trainer: str
    configuration: str
    mirror_axes: tuple[int, ...]


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the checkpoint of a fold.

    Parameters
    ----------
    path : Path
        A .pth file as nnU-Net writes it.

    Returns
    -------
    Checkpoint

    Raises
    ------
    EnsembleError
        If there is no such file, it is damaged, holds more than weights and plain values, or is no checkpoint of
        nnU-Net version 2.
    """
    content = load_weights_only(path)
    try:
        mirror_axes = content.get("inference_allowed_mirroring_axes")
        return Checkpoint(
            weights=dict(content["network_weights"]),
            trainer=str(content["trainer_name"]),
            configuration=str(content["init_args"]["configuration"]),
            mirror_axes=tuple(mirror_axes or ()),
        )
    except (KeyError, TypeError, AttributeError) as error:
        message = (
            f"{_place(path)}: this is no checkpoint of nnU-Net version 2. Import the folder that nnU-Net exported."
        )
        raise EnsembleError(message) from error


def load_weights_only(path: Path) -> dict[str, Any]:
    """Load a file of PyTorch that holds tensors and plain values and nothing else.

    Parameters
    ----------
    path : Path
        A .pth file.

    Returns
    -------
    dict
        What it holds.

    Raises
    ------
    EnsembleError
        If there is no such file, it is damaged, or asks for anything else.
    """
    import torch

    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        message = f"{_place(path)}: there is no such checkpoint. Give a whole model folder."
        raise EnsembleError(message) from error
    except pickle.UnpicklingError as error:
        named = _REFUSED.search(str(error))
        if named is None:
            message = f"{_place(path)}: the checkpoint is damaged. Copy the model again."
            raise EnsembleError(message) from error
        message = (
            f"{_place(path)}: the checkpoint asks to run {named.group(1)}, which is no part of a network's weights, so "
            f"it was not opened. Use a model from a source that you trust."
        )
        raise EnsembleError(message) from error
    except (RuntimeError, EOFError, ValueError, OSError) as error:
        message = f"{_place(path)}: the checkpoint is damaged. Copy the model again."
        raise EnsembleError(message) from error


def _numpy_scalars() -> list[Any]:
    """Return the types of the scores that nnU-Net keeps in its log, by the names of numpy 1 and of numpy 2."""
    import numpy as np

    scalar = np.float64(0).__reduce__()[0]
    return [
        (scalar, "numpy.core.multiarray.scalar"),
        (scalar, "numpy._core.multiarray.scalar"),
        np.dtype,
        np.dtypes.Float64DType,
        np.dtypes.Float32DType,
    ]


def _place(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
