"""A corrected case on its way into a training set: its images and lesions, and nothing of who the patient is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from ..core.image_files import write_image
from ..core.output import new_folder
from .errors import SceneError
from .replay import case_key
from .session import CorrectionSession
from .volumes import image_from_node

_KEY_DIGITS = 12


def case_name(session: CorrectionSession) -> str:
    """Return the code name of a case among training cases: it follows from the voxels of the PET alone."""
    return f"case-{case_key(session.pet)[:_KEY_DIGITS]}"


@dataclass(frozen=True)
class NewTrainingCase:
    """A case as it was when it was asked for; writing it may take its time, in any thread.

    Attributes
    ----------
    place : Path
        The folder to be made.
    pet, ct, lesions : SimpleITK.Image
        SUVbw (g/mL); Hounsfield units on its own grid, or None; labels on the grid of the PET.
    summary : dict or None
        The patient's threshold, where it is known.
    is_negative : bool
        Whether it is a negative control.
    """

    place: Path
    pet: sitk.Image
    ct: sitk.Image | None
    lesions: sitk.Image
    summary: dict[str, Any] | None
    is_negative: bool

    def write(self) -> Path:
        """Write it as `nenseg train --cases` reads it; it appears when all of it is written.

        Returns
        -------
        Path
            Its folder, with pet.nrrd, ct.nrrd, lesions.nii.gz, summary.json and ``negative``, as far as they apply.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with new_folder(self.place) as partial:
            write_image(partial / "pet.nrrd", self.pet)
            if self.ct is not None:
                write_image(partial / "ct.nrrd", self.ct)
            write_image(partial / "lesions.nii.gz", self.lesions)
            if self.summary is not None:
                (partial / "summary.json").write_text(json.dumps(self.summary, indent=2) + "\n", "utf-8")
            if self.is_negative:
                (partial / "negative").touch()
        return self.place


def training_case(session: CorrectionSession, folder: Path, *, is_negative: bool = False) -> NewTrainingCase:
    """Take a case out of its session for a training set; `NewTrainingCase.write` writes it.

    Parameters
    ----------
    session : CorrectionSession
        Of the case; its lesions are those of now.
    folder : Path
        Of the cases, with a folder for each; made if it is not there.
    is_negative : bool
        Whether a case without a lesion is a negative control.

    Returns
    -------
    NewTrainingCase

    Raises
    ------
    SceneError
        If there are no lesions yet, none is left and the case is no negative control, or it is there already.
    """
    session.take_in()
    lesion_map, region = session.lesion_map, session.region
    if lesion_map is None:
        message = "there are no lesions yet, so there is nothing to train on. Segment and correct the case first."
        raise SceneError(message)
    if not lesion_map.lesions and not is_negative:
        message = "there is no lesion in this case. Say that it is a negative control, or leave it out."
        raise SceneError(message)
    place = folder / case_name(session)
    if place.exists():
        message = f"{place}: this case is among the training cases already. Remove that folder to add it anew."
        raise SceneError(message)
    return NewTrainingCase(
        place,
        session.pet,
        image_from_node(session.ct_node) if session.ct_node is not None else None,
        lesion_map.image,
        None if region is None else {"method": session.method, "threshold": region.threshold()},
        is_negative=not lesion_map.lesions,
    )
