"""A study as a reader opens it: checked, with its store, and with the models of its ensembles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..ensemble.channels import CT
from ..ensemble.errors import EnsembleError
from ..ensemble.model import Model, read_model
from ..study.clock import Clock
from ..study.errors import PlanFaultsError, StudyError
from ..study.order import assignments
from ..study.plan import Plan
from ..study.plan_file import read_plan
from ..study.planned_cases import SeenModel
from ..study.predictions import prediction_faults
from ..study.store import Store


@dataclass(frozen=True)
class OpenedStudy:
    """A study that one reader has open.

    Attributes
    ----------
    plan : Plan
        What is to be read.
    reader : str
        Who reads it, by code name.
    store : Store
        Where it is kept.
    models : mapping of str to Model
        Of each arm of an ensemble.
    results : Path
        The folder of the saved results.
    """

    plan: Plan
    reader: str
    store: Store
    models: Mapping[str, Model]
    results: Path


def open_study(
    plan: Path,
    reader: str,
    *,
    store: Path | str | None = None,
    results: Path | None = None,
    clock: Clock | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> OpenedStudy:
    """Open a study; parameters and errors as for `StudyReading.open`."""
    read = read_plan(plan, with_cases=False)
    assignments(read, reader)
    place = read.store if store is None else store
    refuse_faults(read, place, progress)
    models = _models(read)
    opened = Store.open(place, read.identity, clock, unsent=read.unsent)
    try:
        opened.refuse_second_session(reader)
    except BaseException:
        opened.close()
        raise
    return OpenedStudy(read, reader, opened, models, results or read.results)


def checked_plan(plan: Path, progress: Callable[[int, int], None] | None = None) -> Plan:
    """Read a plan and look at everything that can be looked at before the first case.

    Parameters
    ----------
    plan : Path
        The file of the plan.
    progress : callable, optional
        Called with the cases checked and the cases in all.

    Raises
    ------
    StudyError
        As `plan_file.read_plan`.
    """
    return read_plan(plan, look_at_model=_seen_model, progress=progress)


def refuse_faults(plan: Plan, store: Path | str, progress: Callable[[int, int], None] | None = None) -> None:
    """Make sure that a study can be read: before its first case all of it, later what may have been made anew since.

    A case that broke after the first one was read is skipped when its turn comes; it does not stop the others.

    Parameters
    ----------
    plan : Plan
        As its file says it.
    store : Path or str
        Where the readings are, which tells whether there is one.
    progress : callable, optional
        As for `checked_plan`.

    Raises
    ------
    PlanFaultsError
        With a line for every fault.
    StudyError
        If the plan, a model or the store cannot be used.
    """
    if not Store.is_begun(store, plan.identity):
        checked_plan(plan.path, progress)
        return
    identities = {arm: lambda model=model: model.identity for arm, model in _models(plan).items()}
    if faults := prediction_faults(plan, identities):
        raise PlanFaultsError("\n".join(f"{plan.path.name}: {fault}" for fault in faults))


def _seen_model(folder: Path) -> SeenModel:
    model = read_model(folder)
    return SeenModel(CT in model.channels, lambda: model.identity)


def _models(plan: Plan) -> dict[str, Model]:
    models = {}
    for arm in plan.arms:
        if arm.model is not None:
            try:
                models[arm.name] = read_model(arm.model)
            except EnsembleError as error:
                message = f"{plan.path.name}: arm {arm.name}: {error}"
                raise StudyError(message) from error
    return models
