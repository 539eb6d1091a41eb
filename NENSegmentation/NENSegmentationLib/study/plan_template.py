"""A plan to begin with: every entry with what it means, and the cases of a folder under code names."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..dicom.case import CT_FILES, PET_FILES
from ..dicom.series import is_dicom
from .errors import StudyError

_LESIONS = ("lesions.seg.nrrd", "lesions.nii.gz", "lesions.nrrd")
_TRUTH = "truth/reference.nii.gz"

_HEAD = """\
# The plan of a reader study. Docs/reader-studies.md explains it; `nenseg study check` says what is wrong with it.
# It ties code names to folders with patients' data: keep it where those are kept.

title = "Reader study"

# Every random draw comes from this number. It was drawn when this file was made.
# From the first reading on, change nothing in this file: another file is another study.
seed = {seed}

# Code names, never who the readers are.
readers = ["reader-1", "reader-2"]

# "crossover": each reader reads each case in each arm, with washout_days between the periods.
# "split": each reader reads each case once, in one of the arms; then take washout_days out.
design = "crossover"
washout_days = 28

# Parts that the cases of a period are divided into, each balanced by itself: a sitting, say.
blocks = 1

# Whether readers are not told the arm, and whether they see the time that a case takes.
hide_arm = true
show_time = false

# Time without input (s) after which a reader counts as away.
idle_s = 60

# Where the readings are kept: a file beside this one, unless readers on several machines share a database.
# store = "postgresql://reader@server/study"

# Arms, by what the reader starts from: "threshold", "ensemble" (with model = "FOLDER"), "prepared" (each case then
# has its file as prepared = "FILE") or "blank".
[[arms]]
name = "A"
method = "threshold"

[[arms]]
name = "B"
{second}

# Cases: path is a DICOM folder, or a PET in SUV (.nrrd, .nii, .nii.gz; then ct = "FILE" where there is a CT).
# Paths start from the folder of this file. Optional: truth = "FILE" (label map on the grid of the PET),
# training = true (practice: read first in each period, not counted), series = "UID", frame = 1,
# injection_date = 2024-03-21, liver = [85, -10, 45] (or spleen; R, A, S in mm: where the threshold comes from).
"""


@dataclass(frozen=True)
class FoundCase:
    """A case in a folder of cases.

    Attributes
    ----------
    path : Path
        DICOM folder or PET image.
    ct : Path or None
        Beside a PET image.
    truth : Path or None
        Of a digital patient.
    lesions : Path or None
        A segmentation of which nothing says whether it is the truth.
    """

    path: Path
    ct: Path | None
    truth: Path | None
    lesions: Path | None


def found_cases(folder: Path) -> list[FoundCase]:
    """Find the cases of a folder.

    Parameters
    ----------
    folder : Path
        With a folder a case: a DICOM PET/CT, or pet.nrrd (or .nii.gz, .nii) in SUV and ct.nrrd.

    Returns
    -------
    list of FoundCase
        By the names of their folders.

    Raises
    ------
    StudyError
        If there is no such folder, or no case in it.
    DicomError
        If a file in it cannot be read.
    """
    if not folder.is_dir():
        message = f"{folder}: there is no such folder. Give the folder that holds a folder for each case."
        raise StudyError(message)
    places = [
        place for place in sorted(Path(os.path.realpath(folder)).iterdir()) if place.is_dir() and place.name[0] != "."
    ]
    cases = [case for case in map(_found_case, places) if case is not None]
    if not cases:
        message = (
            f"{folder}: no folder in it holds DICOM files or a pet.nrrd. Give the folder that holds a folder for each "
            "case."
        )
        raise StudyError(message)
    return cases


def plan_template(cases: Sequence[FoundCase], folder: Path, *, seed: int, model: Path | None = None) -> str:
    """Return the text of a plan.

    Parameters
    ----------
    cases : sequence of FoundCase
        They get code names in this order.
    folder : Path
        Where the file is to be: paths inside it are written relative to it.
    seed : int
        Of all random draws.
    model : Path, optional
        Makes the second arm an ensemble of this model; otherwise that arm starts from nothing.

    Returns
    -------
    str
        TOML.
    """
    folder = Path(os.path.realpath(folder))
    second = (
        'method = "blank"'
        if model is None
        else f'method = "ensemble"\nmodel = {_path(Path(os.path.realpath(model)), folder)}'
    )
    digits = max(2, len(str(len(cases))))
    tables = [_table(f"case-{number:0{digits}}", case, folder) for number, case in enumerate(cases, 1)]
    return "\n".join([_HEAD.format(seed=seed, second=second), *tables])


def _table(name: str, case: FoundCase, folder: Path) -> str:
    entries = {"path": case.path, "ct": case.ct, "truth": case.truth}
    lines = ["[[cases]]", f'name = "{name}"']
    lines += [f"{key} = {_path(path, folder)}" for key, path in entries.items() if path is not None]
    if case.lesions is not None:
        written = _path(case.lesions, folder)
        lines.append("# Lesions lie beside the images. Take the line that holds, and add its like to the other cases:")
        lines += [f"# {key} = {written}" for key in ("truth", "prepared")]
    return "\n".join([*lines, ""])


def _path(path: Path, folder: Path) -> str:
    written = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
    # A text of JSON is one of TOML.
    return json.dumps(written, ensure_ascii=False)


def _found_case(place: Path) -> FoundCase | None:
    pet = _first(place, PET_FILES)
    if pet is None and not _holds_dicom(place):
        return None
    ct = _first(place, CT_FILES) if pet is not None else None
    return FoundCase(pet or place, ct, _first(place, (_TRUTH,)), _first(place, _LESIONS))


def _holds_dicom(folder: Path) -> bool:
    return any(path.is_file() and not path.name.startswith("._") and is_dicom(path) for path in folder.rglob("*"))


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)
