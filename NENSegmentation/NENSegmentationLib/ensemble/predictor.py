"""A prediction that runs in the background, for any interface: started, asked how far it is, cancelled."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import SimpleITK as sitk

from . import worker
from .channels import CT
from .child import DONE, PROGRESS, Child, Event
from .device import AUTO
from .errors import EnsembleError
from .inference import Prediction
from .installed import require_networks
from .model import Model
from .windows import Mode

_POLL_S = 0.05


class RunningPrediction:
    """A prediction in a process of its own.

    Use it as a context, or call `cancel` at the end: whatever happened, nothing of it is left then.

    Parameters
    ----------
    model : Model
        The ensemble.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    ct : SimpleITK.Image, optional
        Hounsfield units, on any grid.
    mode, mirroring, each_fold
        As in `predict`.
    device : str
        auto, cuda, mps or cpu.

    Attributes
    ----------
    done, total : int
        Windows of all folds; 0 of 0 until the first is done.
    seconds_left : float or None
        At the speed so far.
    log : list of str
        What the process said.
    warnings : list of str
        What a reader has to know of how it was computed, once it is.
    computed : dict
        How it was computed, once it is: mode, device, precision, mirroring.

    Raises
    ------
    EnsembleError
        If PyTorch or nnU-Net is not installed, there is no CT and the model wants one, or there is no space for the
        images.
    """

    def __init__(
        self,
        model: Model,
        pet: sitk.Image,
        ct: sitk.Image | None = None,
        *,
        mode: Mode = Mode.FAST,
        device: str = AUTO,
        mirroring: bool | None = None,
        each_fold: bool = False,
    ) -> None:
        require_networks()
        model.require_images(ct)
        self.done = self.total = 0
        self.seconds_left: float | None = None
        self.log: list[str] = []
        self.warnings: list[str] = []
        self.computed: dict[str, Any] = {}
        self._each_fold = each_fold
        self._child: Child | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="nenseg-prediction-"))
        try:
            self._hand_over(worker.PET_FILE, pet)
            if ct is not None and CT in model.channels:
                self._hand_over(worker.CT_FILE, ct)
            request = {
                "private": str(self._folder),
                "model": str(model.folder.absolute()),
                "mode": mode.value,
                "device": device,
                "mirroring": mirroring,
                "each_fold": each_fold,
            }
            self._child = Child(worker.__name__, request, log=self._folder / "worker.log")
        except BaseException:
            self.cancel()
            raise

    def __enter__(self) -> RunningPrediction:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._child.pid

    def poll(self) -> Prediction | None:
        """Take in what the process said since the last call, without waiting.

        Returns
        -------
        Prediction or None
            None until it is done.

        Raises
        ------
        EnsembleError
            What went wrong in the process, or that it was ended.
        """
        for event in self._child.poll():
            if event["event"] == DONE:
                return self._finished(event)
            self._take(event)
        return None

    def wait(self, progress: Callable[[int, int], None] | None = None) -> Prediction:
        """Wait for the prediction; errors as in `poll`.

        Parameters
        ----------
        progress : callable, optional
            Called with the windows done and in all. What it raises goes on to the caller.
        """
        while (prediction := self.poll()) is None:
            if progress is not None and self.total:
                progress(self.done, self.total)
            time.sleep(_POLL_S)
        if progress is not None:
            progress(self.done, self.total)
        return prediction

    def cancel(self) -> None:
        """End the process with all that it started, and remove its files; again and again if you like."""
        if self._child is not None:
            self._child.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hand_over(self, name: str, image: sitk.Image) -> None:
        try:
            sitk.WriteImage(image, str(self._folder / name))
        except RuntimeError as error:
            message = f"{self._folder}: the images could not be written for the prediction. Free some space there."
            raise EnsembleError(message) from error

    def _take(self, event: Event) -> None:
        if event["event"] == PROGRESS:
            self.done, self.total, self.seconds_left = event["done"], event["total"], event["seconds_left"]
        elif event["event"] == worker.LOG:
            self.log.append(event["text"])

    def _finished(self, event: Event) -> Prediction:
        arrays: dict[str, Any] = {}
        try:
            for name in (*worker.ARRAYS, *([worker.FOLD_ARRAY] if self._each_fold else [])):
                arrays[name] = np.load(self._folder / f"{name}.npy", allow_pickle=False)
        except (OSError, ValueError) as error:
            message = f"{self._folder}: the result of the prediction cannot be read. Free some space, and try again."
            raise EnsembleError(message) from error
        self.computed, self.warnings = event["computed"], event["warnings"]
        with contextlib.suppress(OSError):
            self.cancel()
        box = tuple(slice(*ends) for ends in event["box"])
        return Prediction(box=box, folds=event["folds"], ct_part=event["ct_part"], **arrays)
