"""The page of an evaluation: the paper's Tables 3 and 4, negative controls, agreement of volume, plots, every case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core import published
from ..core.cohort import AVERAGED, CONTROL_LIMIT_ML, Agreement, Cohort
from ..core.evaluated_cases import EvaluatedCase
from ..core.evaluation import METRICS, Criteria, Evaluation
from ..core.evaluation_tables import case_row
from ..core.rating import RATINGS
from .evaluation_plots import bland_altman, detection_by_volume, value_distribution, volume_scatter
from .number_text import part_text, spread_text, value_text
from .page import UNDEFINED, counted, definitions, figures, folded, heading, page, paragraph, table

TITLES = {
    "voxel_dice": "Voxel-wise Dice",
    "voxel_precision": "Voxel-wise precision",
    "voxel_sensitivity": "Voxel-wise sensitivity",
    "lesion_dice": "Lesion-wise Dice",
    "lesion_precision": "Lesion-wise precision",
    "lesion_sensitivity": "Lesion-wise sensitivity",
    "false_positive_ml": "False-positive volume (mL)",
    "false_negative_ml": "False-negative volume (mL)",
    "suggested_rating": "Suggested rating",
}
"""What each metric is called where people read it."""

_PAPER = f"Carlsen 2022 (n = {published.CASES})"
_CASE_NUMBERS = {"truth_ml": "Truth (mL)", "predicted_ml": "Predicted (mL)"}


def evaluation_page(
    cases: Sequence[EvaluatedCase], cohorts: Mapping[str, Cohort], criteria: Criteria, made: Sequence[str] = ()
) -> str:
    """Return the page of an evaluation.

    Parameters
    ----------
    cases : sequence of EvaluatedCase
        At least one.
    cohorts : mapping of str to Cohort
        Name of the set of predictions -> what is said of it.
    criteria : Criteria
        What counted as one lesion and as found.
    made : sequence of str
        How the predictions came about: a paragraph each, of plain text.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    any_lesion = any(cohort.with_lesions for cohort in cohorts.values())
    any_control = any(cohort.controls.cases for cohort in cohorts.values())
    parts = [*_opening(cohorts, criteria), *map(paragraph, made)]
    if any_lesion:
        parts += _metrics(cohorts) + _distribution(cases, cohorts) + _ratings(cohorts)
    if any_control:
        parts += _controls(cohorts)
    if any_lesion:
        parts += _volumes(cases, cohorts)
    return page("Evaluation of segmentations", [*parts, *_every_case(cases), *_meaning(criteria)])


def _opening(cohorts: Mapping[str, Cohort], criteria: Criteria) -> list[str]:
    cohort = next(iter(cohorts.values()))
    match = "any overlap" if criteria.iou is None else f"intersection over union above {criteria.iou:g}"
    several = f", {len(cohorts)} sets of predictions" if len(cohorts) > 1 else ""
    return [
        paragraph(
            f"{counted(cohort.cases, 'case')}{several}: {cohort.with_lesions} with lesions in the truth, "
            f"{counted(cohort.controls.cases, 'negative control')}. Lesions are {criteria.connectivity}-connected "
            f"components; a lesion is found on {match}."
        ),
        paragraph(
            f"The published figures ({published.SOURCE}) are of other patients with a truth of their own: they say "
            "what was reached there, and are no limit that these data have to reach.",
            notice=True,
        ),
    ]


def _metrics(cohorts: Mapping[str, Cohort]) -> list[str]:
    rows = []
    for metric in AVERAGED:
        paper = published.ENSEMBLE.get(metric)
        ours = [spread_text(cohort.metrics[metric], 2 if metric.endswith("_ml") else 3) for cohort in cohorts.values()]
        rows.append([TITLES[metric], *ours, UNDEFINED if paper is None else f"{paper:.3f}"])
    caption = (
        "Mean (SD), and n: the cases of which the mean is taken. Cases with lesions only. A value that is not defined, "
        "such as the precision of an empty prediction, is left out, not counted as 0; its Dice and sensitivity are 0."
    )
    return [heading("Accuracy (Table 3 of the paper)"), table(caption, ["Metric", *cohorts, _PAPER], rows)]


def _distribution(cases: Sequence[EvaluatedCase], cohorts: Mapping[str, Cohort]) -> list[str]:
    drawn = []
    for metric in ("voxel_dice", "lesion_dice"):
        groups = [(name, _named_values(cases, name, metric)) for name in cohorts]
        drawn.append(value_distribution(TITLES[metric], groups))
    return [heading("Distribution of Dice", 3), figures(drawn)]


def _ratings(cohorts: Mapping[str, Cohort]) -> list[str]:
    rows = [
        [
            f"{rating}: {meaning}",
            *(part_text(cohort.ratings[rating], cohort.with_lesions) for cohort in cohorts.values()),
            part_text(published.RATINGS[rating], published.CASES),
        ]
        for rating, meaning in RATINGS.items()
    ]
    caption = (
        "Cases with lesions. These ratings are suggested by counting; those of the paper were given by a physician."
    )
    return [heading("Ratings (Table 4 of the paper)"), table(caption, ["Rating", *cohorts, _PAPER], rows)]


def _controls(cohorts: Mapping[str, Cohort]) -> list[str]:
    paper = published.CONTROLS
    every = [cohort.controls for cohort in cohorts.values()]
    rows = [
        [
            "Nothing",
            *(f"{one.nothing} of {one.cases}" for one in every),
            f"{paper['nothing']} of {paper['cases']}",
        ],
        [
            f"At most {CONTROL_LIMIT_ML} mL",
            *(f"{one.within_limit} of {one.cases}" for one in every),
            f"{paper['within_limit']} of {paper['cases']}",
        ],
        ["Components", *(spread_text(one.components, 1) for one in every), UNDEFINED],
        ["Volume (mL)", *(spread_text(one.volume_ml, 2) for one in every), UNDEFINED],
        ["Largest volume (mL)", *(value_text(one.largest_ml, 2) for one in every), UNDEFINED],
    ]
    caption = "Cases without a lesion in the truth. Dice is not defined there; number and volume are mean (SD), n."
    header = ["Segmented", *cohorts, f"Carlsen 2022 (n = {paper['cases']})"]
    return [heading("Negative controls"), table(caption, header, rows)]


def _volumes(cases: Sequence[EvaluatedCase], cohorts: Mapping[str, Cohort]) -> list[str]:
    rows = [
        [
            name,
            value_text(cohort.volume.difference.mean, 2),
            value_text(cohort.volume.difference.sd, 2),
            _limits(cohort.volume),
            str(cohort.volume.difference.n),
        ]
        for name, cohort in cohorts.items()
    ]
    caption = "Predicted minus true total tumour volume (mL), cases with lesions; limits of agreement: bias ± 1.96 SD."
    header = ["Predictions", "Bias", "SD", "95 % limits of agreement", "n"]
    parts = [heading("Total tumour volume and detection"), table(caption, header, rows)]
    for name, cohort in cohorts.items():
        own = [(case.name, case.evaluations[name]) for case in cases if case.evaluations[name].lesions]
        parts += [heading(name, 3), figures(_drawn(own, cohort))]
    return parts


def _drawn(cases: Sequence[tuple[str, Evaluation]], cohort: Cohort) -> list[tuple[str, str]]:
    return [volume_scatter(cases), bland_altman(cases, cohort.volume), detection_by_volume(cohort.detection)]


def _every_case(cases: Sequence[EvaluatedCase]) -> list[str]:
    rows = []
    for case in cases:
        for name, one in case.evaluations.items():
            row = case_row(case.name, name, one)
            ratios = [value_text(row[metric], 2 if metric.endswith("_ml") else 3) for metric in METRICS[:-1]]
            volumes = [value_text(row[column], 2) for column in _CASE_NUMBERS]
            rows.append([case.name, name, *ratios, str(row["suggested_rating"]), *volumes])
    header = ["Case", "Predictions", *(TITLES[metric] for metric in METRICS), *_CASE_NUMBERS.values()]
    caption = f"The same as cases.csv, rounded; {UNDEFINED} is not defined."
    return [heading("Every case"), folded(f"Show {counted(len(rows), 'row')}", table(caption, header, rows))]


def _meaning(criteria: Criteria) -> list[str]:
    match = "it shares a voxel with" if criteria.iou is None else f"its IoU is above {criteria.iou:g} with"
    terms = [
        ("Voxel-wise", "Dice, precision and sensitivity of the voxels of a case."),
        (
            "Lesion-wise",
            f"TP: a lesion of the truth is found if {match} a predicted component. FN: a lesion that is not found. FP: "
            "a predicted component without such a lesion. Sensitivity TP/(TP+FN), precision TP/(TP+FP), Dice "
            "2TP/(2TP+FP+FN).",
        ),
        ("False-positive volume", "Predicted components that touch no lesion of the truth."),
        ("False-negative volume", "Lesions of the truth that no predicted voxel touches."),
        (
            "Suggested rating",
            "From lesions that nothing touches (missed), components that touch nothing (false positives), and groups "
            f"that touch each other with a Dice under {criteria.minor_dice:g} (minor). The mildest rating whose limits "
            "hold; the reader decides.",
        ),
    ]
    return [heading("What the numbers mean"), definitions(terms)]


def _named_values(cases: Sequence[EvaluatedCase], predictions: str, metric: str) -> list[tuple[str, float]]:
    values = [(case.name, getattr(case.evaluations[predictions], metric)) for case in cases]
    return [(name, value) for name, value in values if value is not None]


def _limits(volume: Agreement) -> str:
    return UNDEFINED if volume.lower is None else f"{value_text(volume.lower, 2)} to {value_text(volume.upper, 2)}"
