"""The images and models of a plan, looked at before the first case: by their headers, so that it takes seconds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from ..core.errors import NENSegmentationError
from ..dicom.attributes import text
from ..dicom.choice import choose_ct, choose_pet
from ..dicom.errors import Remedy
from ..dicom.frames import one_frame
from ..dicom.geometry import stacked
from ..dicom.series import Scan, Series, is_dicom, scan_folder
from ..dicom.suv import suv_conversion
from .errors import StudyError
from .header_grid import HeaderGrid, header_grid
from .plan import PlannedArm, PlannedCase

_SEGMENTS = ".seg.nrrd"
_ENTRIES = {
    Remedy.SERIES: 'Give it as series = "UID".',
    Remedy.FRAME: "Give it as frame = N.",
    Remedy.INJECTION_DATE: "Give it as injection_date = YYYY-MM-DD.",
}
_MODEL_FILES = ("dataset.json", "plans.json")


@dataclass(frozen=True)
class _Pet:
    """What is known of a PET without its voxels.

    Attributes
    ----------
    grid : HeaderGrid
    has_ct : bool
        Whether there is a CT.
    series : str
        SeriesInstanceUID; empty where the PET is no DICOM.
    identities : frozenset of str
        What the header calls the patient, see `_plain`.
    """

    grid: HeaderGrid
    has_ct: bool
    series: str = ""
    identities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SeenModel:
    """What the plan has to know of a model.

    Attributes
    ----------
    wants_ct : bool
        Whether it looks at a CT.
    identity : callable
        Returns its SHA-256, which may take a moment.
    """

    wants_ct: bool
    identity: Callable[[], str]


LookAtModel = Callable[[Path], SeenModel]
"""Reads a model folder, and raises a `NENSegmentationError` if it cannot be used."""


def model_faults(
    arms: Sequence[PlannedArm], look_at_model: LookAtModel | None
) -> tuple[list[str], dict[str, SeenModel]]:
    """Look at the models.

    Parameters
    ----------
    arms : sequence of PlannedArm
        Of the plan.
    look_at_model : callable or None
        See `plan_file.read_plan`.

    Returns
    -------
    list of str
        A sentence for each arm whose model cannot be used.
    dict of str to SeenModel
        The models of the other arms; none where nobody can tell.
    """
    faults, seen = [], {}
    for arm in arms:
        if arm.model is None:
            continue
        if missing := [name for name in _MODEL_FILES if not (arm.model / name).is_file()]:
            faults.append(
                f"arm {arm.name}: {arm.model} is no model folder, it has no {missing[0]}. Give the folder of a model."
            )
        elif look_at_model is not None:
            try:
                seen[arm.name] = look_at_model(arm.model)
            except NENSegmentationError as error:
                faults.append(f"arm {arm.name}: {error}")
    return faults, seen


def case_faults(
    cases: Sequence[PlannedCase], *, needs_ct: bool, progress: Callable[[int, int], None] | None = None
) -> list[str]:
    """Look at the images of cases: whether they can be read, belong together, and are there once.

    Parameters
    ----------
    cases : sequence of PlannedCase
        Of the plan.
    needs_ct : bool
        Whether each case has to have a CT.
    progress : callable, optional
        Called with the cases looked at and the cases in all.

    Returns
    -------
    list of str
        A sentence for each fault.
    """
    faults: list[str] = []
    # Not by name: that two cases are called the same is a fault that is said together with these.
    pets: list[_Pet | None] = []
    for number, case in enumerate(cases, 1):
        pet = None
        # A case without a name or a path is a fault that is known already.
        if case.name and case.path != Path():
            with _collected(case, faults):
                pet = _pet(case)
                if _plain(case.name) in pet.identities:
                    faults.append(f"case {case.name}: the DICOM header calls the patient so. Give a code name.")
                if needs_ct and not pet.has_ct:
                    faults.append(f"case {case.name}: an ensemble looks at the CT, and there is none. Give one as ct.")
            for key, path in (("truth", case.truth), ("prepared", case.prepared), ("ct", case.ct)):
                with _collected(case, faults):
                    _check_beside(key, path, pet)
        pets.append(pet)
        if progress is not None:
            progress(number, len(cases))
    return faults + _repeated(cases, pets)


@contextmanager
def _collected(case: PlannedCase, faults: list[str]) -> Iterator[None]:
    try:
        yield
    except NENSegmentationError as error:
        remedy = getattr(error, "remedy", None)
        faults.append(f"case {case.name}: {error}" + (f" {_ENTRIES[remedy]}" if remedy else ""))
    except OSError as error:
        faults.append(f"case {case.name}: {error.filename} cannot be read ({error.strerror}). Check its permissions.")


def _pet(case: PlannedCase) -> _Pet:
    if not case.path.exists():
        message = f"{case.path}: there is no such file or folder. Give a DICOM folder, or a PET image in SUV."
        raise StudyError(message)
    if not case.path.is_dir():
        if case.series is not None or case.frame is not None or case.injection_date is not None:
            message = (
                f"{case.path.name} is no DICOM folder, so series, frame and injection_date say nothing. Take them out."
            )
            raise StudyError(message)
        return _Pet(header_grid(case.path), case.ct is not None)
    scan = scan_folder(case.path)
    series = one_frame(choose_pet(scan, case.series), case.frame)
    suv_conversion(series.headers, injection_date=case.injection_date)
    grid = stacked(series.headers, f"PET series {series.label}")
    k, j, i = grid.shape
    return _Pet(
        HeaderGrid.of((i, j, k), grid.origin, grid.spacing, grid.direction),
        case.ct is not None or _has_ct(scan, series),
        series.uid,
        _identities(series.headers[0]),
    )


def _has_ct(scan: Scan, pet: Series) -> bool:
    ct, _ = choose_ct(scan, pet)
    if ct is None:
        return False
    stacked(ct.headers, f"CT series {ct.label}")
    return True


def _check_beside(key: str, path: Path | None, pet: _Pet | None) -> None:
    """Check the truth, the prepared segmentation or the CT of a case."""
    if path is None:
        return
    if not path.exists():
        message = f"{key}: {path}: there is no such file. Correct the path."
        raise StudyError(message)
    if path.is_dir():
        if key != "ct" or pet is None or not pet.series:
            message = f"{key}: {path}: this is a folder. Give a file."
            raise StudyError(message)
        return
    if key == "prepared" and is_dicom(path):
        if pet is not None and not pet.series:
            message = f"prepared: {path.name} is DICOM and the PET is not, so they cannot be matched. Give a label map."
            raise StudyError(message)
        return
    grid = header_grid(path)
    # A CT has its own grid, and Slicer's segmentations are cut to what is drawn and placed when they are opened.
    if key == "ct" or (key == "prepared" and path.name.lower().endswith(_SEGMENTS)):
        return
    if pet is not None and not grid.is_that_of(pet.grid):
        message = f"{key}: {path.name} does not lie on the grid of the PET. Resample it to the PET first."
        raise StudyError(message)


def _identities(header: Dataset) -> frozenset[str]:
    """Return what a DICOM header calls the patient: the id, the name, and each part of it."""
    name = text(header, "PatientName")
    return frozenset(map(_plain, (text(header, "PatientID"), name, *name.replace("^", " ").replace("=", " ").split())))


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _repeated(cases: Sequence[PlannedCase], pets: Sequence[_Pet | None]) -> list[str]:
    """Find what two cases share though each has to have its own."""
    faults = []
    seen: dict[tuple[str, object], str] = {}
    looked_at = list(zip(cases, pets, strict=True))
    sizes = [case.path.stat().st_size for case, pet in looked_at if pet is not None and not pet.series]
    for case, pet in looked_at:
        marks: list[tuple[str, object]] = []
        if pet is not None and pet.series:
            marks.append(("PET series", (pet.series, case.frame)))
        elif pet is not None and sizes.count(case.path.stat().st_size) > 1:
            marks.append(("PET", hashlib.sha256(case.path.read_bytes()).digest()))
        files = (("truth", case.truth), ("prepared segmentation", case.prepared))
        marks += [(word, os.path.realpath(path)) for word, path in files if path is not None]
        for word, mark in marks:
            other = seen.setdefault((word, mark), case.name)
            if other != case.name:
                faults.append(f"case {case.name}: this is the {word} of the case {other}. Give each case its own.")
    return faults
