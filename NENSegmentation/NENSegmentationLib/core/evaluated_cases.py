"""The label maps of a cohort read and evaluated, side by side on all cores."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .errors import MethodError
from .evaluation import Criteria, Evaluation, evaluate
from .image_files import read_labels
from .paired_files import PairedCase
from .volume import image_like, same_grid, voxel_volume_ml, voxels

# A process takes about a second to start; a whole-body case takes about half a second.
_FEW_CASES = 6

_SEGMENTATION = ".seg.nrrd"


@dataclass(frozen=True)
class EvaluatedCase:
    """One case: how the prediction of each set agrees with its truth.

    Attributes
    ----------
    name : str
        Name of the case.
    evaluations : mapping of str to Evaluation
        Name of the set -> evaluation.
    """

    name: str
    evaluations: Mapping[str, Evaluation]


def evaluated_cases(
    cases: Sequence[PairedCase], criteria: Criteria, progress: Callable[[int, int], None] | None = None
) -> list[EvaluatedCase]:
    """Read and evaluate the cases of a cohort.

    Parameters
    ----------
    cases : sequence of PairedCase
        As `paired_cases` finds them.
    criteria : Criteria
        What counts as one lesion and as found.
    progress : callable, optional
        Called with the number of cases done and of all.

    Returns
    -------
    list of EvaluatedCase
        In the order of ``cases``.

    Raises
    ------
    MethodError
        With every fault of every file: it cannot be read, is no label map, or does not lie on the grid of its truth.
    """
    results, faults = [], []
    with _worked_on(cases, criteria) as done:
        for number, (case, (evaluations, wrong)) in enumerate(zip(cases, done, strict=True), 1):
            results.append(EvaluatedCase(case.name, evaluations))
            faults += wrong
            if progress is not None:
                progress(number, len(cases))
    if faults:
        raise MethodError(" ".join(faults))
    return results


_Outcome = tuple[dict[str, Evaluation], list[str]]


@contextmanager
def _worked_on(cases: Sequence[PairedCase], criteria: Criteria) -> Iterator[Iterator[_Outcome]]:
    """Give the outcomes in the order of the cases; the processes end with the context."""
    processes = min(os.cpu_count() or 1, len(cases))
    if len(cases) <= _FEW_CASES or processes == 1:
        yield (_evaluated(case, criteria) for case in cases)
        return
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin_process)
    try:
        yield pool.map(_evaluated, cases, [criteria] * len(cases))
    except BrokenProcessPool as error:
        message = (
            "a process that read label maps was ended from outside, most often for lack of memory. "
            "Close other programs and evaluate again."
        )
        raise MethodError(message) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_process() -> None:
    # An interrupt from the keyboard reaches all processes; the first one ends the others in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)


def _evaluated(case: PairedCase, criteria: Criteria) -> _Outcome:
    evaluations: dict[str, Evaluation] = {}
    faults: list[str] = []
    truth = _read(case.truth, faults)
    for name, path in case.predictions.items():
        predicted = _read(path, faults)
        if truth is None or predicted is None:
            continue
        if not same_grid(predicted, truth):
            faults.append(
                f"{path}: the prediction ({_grid(predicted)}) does not lie on the grid of its truth {case.truth} "
                f"({_grid(truth)}). Resample it to the truth first."
            )
            continue
        evaluations[name] = evaluate(voxels(predicted), voxels(truth), voxel_volume_ml(truth), criteria)
    return evaluations, faults


def _read(path: Path, faults: list[str]) -> sitk.Image | None:
    try:
        labels = _merged_layers(path) or read_labels(path)
    except MethodError as error:
        # Prediction and truth have the same name, so the folder has to be said.
        said = str(error)
        faults.append(f"{path.parent}{os.sep}{said}" if said.startswith(path.name) else said)
        return None
    if _lowest(voxels(labels)) < 0:
        faults.append(f"{path}: a label is below zero. Give a label map in which 0 is background.")
        return None
    return labels


def _merged_layers(path: Path) -> sitk.Image | None:
    """Return the union of the layers into which Slicer puts segments that overlap; None where there is one layer."""
    if not path.name.lower().endswith(_SEGMENTATION):
        return None
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError:
        return None
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() == 1:
        return None
    layers = sitk.GetArrayViewFromImage(image)
    return image_like(np.any(layers != 0, axis=-1), image)


def _lowest(labels: NDArray[np.integer]) -> int:
    return int(labels.min()) if labels.size and np.issubdtype(labels.dtype, np.signedinteger) else 0


def _grid(image: sitk.Image) -> str:
    size = " x ".join(str(n) for n in image.GetSize())
    return f"{size} voxels of {' x '.join(f'{mm:.4g}' for mm in image.GetSpacing())} mm"
