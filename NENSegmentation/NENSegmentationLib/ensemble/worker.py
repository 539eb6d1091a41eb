"""A prediction in a process of its own: it cannot hang or bring down the interface, and it can be ended at any time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .child import PROGRESS, Emit, Event, serve
from .device import Chosen, choose_device, needed_memory, require_memory
from .inference import Prediction, predict
from .model import Model, read_model
from .network import has_bfloat16
from .windows import Mode

LOG = "log"
PET_FILE, CT_FILE = "pet.nrrd", "ct.nrrd"
ARRAYS = ("probability", "disagreement", "tumour")
# Between two events of progress: often enough for a bar.
_PAUSE_S = 0.1


def work(request: Event, emit: Emit) -> Event:
    """Predict; the images are in the private folder, and so are the arrays of the result.

    Parameters
    ----------
    request : dict
        ``private`` (folder), ``model`` (folder), ``mode``, ``device``, ``mirroring`` (None: on a GPU only).
    emit : callable
        Gets the events ``progress`` (``done``, ``total``, ``seconds_left``) and ``log`` (``text``).

    Returns
    -------
    dict
        ``box`` (start and stop of each axis), ``folds``, ``device`` and ``warnings``.
    """
    folder = Path(request["private"])
    model, mode = read_model(Path(request["model"])), Mode(request["mode"])
    pet = sitk.ReadImage(str(folder / PET_FILE))
    ct = sitk.ReadImage(str(folder / CT_FILE)) if (folder / CT_FILE).exists() else None
    needed = needed_memory(model, pet)
    require_memory(needed)
    chosen = choose_device(request["device"], needed)
    emit({"event": LOG, "text": f"{len(model.folds)} folds, {mode.value}, on {chosen.name}"})
    prediction = predict(
        model,
        pet,
        ct,
        mode=mode,
        device=chosen.name,
        mirroring=request["mirroring"],
        progress=_Reporter(emit),
    )
    _write(prediction, folder)
    return {
        "box": [[part.start, part.stop] for part in prediction.box],
        "folds": prediction.folds,
        "device": chosen.name,
        "warnings": _warnings(model, chosen, mode, request["mirroring"]),
    }


class _Reporter:
    """Tells how many windows are done, and how long the others will take."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._start = self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        # The first window warms up; the speed is that of those after it.
        self._start = self._start or now
        if done not in (1, total) and now - self._told < _PAUSE_S:
            return
        self._told = now
        left = (now - self._start) / (done - 1) * (total - done) if done > 1 else None
        self._emit({"event": PROGRESS, "done": done, "total": total, "seconds_left": left})


def _write(prediction: Prediction, folder: Path) -> None:
    for name in ARRAYS:
        np.save(folder / f"{name}.npy", getattr(prediction, name), allow_pickle=False)


def _warnings(model: Model, chosen: Chosen, mode: Mode, mirroring: bool | None) -> list[str]:
    said = list(chosen.warnings)
    if chosen.name == "cpu" and mirroring is None and model.first.mirror_axes:
        said.append("On the processor the ensemble looked at each window once, not at its mirror images as on a GPU.")
    if chosen.name == "cpu" and mode is Mode.FAST and not has_bfloat16():
        said.append("This processor has no bfloat16, so the fast mode computed in single precision.")
    return said


if __name__ == "__main__":
    serve(work)
