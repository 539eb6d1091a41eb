"""On what folds are trained: a child process a device, side by side."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Sequence

from .child import DONE, Child, Event
from .device import AUTO
from .errors import EnsembleError

_DEVICE = re.compile(r"cpu|mps|cuda(:\d+)?")
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_POLL_S = 0.05


def training_devices(asked: str) -> tuple[str, ...]:
    """Return the devices on which folds are trained side by side.

    Parameters
    ----------
    asked : str
        ``auto`` for all GPUs that are there, else MPS, else the processor; or devices of PyTorch with commas between
        them, such as ``cuda:0,cuda:1``.

    Returns
    -------
    tuple of str

    Raises
    ------
    EnsembleError
        If one of them is no device, or not there.
    """
    import torch

    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    has_mps = torch.backends.mps.is_available()
    if asked == AUTO:
        return tuple(f"cuda:{number}" for number in range(gpus)) or (("mps",) if has_mps else ("cpu",))
    devices = tuple(asked.split(","))
    unknown = [device for device in devices if _DEVICE.fullmatch(device) is None]
    if unknown:
        message = f"{unknown[0]!r} is no device. Give auto, cpu, mps, cuda, or several such as cuda:0,cuda:1."
        raise EnsembleError(message)
    there = {"cpu", *(["mps"] if has_mps else []), *(["cuda"] if gpus else []), *(f"cuda:{n}" for n in range(gpus))}
    lacking = [device for device in devices if device not in there]
    if lacking:
        message = f"there is no device {lacking[0]} that PyTorch can use. Choose another, or auto."
        raise EnsembleError(message)
    return devices


def on_device(device: str) -> tuple[str, dict[str, str]]:
    """Return what nnU-Net calls a device, and the variables by which it is the one that is meant.

    nnU-Net trains on the first GPU that it sees.
    """
    kind, _, number = device.partition(":")
    if not number:
        return kind, {}
    seen = [one for one in os.environ.get(_VISIBLE, "").split(",") if one]
    return kind, {_VISIBLE: seen[int(number)] if seen else number}


def side_by_side(
    folds: Iterable[int],
    devices: Sequence[str],
    start: Callable[[int, str], Child],
    follow: Callable[[int, Event], None],
) -> None:
    """Train folds, one on each device at a time, until all of them are done.

    Parameters
    ----------
    folds : iterable of int
        In the order in which they begin.
    devices : sequence of str
        At least one; a device may be there twice.
    start : callable
        Takes a fold and a device, and gives the running child.
    follow : callable
        Takes a fold and each event of its child. What it raises ends all of them.

    Raises
    ------
    EnsembleError
        If one of them fails; the others are ended.
    """
    waiting, free = list(folds), list(devices)
    running: dict[int, tuple[str, Child]] = {}
    try:
        while waiting or running:
            while waiting and free:
                fold, device = waiting.pop(0), free.pop(0)
                running[fold] = device, start(fold, device)
            for fold, (device, child) in list(running.items()):
                for event in child.poll():
                    follow(fold, event)
                    if event["event"] == DONE:
                        child.cancel()
                        del running[fold]
                        free.append(device)
            time.sleep(_POLL_S)
    finally:
        for _, child in running.values():
            child.cancel()
