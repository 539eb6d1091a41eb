"""A study opened on trial: every case and every start state that the readers will get, before the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import slicer

from ..core.body import Body
from ..core.errors import NENSegmentationError
from ..ensemble.model import Model, read_model
from ..study.plan import Method, Plan, PlannedArm, PlannedCase
from .study_case import CaseImages, PreparedHere
from .study_start import planned_region, predicted_lesions, prepared_lesions


def trial_faults(
    scene: slicer.vtkMRMLScene, plan: Plan, progress: Callable[[int, int], None] | None = None
) -> list[str]:
    """Open all cases as a reader does, and make what readers start from; no ensemble is run.

    Parameters
    ----------
    scene : vtkMRMLScene
        Left as it was.
    plan : Plan
        Of the study, without a fault that its headers show (`study_opening.checked_plan`).
    progress : callable, optional
        Called with the cases opened and the cases in all.

    Returns
    -------
    list of str
        A sentence for each case, and each arm of a case, that would be skipped.
    """
    models = {arm.name: read_model(arm.model) for arm in plan.arms if arm.model is not None}
    faults: list[str] = []
    for number, planned in enumerate(plan.cases, 1):
        faults += _faults_of(scene, plan, models, planned)
        if progress is not None:
            progress(number, len(plan.cases))
    return faults


def _faults_of(scene: slicer.vtkMRMLScene, plan: Plan, models: dict[str, Model], planned: PlannedCase) -> Iterator[str]:
    try:
        images = PreparedHere(planned).images()
    except NENSegmentationError as error:
        yield f"case {planned.name}: {error}"
        return
    for arm in plan.arms:
        try:
            _make_start(scene, plan, models, planned, arm, images)
        except (NENSegmentationError, OSError) as error:
            yield f"case {planned.name}, arm {arm.name}: {error}"


def _make_start(
    scene: slicer.vtkMRMLScene,
    plan: Plan,
    models: dict[str, Model],
    planned: PlannedCase,
    arm: PlannedArm,
    images: CaseImages,
) -> None:
    prediction = plan.prediction(arm.name, planned.name)
    if arm.method is Method.THRESHOLD:
        planned_region(planned, images, Body(images.pet)).threshold()
    elif arm.method is Method.PREPARED:
        prepared_lesions(scene, planned, images)
    elif arm.method is Method.ENSEMBLE and prediction.exists():
        predicted_lesions(scene, images.pet, models[arm.name], prediction)
