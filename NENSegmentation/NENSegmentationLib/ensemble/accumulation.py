"""From what the networks say of windows to the mean of the folds' probabilities, a slab at a time.

Rows of the network's first axis are complete as soon as no later window reaches them. They go to the PET's grid at
once, so that the logits of a whole patient are never there together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.boxes import Box
from .arrays import Zeros
from .network_grid import PatientOnGrid
from .resampling import interpolated
from .windows import Window

if TYPE_CHECKING:
    import torch

# Rows of the network's grid, and slices of the PET, that are worked on at a time.
_SLAB = 16


def finished_rows(
    windows: Sequence[Window], box: Box, classes: int, weight: torch.Tensor, look: Callable[[Window], torch.Tensor]
) -> Iterator[tuple[int, torch.Tensor]]:
    """Sum up what a network says of windows, and give rows of the first axis as soon as no window adds to them.

    Parameters
    ----------
    windows : sequence of Window
        By their start on the first axis, ascending.
    box : Box
        What is wanted of the image.
    classes : int
        Of the network.
    weight : Tensor, shape of a window
        How much each of its voxels counts.
    look : callable
        Gives the logits (class, x, y, z) of a window.

    Yields
    ------
    first : int
        The first of the rows, in the box.
    logits : Tensor, shape (class, rows, y, z)
        The weighted mean; 0 where no window was.
    """
    import torch

    rows, *others = box
    sums = torch.zeros((classes + 1, _depth(windows, rows), *(part.stop - part.start for part in others)))
    base = rows.start
    for start, group in groupby(windows, key=lambda window: window[0].start):
        ready = min(start, rows.stop) - base
        if ready > 0:
            yield from _means(sums[:, :ready], base - rows.start)
            left = sums[:, ready:].clone()
            sums.zero_()
            sums[:, : left.shape[1]] = left
            base += ready
        for window in group:
            found = look(window)
            place, seen = _both((slice(base, rows.stop), *others), window)
            counts = weight[seen]
            sums[(slice(0, classes), *place)] += found[(slice(None), *seen)] * counts
            sums[(classes, *place)] += counts
    yield from _means(sums[:, : rows.stop - base], base - rows.start)


def _depth(windows: Sequence[Window], rows: slice) -> int:
    """Return how many rows may be waiting for a window."""
    starts = sorted({window[0].start for window in windows})
    thickness = max(window[0].stop - window[0].start for window in windows)
    steps = [after - before for before, after in pairwise([rows.start, *starts])]
    return min(max(thickness, *steps), rows.stop - rows.start)


def _means(sums: torch.Tensor, first: int) -> Iterator[tuple[int, torch.Tensor]]:
    """Divide the sums by their weights, some rows at a time; the first of the rows is at ``first``."""
    import torch

    for low in range(0, sums.shape[1], _SLAB):
        part = sums[:, low : low + _SLAB]
        yield first + low, part[:-1] / part[-1].clamp(min=torch.finfo(torch.float32).tiny)


def _both(box: Box, window: Window) -> tuple[Window, Window]:
    """Return what a box and a window share: as a part of the box, and as a part of the window."""
    shared = [(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, window, strict=True)]
    places = [
        tuple(slice(low - one.start, max(high, low) - one.start) for (low, high), one in zip(shared, part, strict=True))
        for part in (box, window)
    ]
    return places[0], places[1]


class Mean:
    """The running mean of the folds' probabilities and the spread of tumour's, within the body's box.

    Parameters
    ----------
    patient : PatientOnGrid
    zeros : callable
        Makes the arrays; on disk where memory is short.
    each_fold : bool
        Whether to keep what each fold takes for tumour.
    """

    def __init__(self, patient: PatientOnGrid, zeros: Zeros, *, each_fold: bool) -> None:
        import torch

        self._patient = patient
        self._size = tuple(len(axis.low) for axis in patient.axes)
        # Background is what is left: nothing is kept of it.
        self._mean = torch.from_numpy(zeros((patient.plan.classes - 1, *self._size)))
        self._squares = torch.from_numpy(zeros(self._size))
        self._tumour = patient.model.tumour - 1
        self._folds = 0
        self._each: list[NDArray[np.bool_]] | None = [] if each_fold else None

    def add(self, rows: Iterator[tuple[int, torch.Tensor]]) -> None:
        """Add a fold: logits to the PET's grid, softmax, then the mean (never the other way round)."""
        import torch

        self._folds += 1
        if self._each is not None:
            self._each.append(np.zeros(self._size, bool))
        axis = self._patient.axes[0]
        waiting, done = None, 0
        for first, logits in rows:
            there = logits if waiting is None else torch.cat([waiting, logits], dim=1)
            start = first + logits.shape[1] - there.shape[1]
            ready = int(np.searchsorted(axis.high, first + logits.shape[1]))
            for low in range(done, ready, _SLAB):
                self._add_slab(slice(low, min(low + _SLAB, ready)), there, start)
            done = max(done, ready)
            keep = axis.low[done] - start if done < len(axis.low) else there.shape[1]
            waiting = there[:, max(keep, 0) :].clone()

    def _add_slab(self, slab: slice, logits: torch.Tensor, start: int) -> None:
        import torch

        first, *others = self._patient.axes
        probability = torch.softmax(interpolated(logits, (first.part(slab).after(start), *others)), dim=0)[1:]
        mean = self._mean[:, slab]
        before = probability[self._tumour] - mean[self._tumour]
        mean += (probability - mean) / self._folds
        self._squares[slab] += before * (probability[self._tumour] - mean[self._tumour])
        if self._each is not None:
            self._each[-1][slab] = self._is_most(probability).numpy()

    def _is_most(self, probability: torch.Tensor) -> torch.Tensor:
        """Return where tumour is the most probable class."""
        import torch

        background = 1 - probability.sum(dim=0, keepdim=True)
        return torch.cat([background, probability]).argmax(dim=0) == self._tumour + 1

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return ``probability``, ``disagreement``, ``tumour`` and ``fold_tumour`` on the PET's grid (k, j, i)."""
        backward, body = self._patient.plan.backward, self._patient.body
        most = np.zeros(self._size, bool)
        for low in range(0, self._size[0], _SLAB):
            most[low : low + _SLAB] = self._is_most(self._mean[:, low : low + _SLAB]).numpy()
        spread = self._squares.div_(self._folds).clamp_(min=0).sqrt_()
        probability = self._mean[self._tumour].numpy().transpose(backward)
        disagreement = spread.numpy().transpose(backward)
        # Outside the body no network looked everywhere; there is no tumour by definition.
        for values in (probability, disagreement):
            values *= body
        each = None if self._each is None else np.stack([one.transpose(backward) & body for one in self._each])
        return {
            "probability": probability,
            "disagreement": disagreement,
            "tumour": most.transpose(backward) & body,
            "fold_tumour": each,
        }
