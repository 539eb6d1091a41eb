"""An evaluation as it leaves: cases.csv and cohort.json."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import published
from .cohort import Cohort
from .csv_cells import cell
from .evaluated_cases import EvaluatedCase
from .evaluation import METRICS, Criteria, Evaluation
from .tables import NOTE, versions

COUNTS = ("truth_ml", "predicted_ml", "lesions", "components", "found", "missed", "false_positives", "minor")
"""What stands in cases.csv after the metrics: volumes in mL, and numbers of lesions, components and groups."""

CASE_COLUMNS = ("case", "predictions", *METRICS, *COUNTS)


def case_row(case: str, predictions: str, evaluation: Evaluation) -> dict[str, Any]:
    """Return one row of cases.csv; what is not defined is None."""
    values = {name: getattr(evaluation, name) for name in (*METRICS, *COUNTS)}
    counted = {"lesions": len(evaluation.lesions), "components": len(evaluation.components)}
    return {"case": case, "predictions": predictions, **values, **counted}


def cases_csv(cases: Iterable[EvaluatedCase]) -> str:
    """Return cases.csv: a header, and a row for each case in each set of predictions.

    Parameters
    ----------
    cases : iterable of EvaluatedCase
        In the order of the rows.

    Returns
    -------
    str
        Numbers with as many digits as it takes to read them back exactly; what is not defined is left empty.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, CASE_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for case in cases:
        writer.writerows(case_row(cell(case.name), cell(name), one) for name, one in case.evaluations.items())
    return file.getvalue()


def cohort_json(
    cohorts: Mapping[str, Cohort], folders: Mapping[str, Path], truth: Path, criteria: Criteria
) -> dict[str, Any]:
    """Return the content of cohort.json.

    Parameters
    ----------
    cohorts : mapping of str to Cohort
        Name of the set of predictions -> what is said of it.
    folders : mapping of str to Path
        Name of the set -> its folder.
    truth : Path
        Folder of the truth.
    criteria : Criteria
        What counted as one lesion and as found.

    Returns
    -------
    dict
        Volumes in mL; what is not defined is None.
    """
    return {
        "truth": str(truth),
        "criteria": asdict(criteria),
        "predictions": [{"name": name, "folder": str(folders[name]), **asdict(cohorts[name])} for name in cohorts],
        "published": {
            "source": published.SOURCE,
            "cases": published.CASES,
            "metrics": published.ENSEMBLE,
            "ratings": published.RATINGS,
            "controls": published.CONTROLS,
        },
        "versions": versions(),
        "note": NOTE,
    }
