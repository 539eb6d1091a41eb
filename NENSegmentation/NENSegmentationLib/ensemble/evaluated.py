"""How well a model does on cases whose lesions are known: what an evaluation says of it, and its place in the card."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..core.cohort import CONTROL_LIMIT_ML, Spread
from .card import add_to_card, trained_on
from .card_text import EVALUATED
from .errors import EnsembleError
from .model import Model
from .predicted_cases import ENSEMBLE, PredictedCases
from .provenance import in_words

COHORT = "cohort.json"
_SPREADS = ("voxel_dice", "lesion_dice", "false_positive_ml", "false_negative_ml")


def described(cases: PredictedCases) -> dict[str, Any]:
    """Return how predictions were made, for cohort.json.

    Parameters
    ----------
    cases : PredictedCases
        All of them predicted.

    Returns
    -------
    dict
        ``ensemble`` (see `provenance`), ``seconds``, ``made`` (in sentences), ``date`` (UTC), ``cases`` (their names)
        and ``digital_patients`` (how many of them are).
    """
    log, how = cases.log(), cases.provenance()
    seconds = Spread.of(entry["seconds"] for entry in log.values())
    warnings = Counter(warning for entry in log.values() for warning in entry["warnings"])
    sd = "" if seconds.sd is None else f" (SD {seconds.sd:.1f})"
    said = [in_words(how), f"A case took {seconds.mean:.1f} s{sd} from its images to its lesions."]
    said += [f"Warning in {count} of {len(log)} cases: {warning}" for warning, count in warnings.items()]
    return {
        "ensemble": how,
        "seconds": asdict(seconds),
        "made": said,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "cases": [case.name for case in cases.cases],
        "digital_patients": sum(case.is_digital for case in cases.cases),
    }


def put_into_card(model: Model, evaluation: Path) -> dict[str, Any]:
    """Put what an evaluation says of a model into its card, in place of an earlier one.

    Parameters
    ----------
    model : Model
    evaluation : Path
        The folder that `nenseg evaluate --model` wrote.

    Returns
    -------
    dict
        The card, as it is written.

    Raises
    ------
    EnsembleError
        If the model has no card, there is no evaluation of a model, it is of another one, no case in it has a lesion,
        or the model was trained on one of its cases.
    OutputError
        If the card cannot be written.
    """
    if not model.card:
        message = f"{model.folder}: the model has no card to put figures into. Import it first (model import)."
        raise EnsembleError(message)
    try:
        said = json.loads((evaluation / COHORT).read_text("utf-8"))
        entry = _entry(said)
        identity, title = said["ensemble"]["model"]["sha256"], said["ensemble"]["model"]["title"]
    except (OSError, AttributeError, KeyError, StopIteration, TypeError, ValueError) as error:
        message = f"{evaluation}: there is no evaluation of a model here. Give the folder that evaluate --model wrote."
        raise EnsembleError(message) from error
    if identity != model.identity:
        message = f"{evaluation}: this is an evaluation of another model ({title}). Evaluate {model.folder}."
        raise EnsembleError(message)
    if not entry["voxel_dice"]["n"]:
        message = f"{evaluation}: no case in it has a lesion. Evaluate on cases with lesions, and negative controls."
        raise EnsembleError(message)
    seen = trained_on(model.card)
    both = sorted(seen.intersection(said["cases"]))
    if both:
        message = (
            f"{evaluation}: the model was trained on {len(both)} of its cases, such as {both[0]}, so the figures say "
            f"nothing of other patients. Evaluate on cases that it has not seen."
        )
        raise EnsembleError(message)
    return add_to_card(model.folder, {EVALUATED: {**entry, "held_out": bool(seen)}})


def _entry(said: Mapping[str, Any]) -> dict[str, Any]:
    ensemble = next(one for one in said["predictions"] if one["name"] == ENSEMBLE)
    return {
        "cases": len(said["cases"]),
        "digital_patients": said["digital_patients"],
        **{name: ensemble["metrics"][name] for name in _SPREADS},
        "controls": {
            "cases": ensemble["controls"]["cases"],
            "within_limit": ensemble["controls"]["within_limit"],
            "limit_ml": CONTROL_LIMIT_ML,
        },
        "computed": {name: said["ensemble"][name] for name in ("mode", "device", "precision", "mirroring")},
        "postprocessing": said["ensemble"]["postprocessing"],
        "criteria": said["criteria"],
        "date": said["date"],
        "version": said["versions"]["nensegmentation"],
    }
