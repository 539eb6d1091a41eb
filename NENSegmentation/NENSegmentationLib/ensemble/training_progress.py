"""How far a training is, and how long it will take."""

from __future__ import annotations

import time
from dataclasses import dataclass

from .child import Event


@dataclass(frozen=True)
class Epoch:
    """How far a training is.

    Attributes
    ----------
    done, total : int
        Epochs of all folds.
    fold : int
        The one that is trained.
    loss, validation_loss : float
        nnU-Net's, of this epoch.
    seconds_left : float
        At the mean speed so far.
    """

    done: int
    total: int
    fold: int
    loss: float
    validation_loss: float
    seconds_left: float


class Clock:
    """How long the epochs that are left will take.

    Parameters
    ----------
    before : int
        Epochs that earlier runs have done.
    total : int
        Epochs of all folds.
    """

    def __init__(self, before: int, total: int) -> None:
        self._before, self._done, self._total = before, before, total
        self._start = time.monotonic()

    def epoch(self, fold: int, event: Event) -> Epoch:
        """Return where the training is when a fold has said that an epoch is done."""
        self._done += 1
        speed = (time.monotonic() - self._start) / (self._done - self._before)
        return Epoch(
            done=self._done,
            total=self._total,
            fold=fold,
            loss=event["loss"],
            validation_loss=event["validation_loss"],
            seconds_left=speed * (self._total - self._done),
        )
