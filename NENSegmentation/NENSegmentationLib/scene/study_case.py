"""The images of a planned case: read in a process of their own while the reader is at the case before."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import SimpleITK as sitk

from ..ensemble.child import DONE, Child
from ..ensemble.errors import EnsembleError
from ..study.plan import PlannedCase
from ..study.planned_images import read_planned
from ..study.skipping import SkipReason
from . import study_case_worker as worker
from .errors import SceneError


@dataclass(frozen=True)
class CaseImages:
    """The images of a case.

    Attributes
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL), float32.
    ct : SimpleITK.Image or None
        Hounsfield units, on its own grid.
    warnings : tuple of str
        As those of `dicom.case.Case`.
    pet_files : tuple of Path
        The slices of the PET, where it came as DICOM.
    """

    pet: sitk.Image = field(repr=False)
    ct: sitk.Image | None = field(repr=False)
    warnings: tuple[str, ...] = ()
    pet_files: tuple[Path, ...] = ()


class CaseError(SceneError):
    """A case that cannot be loaded.

    Attributes
    ----------
    reason : SkipReason
        What could not be made of it. The words of the error stay here: they may name a file, and the file a patient.
    """

    def __init__(self, message: str, reason: SkipReason) -> None:
        super().__init__(message)
        self.reason = reason


class Preparation(Protocol):
    """Images that are being read."""

    def images(self) -> CaseImages | None:
        """Return the images, or None while they are being read; never waits.

        Raises
        ------
        CaseError
            If they cannot be read.
        SceneError
            If the reading broke off, for want of memory say; it can be tried again.
        """

    def cancel(self) -> None:
        """Stop, and let go of everything; again and again if you like."""


Prepare = Callable[[PlannedCase], Preparation]
"""Begins to read the images of a case."""


class PreparedHere:
    """Images that are read when they are asked for, in this process; for tests and scripts.

    Parameters
    ----------
    planned : PlannedCase
    """

    def __init__(self, planned: PlannedCase) -> None:
        self._planned = planned

    def images(self) -> CaseImages:
        """Read the images; see `Preparation`."""
        try:
            case = read_planned(self._planned)
        except worker.UNREADABLE as error:
            raise CaseError(str(error), SkipReason.IMAGES) from error
        return CaseImages(case.pet, case.ct, case.warnings, worker.pet_files(case))

    def cancel(self) -> None:
        """Do nothing: nothing runs."""


class PreparedInProcess:
    """Images that a process of their own reads: in Slicer a thread of Python stands still while the panel is idle.

    Parameters
    ----------
    planned : PlannedCase
    """

    def __init__(self, planned: PlannedCase) -> None:
        self._child: Child | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="nenseg-case-"))
        self._images: CaseImages | None = None
        try:
            request = {"private": str(self._folder), "case": worker.request(planned)}
            self._child = Child(worker.__name__, request, log=self._folder / "worker.log")
        except EnsembleError as error:
            self.cancel()
            raise SceneError(str(error)) from error
        except BaseException:
            self.cancel()
            raise

    def images(self) -> CaseImages | None:
        """Return the images once they are read; see `Preparation`."""
        if self._images is None and self._child is not None:
            try:
                events = self._child.poll()
            except EnsembleError as error:
                self.cancel()
                message = (
                    "the images could not be read: the process that reads them ended. Close other programs, then go on."
                )
                raise SceneError(message) from error
            for event in events:
                if event["event"] == DONE:
                    self._images = self._read(event)
        return self._images

    def cancel(self) -> None:
        """End the process, and remove its files."""
        if self._child is not None:
            self._child.cancel()
            self._child = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self, event: dict) -> CaseImages:
        if worker.REFUSED in event:
            self.cancel()
            raise CaseError(event[worker.REFUSED], SkipReason.IMAGES)
        files = [self._folder / name for name in (worker.PET_FILE, worker.CT_FILE)]
        try:
            pet, ct = (sitk.ReadImage(str(file)) if file.exists() else None for file in files)
        except RuntimeError as error:
            message = (
                "the images were read, but could not be handed over. Free some space for temporary files, then go on."
            )
            raise SceneError(message) from error
        finally:
            self.cancel()
        return CaseImages(pet, ct, tuple(event["warnings"]), tuple(map(Path, event["pet_files"])))


class ReadAhead:
    """The images of one case at a time, read before they are wanted.

    Parameters
    ----------
    prepare : callable
        Begins to read them.
    """

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._case: PlannedCase | None = None
        self._preparation: Preparation | None = None

    def read(self, planned: PlannedCase) -> None:
        """Begin to read a case instead of any other; if it is the one that is read already, nothing happens."""
        if self._case is not planned:
            self.cancel()
            self._preparation, self._case = self._prepare(planned), planned

    def images(self) -> CaseImages | None:
        """Return its images; see `Preparation`."""
        return self._preparation.images()

    def cancel(self) -> None:
        """Let go of the case."""
        if self._preparation is not None:
            self._preparation.cancel()
        self._preparation, self._case = None, None
