"""The network of a model, with the weights of one fold after the other."""

from __future__ import annotations

import pydoc
from itertools import combinations
from typing import TYPE_CHECKING, Any

from .checkpoint import Checkpoint
from .errors import EnsembleError
from .model import Model
from .plans import Plan
from .windows import Mode

if TYPE_CHECKING:
    import torch

_NETWORKS = "dynamic_network_architectures.architectures.unet"
# Axes of a network that sees volumes.
_VOLUME = 3


class Network:
    """Gives the logits of a window.

    Parameters
    ----------
    model : Model
    plan : Plan
        Of the model; describes the network.
    device : str
        Of PyTorch.
    mode : Mode
        ``FAST`` computes in bfloat16 on a processor that has it.
    mirroring : bool
        Whether to average over mirrored windows, along the axes along which training mirrored.
    """

    def __init__(self, model: Model, plan: Plan, device: str, mode: Mode, *, mirroring: bool) -> None:
        import torch

        self._folder = model.folder
        self._network = _built(model, plan).eval()
        self._device = torch.device(device)
        half = precision(device, mode) == "bfloat16"
        self._type = torch.bfloat16 if half else torch.float32
        self._autocast = device != "cpu"
        # A processor convolves float32 a third faster where the channels of a voxel lie side by side; bfloat16 not.
        side_by_side = torch.channels_last_3d if len(plan.patch) == _VOLUME else torch.channels_last
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


def _built(model: Model, plan: Plan) -> torch.nn.Module:
    """Build the network of the plans; `read_model` let only building blocks of networks be named in them."""
    name = plan.network.rpartition(".")[-1]
    arguments: dict[str, Any] = dict(plan.arguments)
    for key in plan.imported:
        arguments[key] = None if arguments[key] is None else pydoc.locate(arguments[key])
    # Plans of earlier versions name modules that have moved since.
    network = pydoc.locate(plan.network) or pydoc.locate(f"{_NETWORKS}.{name}")
    if network is None:
        message = f"{model.folder}: plans.json asks for the network {name}, which is not known. Use another model."
        raise EnsembleError(message)
    return network(
        input_channels=len(model.channels), num_classes=plan.classes, **{**arguments, "deep_supervision": False}
    )


def precision(device: str, mode: Mode) -> str:
    """Return in what a network computes: float32, bfloat16, or mixed (PyTorch chooses for each step, autocast)."""
    if device != "cpu":
        return "mixed"
    return "bfloat16" if mode is Mode.FAST and has_bfloat16() else "float32"


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16 by itself; where it does not, that would be slower than float32."""
    import torch

    return torch.backends.mkldnn.is_available() and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _mirrorings(axes: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the dimensions to flip of (batch, channel, x, y, z), in nnU-Net's order: none, each, each two, all."""
    return [
        tuple(axis + 2 for axis in chosen) for count in range(len(axes) + 1) for chosen in combinations(axes, count)
    ]
