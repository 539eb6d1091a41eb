"""What a reader is given to start from: the lesions of an arm, made before the time of the case runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..core.lesion import Origin
from ..core.lesions import LesionMap
from ..core.proposal import propose_region
from ..core.reference_region import Organ, ReferenceRegion, region_from_ellipsoids, sphere
from ..core.volume import shape
from ..dicom.instances import pet_series_of
from ..dicom.series import is_dicom
from ..ensemble.errors import EnsembleError
from ..ensemble.model import Model
from ..study.order import Assignment
from ..study.plan import Method, PlannedCase
from ..study.result_files import SEGMENTS_FILE, SUMMARY_FILE
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
        If the ensemble cannot be run, or what it has found already is by another model.
    NENSegmentationError
        If the reference region cannot be placed, or the prepared segmentation cannot be opened on the PET.
    """
    if session.lesion_map is not None:
        return _Made()
    arm = next(arm for arm in study.plan.arms if arm.name == one.arm)
    planned = next(case for case in study.plan.cases if case.name == one.case)
    prediction = study.plan.prediction(one.arm, one.case)
    if arm.method is Method.ENSEMBLE and prediction.exists():
        _take_over_predicted(session, study.models[arm.name], prediction)
        return _Made()
    if arm.method is Method.ENSEMBLE:
        return _Predicted(session, study.models[arm.name])
    if arm.method is Method.THRESHOLD:
        session.segment(_region(session, planned, images))
    elif arm.method is Method.PREPARED:
        session.take_over(*_prepared(session, planned, images))
    else:
        nothing = np.zeros(shape(session.pet), np.int32)
        session.take_over(LesionMap.from_labels(session.pet, nothing, origin=Origin.SEED))
    return _Made()


def _region(session: CorrectionSession, planned: PlannedCase, images: CaseImages) -> ReferenceRegion:
    if planned.region is None:
        return propose_region(session.pet, Organ.LIVER, images.ct)
    placed = [sphere(planned.region.centre_ras, planned.region.diameter_mm)]
    return region_from_ellipsoids(session.pet, planned.region.organ, placed, session.body)


def _prepared(
    session: CorrectionSession, planned: PlannedCase, images: CaseImages
) -> tuple[LesionMap, tuple[str, ...]]:
    series = None
    if images.pet_files and is_dicom(planned.prepared):
        series = pet_series_of(list(images.pet_files), planned.name)
    lesion_map, warnings = lesion_map_from_file(planned.prepared, session.scene, session.pet, series)
    # Whoever drew them may have named a patient, or the method.
    lesions = [replace(lesion, name=f"Lesion {lesion.id}") for lesion in lesion_map.lesions.values()]
    return LesionMap(session.pet, lesion_map.labels, lesions), warnings


def _take_over_predicted(session: CorrectionSession, model: Model, folder: Path) -> None:
    found_by, warnings = _read_summary(folder)
    if found_by["model"]["sha256"] != model.identity:
        message = (
            f"{folder}: this was predicted by another model than that of the plan. Remove the folder, and run "
            "`nenseg study predict` again."
        )
        raise EnsembleError(message)
    lesion_map, _ = lesion_map_from_file(folder / SEGMENTS_FILE, session.scene, session.pet, None)
    session.take_over(lesion_map, warnings, ensemble=found_by)


def _read_summary(folder: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return by what the lesions were found, its model with its checksum among it, and the warnings."""
    try:
        said = json.loads((folder / SUMMARY_FILE).read_text("utf-8"))
        said["ensemble"]["model"]["sha256"]  # Whether it is there: a summary of another method has none.
        return said["ensemble"], tuple(said["warnings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{folder}: the prediction cannot be read. Remove the folder, and run `nenseg study predict` again."
        raise EnsembleError(message) from error
