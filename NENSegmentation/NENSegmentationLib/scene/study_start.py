"""What a reader is given to start from: the lesions of an arm, made before the time of the case runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import SimpleITK as sitk
import slicer

from ..core.body import Body
from ..core.errors import NENSegmentationError
from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.proposal import propose_region
from ..core.reference_region import Organ, ReferenceRegion, region_from_ellipsoids, sphere
from ..core.volume import shape
from ..dicom.instances import pet_series_of
from ..dicom.series import is_dicom
from ..ensemble.model import Model
from ..study.order import Assignment
from ..study.plan import Method, PlannedCase
from ..study.predictions import read_prediction, unreadable
from ..study.result_files import SEGMENTS_FILE
from .ensemble_run import EnsembleRun
from .foreign_files import lesion_map_from_file
from .session import CorrectionSession
from .study_case import CaseImages
from .study_opening import OpenedStudy


class Start(Protocol):
    """The start state of a reading while it is made."""

    def poll(self) -> bool:
        """Return whether the session has its lesions; never waits for long."""

    @property
    def progress(self) -> tuple[int, int]:
        """How much of the work is done, and how much there is; (0, 0) while that is not known."""


class _Made:
    """A start state that took no waiting."""

    progress = (0, 0)

    def poll(self) -> bool:
        return True


class _Predicted:
    """The lesions that an ensemble finds."""

    def __init__(self, session: CorrectionSession, model: Model) -> None:
        self._run = EnsembleRun(session, model)

    @property
    def progress(self) -> tuple[int, int]:
        return self._run.done, self._run.total

    def poll(self) -> bool:
        if not self._run.poll():
            return False
        self._run.take_over()
        return True


def start_of(session: CorrectionSession, study: OpenedStudy, one: Assignment, images: CaseImages) -> Start:
    """Begin to make the start state of a reading.

    Parameters
    ----------
    session : CorrectionSession
        Of the reading; one that has lesions already is left as it is.
    study : OpenedStudy
        The study.
    one : Assignment
        The reading.
    images : CaseImages
        Of its case.

    Returns
    -------
    Start

    Raises
    ------
    EnsembleError
        If the ensemble cannot be run.
    PredictionError
        If what it has found already cannot be used.
    NENSegmentationError
        If the reference region cannot be placed, or the prepared segmentation cannot be opened on the PET.
    """
    if session.lesion_map is not None:
        return _Made()
    arm = next(arm for arm in study.plan.arms if arm.name == one.arm)
    planned = next(case for case in study.plan.cases if case.name == one.case)
    prediction = study.plan.prediction(one.arm, one.case)
    if arm.method is Method.ENSEMBLE and prediction.exists():
        lesion_map, warnings, found_by = predicted_lesions(
            session.scene, session.pet, study.models[arm.name], prediction
        )
        session.take_over(lesion_map, warnings, ensemble=found_by)
        return _Made()
    if arm.method is Method.ENSEMBLE:
        return _Predicted(session, study.models[arm.name])
    if arm.method is Method.THRESHOLD:
        session.segment(planned_region(planned, images, session.body))
    elif arm.method is Method.PREPARED:
        session.take_over(*prepared_lesions(session.scene, planned, images))
    else:
        nothing = np.zeros(shape(session.pet), np.int32)
        session.take_over(LesionMap.from_labels(session.pet, nothing, origin=Origin.SEED))
    return _Made()


def planned_region(planned: PlannedCase, images: CaseImages, body: Body) -> ReferenceRegion:
    """Return the region that a threshold is taken from; errors as in `start_of`."""
    if planned.region is None:
        return propose_region(images.pet, Organ.LIVER, images.ct)
    placed = [sphere(planned.region.centre_ras, planned.region.diameter_mm)]
    return region_from_ellipsoids(images.pet, planned.region.organ, placed, body)


def prepared_lesions(
    scene: slicer.vtkMRMLScene, planned: PlannedCase, images: CaseImages
) -> tuple[LesionMap, tuple[str, ...]]:
    """Return the lesions of a prepared segmentation, and what was left out of it; errors as in `start_of`."""
    series = None
    if images.pet_files and is_dicom(planned.prepared):
        series = pet_series_of(list(images.pet_files), planned.name)
    lesion_map, warnings = lesion_map_from_file(planned.prepared, scene, images.pet, series)
    # Whoever drew them may have named a patient, or the method.
    lesions = [replace(lesion, name=f"Lesion {lesion.id}") for lesion in lesion_map.lesions.values()]
    return LesionMap(images.pet, lesion_map.labels, lesions), warnings


def predicted_lesions(
    scene: slicer.vtkMRMLScene, pet: sitk.Image, model: Model, folder: Path
) -> tuple[LesionMap, tuple[str, ...], dict[str, Any]]:
    """Return the lesions of a prediction, its warnings, and by what it was made.

    Raises
    ------
    PredictionError
        If it cannot be used. It can be made again, so it is no fault of the case.
    """
    found_by, warnings = read_prediction(folder, model.identity)
    try:
        lesion_map, _ = lesion_map_from_file(folder / SEGMENTS_FILE, scene, pet, None)
    except NENSegmentationError as error:
        raise unreadable(folder) from error
    return lesion_map, warnings, found_by
