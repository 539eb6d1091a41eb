"""The cases of a training set, found in a folder of folders: digital patients and corrected cases."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import NENSegmentationError
from ..core.image_files import read_labels
from ..dicom.case import CT_FILES, PET_FILES, read_case
from .errors import EnsembleError
from .training_set import TrainingCase

# Where each kind of folder keeps its lesions: a digital patient its reference segmentation.
_LESIONS = ("truth/reference.nii.gz", "lesions.nii.gz", "lesions.nrrd")
_PATIENT = "truth/patient.json"
_SUMMARY = "summary.json"
_NEGATIVE = "negative"


@dataclass(frozen=True)
class CaseFolder:
    """A folder with a patient and its lesions.

    Attributes
    ----------
    path : Path
    lesions : Path
        The label map in it.
    """

    path: Path
    lesions: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def is_digital(self) -> bool:
        """Whether `nenseg phantom` made the patient."""
        return (self.path / _PATIENT).is_file()

    def read(self) -> TrainingCase:
        """Read the PET, the CT and the lesions.

        Returns
        -------
        TrainingCase

        Raises
        ------
        EnsembleError
            If one of them cannot be read; the sentence names the case.
        """
        try:
            image = _only(self.path, PET_FILES)
            case = read_case(image or self.path, ct=_only(self.path, CT_FILES) if image else None)
            lesions = read_labels(self.lesions)
        except NENSegmentationError as error:
            message = f"{self.name}: {error}"
            raise EnsembleError(message) from error
        patient, summary = self._described(_PATIENT), self._described(_SUMMARY)
        return TrainingCase(
            name=self.name,
            pet=case.pet,
            ct=case.ct,
            lesions=lesions,
            threshold=self._threshold(patient, summary),
            # A digital patient's reference is empty by construction, not by an oversight.
            is_negative=patient.get("reference_ml") == 0 or (self.path / _NEGATIVE).exists(),
        )

    def _described(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            described = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        except (OSError, ValueError) as error:
            message = f"{path}: the file is damaged. Write the case again."
            raise EnsembleError(message) from error
        if not isinstance(described, dict):
            message = f"{path}: this is no description of a case. Write the case again."
            raise EnsembleError(message)
        return described

    def _threshold(self, patient: dict[str, Any], summary: dict[str, Any]) -> float | None:
        """Return the patient's threshold, SUVbw (g/mL), if a file gives one."""
        liver = patient.get("liver") if patient else summary
        given = liver.get("threshold") if isinstance(liver, dict) else None
        if given is None and not patient:
            return None
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < math.inf:
            path = self.path / (_PATIENT if patient else _SUMMARY)
            message = f"{path}: the threshold is {given!r}. Give a number above 0, or write the case again."
            raise EnsembleError(message)
        return float(given)


def case_folders(folder: Path) -> list[CaseFolder]:
    """Find the cases of a folder.

    Parameters
    ----------
    folder : Path
        With a folder a case: a digital patient of `nenseg phantom`; or pet.nrrd (or .nii.gz) in SUV, ct.nrrd and
        lesions.nii.gz; or a DICOM PET/CT and lesions.nii.gz. A summary.json of `nenseg segment` beside them gives the
        patient's threshold. An empty file named ``negative`` says that a case is a
        negative control.

    Returns
    -------
    list of CaseFolder
        By name.

    Raises
    ------
    EnsembleError
        If there is no such folder, no case in it, or a folder in it without lesions or with several maps of them.
    """
    if not folder.is_dir():
        message = f"{folder}: there is no such folder. Give the folder that holds a folder for each case."
        raise EnsembleError(message)
    found = [_case_folder(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."]
    if not found:
        message = f"{folder}: there is no folder of a case in it. Give the folder that holds a folder for each case."
        raise EnsembleError(message)
    return found


def _case_folder(path: Path) -> CaseFolder:
    lesions = _only(path, _LESIONS)
    if lesions is None:
        message = f"{path}: there are no lesions ({', '.join(_LESIONS)}). Add them, or take the folder away."
        raise EnsembleError(message)
    return CaseFolder(path, lesions)


def _only(folder: Path, names: tuple[str, ...]) -> Path | None:
    """Return the one of these files that is there, or None; which of several is meant nobody can know."""
    there = [name for name in names if (folder / name).is_file()]
    if len(there) > 1:
        message = f"{folder}: {' and '.join(there)} are there. Take all but one away."
        raise EnsembleError(message)
    return folder / there[0] if there else None
