"""A prediction in a process of its own: it cannot hang or bring down the interface, and it can be ended at any time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from .arrays import Zeros, in_memory, on_disk
from .child import PROGRESS, Emit, Event, is_out_of_memory, serve
from .device import Chosen, Needed, choose_device, fits_in_memory, needed_memory
from .errors import EnsembleError
from .inference import Prediction, is_mirrored, looked_at
from .model import Model, read_model
from .network import precision
from .network_grid import PatientOnGrid
from .windows import Mode

LOG = "log"
PET_FILE, CT_FILE = "pet.nrrd", "ct.nrrd"
ARRAYS = ("probability", "disagreement", "tumour")
FOLD_ARRAY = "fold_tumour"
# CT and PET rarely end at the same millimetre.
_FULL_COVERAGE = 0.99
# Between two events of progress: often enough for a bar.
_PAUSE_S = 0.1


def work(request: Event, emit: Emit) -> Event:
    """Predict; the images are in the private folder, and so are the arrays of the result.

    Parameters
    ----------
    request : dict
        ``private`` (folder), ``model`` (folder), ``mode``, ``device``, ``mirroring`` (None: on a GPU only),
        ``each_fold``.
    emit : callable
        Gets the events ``progress`` (``done``, ``total``, ``seconds_left``) and ``log`` (``text``).

    Returns
    -------
    dict
        ``box`` (start and stop of each axis), ``folds``, ``ct_part``, ``computed`` (how: ``mode``, ``device``,
        ``precision``, ``mirroring``) and ``warnings``.
    """
    folder = Path(request["private"])
    model, mode = read_model(Path(request["model"])), Mode(request["mode"])
    _say(emit, "Preparing the images")
    patient, zeros, needed, slabs = _prepared(model, mode, folder)
    chosen = choose_device(request["device"], needed.on_gpu)
    _say(emit, f"{len(patient.windows)} windows, {len(model.folds)} folds, {mode.value}, on {chosen.name}")
    try:
        prediction = looked_at(
            patient,
            mode=mode,
            device=chosen.name,
            mirroring=request["mirroring"],
            each_fold=request["each_fold"],
            progress=_Reporter(emit),
            zeros=zeros,
        )
    except RuntimeError as error:
        if chosen.name == "cpu" or not is_out_of_memory(error):
            raise
        message = "the GPU ran out of memory. Close what else uses it, or choose the processor (device cpu)."
        raise EnsembleError(message) from error
    _say(emit, "Handing over the result")
    _write(prediction, folder)
    return {
        "box": [[part.start, part.stop] for part in prediction.box],
        "folds": prediction.folds,
        "ct_part": prediction.ct_part,
        "computed": {
            "mode": mode.value,
            "device": chosen.name,
            "precision": precision(chosen.name, mode),
            "mirroring": is_mirrored(model, chosen.name, request["mirroring"]),
        },
        "warnings": [
            *slabs,
            *_warnings(model, chosen, mode, request["mirroring"]),
            *_coverage(prediction.ct_part),
        ],
    }


def _prepared(model: Model, mode: Mode, folder: Path) -> tuple[PatientOnGrid, Zeros, Needed, tuple[str, ...]]:
    """Read the images and put them on the network's grid; they are not kept, which is why this is a function."""
    pet = sitk.ReadImage(str(folder / PET_FILE))
    ct = sitk.ReadImage(str(folder / CT_FILE)) if (folder / CT_FILE).exists() else None
    needed = needed_memory(model, pet, ct)
    fits, warnings = fits_in_memory(needed)
    zeros = in_memory if fits else on_disk(folder)
    return PatientOnGrid(model, pet, ct, mode, zeros), zeros, needed, warnings


def _say(emit: Emit, text: str) -> None:
    emit({"event": LOG, "text": text})


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
    if prediction.fold_tumour is not None:
        np.save(folder / f"{FOLD_ARRAY}.npy", prediction.fold_tumour, allow_pickle=False)


def _warnings(model: Model, chosen: Chosen, mode: Mode, mirroring: bool | None) -> list[str]:
    said = list(chosen.warnings)
    if chosen.name == "cpu" and mirroring is None and model.first.mirror_axes:
        said.append("On the processor the ensemble looked at each window once, not at its mirror images as on a GPU.")
    if chosen.name == "cpu" and mode is Mode.FAST and precision(chosen.name, mode) != "bfloat16":
        said.append("This processor has no bfloat16, so the fast mode computed in single precision.")
    return said


def _coverage(part: float) -> list[str]:
    """Say where the ensemble had no CT to look at."""
    if part >= _FULL_COVERAGE:
        return []
    lacking = max(1, round(100 * (1 - part)))
    return [
        f"There is no CT for {lacking} % of the body in the PET: there the ensemble saw air, and what it found or did "
        "not find is not to be relied on."
    ]


if __name__ == "__main__":
    serve(work)
