"""The file of a plan, ``study.toml``: read, and checked before the first case."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..core.reference_region import DIAMETER_MM, Organ
from .errors import PlanFaultsError, StudyError
from .plan import Design, Method, Plan, PlannedArm, PlannedCase, PlannedRegion
from .plan_entries import Entries, twice
from .planned_cases import LookAtModel, case_faults, model_faults
from .predictions import prediction_faults
from .timer import IDLE_AFTER_S

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_plan(
    path: Path,
    *,
    with_cases: bool = True,
    look_at_model: LookAtModel | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Read the plan of a study and check it.

    Parameters
    ----------
    path : Path
        The TOML file, see ``Docs/reader-studies.md``.
    with_cases : bool
        Whether to look at images, models and predictions as well. A report, say, does not need them.
    look_at_model : callable, optional
        Reads a model folder. Without it only the files of the folder are looked for, and no prediction is held against
        its model: this layer does not know models.
    progress : callable, optional
        Called with the cases looked at and the cases in all.

    Returns
    -------
    Plan

    Raises
    ------
    PlanFaultsError
        With a sentence, in a line of its own, for every fault of the file, the images, the models and what they have
        predicted.
    StudyError
        If the file cannot be read.
    """
    # Without ".." in it, so that what lies in its folder can be told by its path.
    path = Path(os.path.realpath(path.parent), path.name)
    content = _content(path)
    faults: list[str] = []
    plan = _plan(Entries(_table(content, path), path.name, faults, path.parent), path, content)
    if with_cases:
        found, seen = model_faults(plan.arms, look_at_model)
        needs_ct = any(model.wants_ct for model in seen.values())
        found += case_faults(plan.cases, needs_ct=needs_ct, progress=progress)
        found += prediction_faults(plan, {arm: model.identity for arm, model in seen.items()})
        faults += [f"{path.name}: {fault}" for fault in found]
    if faults:
        raise PlanFaultsError("\n".join(faults))
    return plan


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path}: there is no such file. Give the plan of a study, or make one with `nenseg study init`."
        raise StudyError(message) from error
    except OSError as error:
        message = f"{path}: the plan cannot be read ({error.strerror}). Give a file that may be read."
        raise StudyError(message) from error


def _table(content: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        message = f"{path.name}: the file is not in UTF-8. Save it as UTF-8 text."
        raise StudyError(message) from error
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name}: this is no valid TOML ({error}). Correct that place."
        raise StudyError(message) from error


def _plan(entries: Entries, path: Path, content: bytes) -> Plan:
    title, seed = entries.text("title"), entries.whole("seed", 0)
    readers = entries.code_names("readers", "reader-1")
    design = entries.choice("design", Design)
    arms = _arms(entries, design)
    cases = _cases(entries, arms)
    plan = Plan(
        title=title,
        cases=cases,
        arms=arms,
        readers=readers,
        # A plan whose design could not be read is refused, whatever stands here.
        design=design or Design.SPLIT,
        washout_days=_washout_days(entries, design),
        blocks=entries.whole("blocks", 1, default=1),
        hide_arm=entries.flag("hide_arm"),
        show_time=entries.flag("show_time"),
        idle_s=entries.seconds("idle_s", IDLE_AFTER_S),
        seed=seed,
        path=path,
        identity=hashlib.sha256(content).hexdigest(),
        named_store=entries.store("store"),
    )
    _check_sizes(entries, plan)
    entries.finish()
    return plan


def _arms(entries: Entries, design: Design | None) -> tuple[PlannedArm, ...]:
    arms = [_arm(one) for one in entries.tables("arms", "arm")]
    _check_names(entries, [arm.name for arm in arms], "arms")
    for number, arm in enumerate(arms):
        for other in arms[:number]:
            if (arm.method, arm.model) == (other.method, other.model) and arm.name and other.name:
                entries.fault(f"the arms {other.name} and {arm.name} do the same. Change or take out one of them.")
    if design is Design.CROSSOVER and len(arms) == 1:
        entries.fault('a crossover needs two arms or more. Add a table [[arms]], or give design = "split".')
    return tuple(arms)


def _arm(entries: Entries) -> PlannedArm:
    name, method = entries.code_name("name", "A"), entries.choice("method", Method)
    model = entries.path("model")
    if method is Method.ENSEMBLE and not entries.has("model"):
        entries.fault("an ensemble needs a model. Give its folder as model.")
    elif method not in (Method.ENSEMBLE, None) and entries.has("model"):
        entries.fault(f"the method {method.value} takes no model. Take model out, or give the method ensemble.")
    entries.finish()
    # A model without an ensemble is a fault by itself; whether it is a model as well says nothing.
    return PlannedArm(name=name, method=method or Method.BLANK, model=model if method is Method.ENSEMBLE else None)


def _cases(entries: Entries, arms: Sequence[PlannedArm]) -> tuple[PlannedCase, ...]:
    prepared = next((arm.name for arm in arms if arm.method is Method.PREPARED), None)
    cases = []
    for one in entries.tables("cases", "case"):
        cases.append(_case(one))
        if prepared is not None and not one.has("prepared"):
            one.fault(f"the arm {prepared} starts from a prepared segmentation. Give its file as prepared.")
    _check_names(entries, [case.name for case in cases], "cases")
    return tuple(cases)


def _case(entries: Entries) -> PlannedCase:
    case = PlannedCase(
        name=entries.code_name("name", "case-01"),
        # What is missing here is a fault, so nobody reads it.
        path=entries.path("path", needed=True) or Path(),
        truth=entries.path("truth"),
        prepared=entries.path("prepared"),
        training=entries.flag("training", default=False),
        ct=entries.path("ct"),
        series=entries.uid("series"),
        frame=entries.frame("frame"),
        injection_date=entries.day("injection_date"),
        region=_region(entries),
    )
    entries.finish()
    return case


def _region(entries: Entries) -> PlannedRegion | None:
    given = {organ: entries.sphere(organ.value, DIAMETER_MM) for organ in Organ}
    placed = [PlannedRegion(organ, *sphere) for organ, sphere in given.items() if sphere is not None]
    if len(placed) > 1:
        entries.fault(f"{' and '.join(one.organ.value for one in placed)} are given. Give one reference region.")
    return placed[0] if placed else None


def _washout_days(entries: Entries, design: Design | None) -> int:
    if design is Design.CROSSOVER:
        return entries.whole("washout_days", 0)
    if design is Design.SPLIT and entries.has("washout_days"):
        entries.fault("a split study reads each case once and has no wash-out. Take washout_days out.")
    return entries.whole("washout_days", 0, default=0)


def _check_sizes(entries: Entries, plan: Plan) -> None:
    count = len(plan.arms)
    if not count or not plan.cases:
        return
    training = sum(case.training for case in plan.cases)
    measured = len(plan.cases) - training
    if measured < count:
        entries.fault(
            f"{count} arms need {count} cases or more that are not for training; there: {measured}. Add cases."
        )
    elif plan.blocks > measured // count:
        entries.fault(
            f"blocks = {plan.blocks}, but {measured} cases in {count} arms fill at most {measured // count} blocks in "
            "which each arm occurs. Give fewer blocks."
        )
    if 0 < training < count:
        entries.fault(
            f"{count} arms need {count} cases for training or more, so that each is practised; there: {training}. Add "
            "some, or take them out."
        )


def _check_names(entries: Entries, names: list[str], word: str) -> None:
    for name in twice([name for name in names if name]):
        entries.fault(f"the name {name} is twice among the {word}. Give each a name of its own.")
