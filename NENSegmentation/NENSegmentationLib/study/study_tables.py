"""The results of a study as CSV files: every number of the page, with all its digits."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..core.cohort import Spread
from ..core.csv_cells import cell
from ..core.rating import RATINGS
from .agreement import IntraclassCorrelation
from .outcomes import ArmControls, ArmSpreads
from .reader_agreement import ReaderPair
from .reading_times import ArmComparison
from .study_results import StudyResults

Row = dict[str, Any]


def study_tables(results: StudyResults) -> dict[str, str]:
    """Return the CSV files of a study.

    Parameters
    ----------
    results : StudyResults

    Returns
    -------
    dict of str to str
        Name of the file -> its content. What is not defined is left empty; a table without a row is left out.
    """
    tables = {
        "counts.csv": _counts(results),
        "times.csv": _times(results),
        "comparisons.csv": [_comparison(one) for one in results.comparisons],
        "pairs.csv": _pairs(results),
        "ratings.csv": _ratings(results),
        "accuracy.csv": [_spreads(one) for one in results.accuracy],
        "actions.csv": [_spreads(one) for one in results.actions],
        "volume_agreement.csv": [{"arm": one.arm, **_prefixed("icc", one.icc)} for one in results.volume_agreement],
        "reader_pairs.csv": [_reader_pair(one) for one in results.reader_pairs],
        "volume_pairs.csv": _volume_pairs(results),
        "learning.csv": [asdict(one) for one in results.learning],
        "controls.csv": [_controls(one) for one in results.controls],
    }
    return {name: table_csv(rows) for name, rows in tables.items() if rows}


def table_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of one kind as CSV with a header; None is left empty, numbers keep all their digits."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)
    return file.getvalue()


def _text(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(float(value)) if isinstance(value, float) else cell(value)


def _counts(results: StudyResults) -> list[Row]:
    chosen = results.selection
    return [
        {
            "used": len(chosen.used),
            "training": len(chosen.training),
            "unfinished": len(chosen.unfinished),
            "readers": len(chosen.readers),
            "arms": len(chosen.arms),
            "cases": len({row.case for row in chosen.used}),
        }
    ]


def _times(results: StudyResults) -> list[Row]:
    names = {
        "median": "median_min",
        "first_quartile": "first_quartile_min",
        "third_quartile": "third_quartile_min",
        "mean": "mean_min",
        "sd": "sd_min",
        "shortest": "shortest_min",
        "longest": "longest_min",
        "idle_median": "idle_median_min",
        "paused_median": "paused_median_min",
    }
    return [
        {
            "arm": one.arm,
            "reader": one.reader,
            "n": one.n,
            **{column: getattr(one, name) for name, column in names.items()},
        }
        for one in results.times
    ]


def _comparison(one: ArmComparison) -> Row:
    minutes = {"mean_difference", "difference_low", "difference_high"}
    compared = {f"{name}_min" if name in minutes else name: value for name, value in asdict(one.compared).items()}
    return {
        "first": one.first,
        "second": one.second,
        "reader": one.reader,
        "within_reader": one.within_reader,
        **compared,
    }


def _pairs(results: StudyResults) -> list[Row]:
    return [
        {"first": one.first, "second": one.second, "reader": one.reader, **asdict(pair)}
        for one in results.comparisons
        for pair in one.pairs
    ]


def _ratings(results: StudyResults) -> list[Row]:
    return [
        {
            "arm": one.arm,
            "reader": one.reader,
            **{f"given_{rating}": one.given[rating] for rating in RATINGS},
            **{f"suggested_shown_{rating}": one.shown[rating] for rating in RATINGS},
            **{f"suggested_left_{rating}": one.left[rating] for rating in RATINGS},
            "unrated": one.unrated,
            "controls_unknown": one.controls_unknown,
            "kappa_given_suggested_shown": one.kappa,
        }
        for one in results.ratings
    ]


def _spreads(one: ArmSpreads) -> Row:
    spreads = [_spread(name, spread) for name, spread in one.spreads.items()]
    return {"arm": one.arm, "reader": one.reader, **{key: value for row in spreads for key, value in row.items()}}


def _spread(name: str, spread: Spread) -> Row:
    return {f"{name}_mean": spread.mean, f"{name}_sd": spread.sd, f"{name}_n": spread.n}


def _prefixed(name: str, record: IntraclassCorrelation) -> Row:
    return {name if key == "value" else f"{name}_{key}": value for key, value in asdict(record).items()}


def _reader_pair(one: ReaderPair) -> Row:
    return {
        "arm": one.arm,
        "first": one.first,
        "second": one.second,
        "bias_ml": one.volume.difference.mean,
        "difference_sd_ml": one.volume.difference.sd,
        "lower_limit_ml": one.volume.lower,
        "upper_limit_ml": one.volume.upper,
        "volumes": one.volume.difference.n,
        "kappa": one.kappa,
        "rated": one.rated,
        **_spread("dice", one.dice),
    }


def _volume_pairs(results: StudyResults) -> list[Row]:
    return [
        {"arm": one.arm, "first": one.first, "second": one.second, **asdict(pair)}
        for one in results.reader_pairs
        for pair in one.volumes
    ]


def _controls(one: ArmControls) -> Row:
    found = one.controls
    return {
        "arm": one.arm,
        "reader": one.reader,
        "readings": found.cases,
        "nothing": found.nothing,
        "within_limit": found.within_limit,
        **_spread("lesions", found.components),
        **_spread("volume_ml", found.volume_ml),
        "largest_ml": found.largest_ml,
    }
