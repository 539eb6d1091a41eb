"""What there is to compute on, asked in a process of its own: loading PyTorch takes seconds, and some memory."""

from __future__ import annotations

import os

from .child import DONE, Child, Emit, Event, serve
from .installed import require_networks

_GB = 1e9


class DeviceQuery:
    """The question on its way; asked again and again, as `RunningPrediction` is.

    Raises
    ------
    EnsembleError
        If PyTorch or nnU-Net is not installed.
    """

    def __init__(self) -> None:
        require_networks()
        self._child = Child(__name__, {})

    def poll(self) -> str | None:
        """Return what there is, a sentence a device; None until it is known. An EnsembleError says what went wrong."""
        for event in self._child.poll():
            if event["event"] == DONE:
                self.cancel()
                return str(event["said"])
        return None

    def cancel(self) -> None:
        """End the process."""
        self._child.cancel()


def work(_request: Event, _emit: Emit) -> Event:
    """Say what there is."""
    return {"said": " ".join((_cuda(), _mps(), _processor()))}


def _cuda() -> str:
    import torch

    if not torch.cuda.is_available():
        return "CUDA: no."
    free, whole = torch.cuda.mem_get_info()
    return f"CUDA: {torch.cuda.get_device_name()}, {free / _GB:.1f} of {whole / _GB:.1f} GB free."


def _mps() -> str:
    import torch

    return f"MPS: {'yes' if torch.backends.mps.is_available() else 'no'}."


def _processor() -> str:
    from .network import has_bfloat16

    half = "with" if has_bfloat16() else "without"
    return f"CPU: {os.cpu_count()} cores, {half} bfloat16."


if __name__ == "__main__":
    serve(work)
