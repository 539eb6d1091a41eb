"""The process that reads the images of a case; it knows no scene."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import SimpleITK as sitk

from ..core.errors import NENSegmentationError
from ..dicom.case import Case
from ..ensemble.child import Emit, Event, serve
from ..study.plan import PlannedCase
from ..study.planned_images import read_planned

PET_FILE, CT_FILE = "pet.nrrd", "ct.nrrd"
REFUSED = "refused"
"""The key of the sentence, where a case cannot be read."""

UNREADABLE = (NENSegmentationError, OSError)
"""What a case raises that cannot be read; anything else is a fault of the program."""


def request(planned: PlannedCase) -> Event:
    """Return a case as JSON takes it, without what its images do not need."""
    return {
        "name": planned.name,
        "path": str(planned.path),
        "ct": None if planned.ct is None else str(planned.ct),
        "series": planned.series,
        "frame": planned.frame,
        "injection_date": None if planned.injection_date is None else planned.injection_date.isoformat(),
    }


def _planned(asked: Event) -> PlannedCase:
    """Return the case of a `request`."""
    day = asked["injection_date"]
    given = {
        "path": Path(asked["path"]),
        "ct": None if asked["ct"] is None else Path(asked["ct"]),
        "injection_date": None if day is None else date.fromisoformat(day),
    }
    return PlannedCase(**{**asked, **given})


def pet_files(case: Case) -> tuple[Path, ...]:
    """Return the files of the slices of a PET that came as DICOM."""
    headers = () if case.pet_series is None else case.pet_series.headers
    return tuple(Path(str(header.filename)) for header in headers)


def work(asked: Event, _emit: Emit) -> Event:
    """Read a case; its images are then in the private folder.

    Parameters
    ----------
    asked : dict
        ``private`` (folder) and ``case`` (`request`).

    Returns
    -------
    dict
        ``warnings`` and ``pet_files``, or ``refused``.
    """
    try:
        case = read_planned(_planned(asked["case"]))
    except UNREADABLE as error:
        return {REFUSED: str(error)}
    folder = Path(asked["private"])
    # In half the memory and time: nothing is compressed, and it is read once.
    sitk.WriteImage(case.pet, str(folder / PET_FILE))
    if case.ct is not None:
        sitk.WriteImage(case.ct, str(folder / CT_FILE))
    return {"warnings": list(case.warnings), "pet_files": [str(file) for file in pet_files(case)]}


if __name__ == "__main__":
    serve(work)
