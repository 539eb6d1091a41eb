"""Many digital patients in one folder, with a table and a page of pictures."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..core.output import refuse_if_taken
from .errors import PhantomError
from .overview import PAGE, TABLE, read_record, write_overview
from .patient import write_patient
from .processes import cores, in_processes
from .request import Request

Progress = Callable[[int, int], None]
"""Called with the patients that are made and all patients."""

# What a process needs: the program, and the arrays of a patient by the voxels of its PET (measured).
_PROGRAM_BYTES, _BYTES_PER_VOXEL = 0.4e9, 50.0
_FIELD_MM3 = 672.0 * 672.0 * 1050.0
_PART_OF_MEMORY = 0.7


@dataclass(frozen=True)
class Cohort:
    """What a cohort is asked to be.

    Parameters
    ----------
    patients : int
        How many, 1 or more; the first has the seed of ``request``, and the next one the next seed.
    request : Request
        What all of them have in common.
    negatives : int
        How many of them, the last ones, have no lesions.
    tracers, headers : sequence of str
        Used in turn: the tracer changes with every patient, the header whenever all tracers had their turn.

    Raises
    ------
    PhantomError
        If the numbers make no cohort.
    """

    patients: int
    request: Request
    negatives: int = 0
    tracers: Sequence[str] = ()
    headers: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.patients < 1:
            message = f"The cohort has {self.patients} patients. Give a whole number of 1 or more."
            raise PhantomError(message)
        if not 0 <= self.negatives <= self.patients:
            message = (
                f"{self.negatives} of {self.patients} patients cannot be negative. "
                f"Give --negatives a whole number from 0 to {self.patients}."
            )
            raise PhantomError(message)

    def requests(self) -> dict[str, Request]:
        """Return the patients by their code name.

        Raises
        ------
        PhantomError
            If there is no such tracer or header, or the two do not go together.
        """
        tracers, headers = self.tracers or [self.request.tracer], self.headers or [self.request.header]
        made = {}
        for n in range(self.patients):
            request = replace(
                self.request,
                seed=self.request.seed + n,
                tracer=tracers[n % len(tracers)],
                header=headers[n // len(tracers) % len(headers)],
            )
            if n >= self.patients - self.negatives:
                request = replace(request, lesions=0)
            made[f"patient-{request.seed:04d}"] = request
        return made


def write_cohort(folder: Path, cohort: Cohort, jobs: int, progress: Progress | None = None) -> list[dict[str, Any]]:
    """Make a cohort: a folder for each patient, ``cohort.csv`` and ``index.html``.

    Every patient's folder appears when all of it is written, table and page when all patients are there. If that was
    interrupted, whole patients are left; the same cohort asked for once more in the same folder keeps them and goes on.

    Parameters
    ----------
    folder : Path
        Where to. It is made, or holds patients of the same cohort and nothing else.
    cohort : Cohort
        What to make.
    jobs : int
        How many patients to make at a time.
    progress : callable, optional
        Told of every patient.

    Returns
    -------
    list of dict
        The rows of the table.

    Raises
    ------
    PhantomError
        If the folder holds something else, or a patient cannot be made.
    OutputError
        If the cohort is there already, or cannot be written.
    """
    folder, requests = folder.absolute(), cohort.requests()
    refuse_if_taken(folder / TABLE, folder=False)
    refuse_if_taken(folder / PAGE, folder=False)
    missing = [(folder / name, request) for name, request in requests.items() if not _made(folder / name, request)]
    _refuse_strangers(folder, requests)
    done = len(requests) - len(missing)
    if progress is not None:
        progress(done, len(requests))
    try:
        with closing(in_processes(_write_one, missing, jobs)) as results:
            for made, _ in enumerate(results, done + 1):
                if progress is not None:
                    progress(made, len(requests))
    except BaseException:
        _take_away_what_is_half_written(folder, missing)
        raise
    return write_overview(folder, folder / TABLE, folder / PAGE)


def default_jobs(request: Request) -> int:
    """Return how many such patients to make at a time: one for each processor, as far as memory goes."""
    need = _PROGRAM_BYTES + _BYTES_PER_VOXEL * _FIELD_MM3 / (request.voxel[0] * request.voxel[1] * request.voxel[2])
    return max(1, min(cores(), int(_PART_OF_MEMORY * _memory_bytes() / need)))


def _memory_bytes() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        # Where the system does not say, what a small computer has.
        return 8e9


def _write_one(task: tuple[Path, Request]) -> None:
    folder, request = task
    try:
        write_patient(folder, request)
    except PhantomError as error:
        message = f"{folder.name} (seed {request.seed}): {error}"
        raise PhantomError(message) from error


def _take_away_what_is_half_written(folder: Path, tasks: Sequence[tuple[Path, Request]]) -> None:
    """Remove what a process could not, because it was killed."""
    for patient, _ in tasks:
        for partial in folder.glob(f".{patient.name}.partial-*"):
            shutil.rmtree(partial, ignore_errors=True)
    # Without a whole patient, the folder should not be there either.
    with suppress(OSError):
        folder.rmdir()


def _made(folder: Path, request: Request) -> bool:
    """Tell whether a patient is there already; another one in its place is refused."""
    if not folder.exists():
        return False
    record = read_record(folder)
    same = json.loads(json.dumps(asdict(request)))
    if record["request"] != same or record["version"] != __version__:
        message = (
            f"{folder}: this is a patient of another cohort or version. "
            "Ask for the same cohort once more, or name another place."
        )
        raise PhantomError(message)
    return True


def _refuse_strangers(folder: Path, requests: Mapping[str, Request]) -> None:
    held = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    # A killed process may have left a folder that is hidden, and not whole.
    strangers = [name for name in held if name not in requests and not name.startswith(".")]
    if strangers:
        message = f"{folder}: this holds {strangers[0]}, which is no patient of the cohort. Name another place."
        raise PhantomError(message)
