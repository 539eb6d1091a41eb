"""The page of a study: time, ratings, accuracy, actions, agreement, learning, negative controls, every reading."""

from __future__ import annotations

from collections.abc import Sequence

from .number_text import value_text
from .outcome_sections import (
    accuracy_section,
    action_section,
    agreement_section,
    control_section,
    rating_section,
)
from .page import UNDEFINED, counted, definitions, folded, heading, page, paragraph, table
from .power import Power
from .readings import ReadingRow
from .standing import Missing
from .study_results import StudyResults
from .time_sections import comparison_section, learning_section, power_section, time_section

SIMULATED = (
    "Simulated: these rows were drawn from given distributions. No reader, no image and no click was part of it, and "
    "the figures say nothing about patients. It shows what a study of this size could find."
)
"""Stands above everything in a report of simulated readings."""


def study_page(
    title: str,
    results: StudyResults,
    *,
    simulated: bool = False,
    powers: Sequence[Power] = (),
    missing: Missing | None = None,
) -> str:
    """Return the page of a study.

    Parameters
    ----------
    title : str
        Its heading.
    results : StudyResults
        What is shown.
    simulated : bool
        Whether the readings are simulated; the page then says so first.
    powers : sequence of Power
        Of a simulated study.
    missing : Missing, optional
        What of the plan was not read.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    parts = [
        *([paragraph(SIMULATED, notice=True)] if simulated else []),
        *_opening(results),
        *(_missing(missing) if missing is not None else []),
        *(power_section(powers, results.selection.arms) if powers else []),
        *time_section(results),
        *comparison_section(results),
        *rating_section(results),
        *accuracy_section(results),
        *action_section(results),
        *agreement_section(results),
        *learning_section(results),
        *control_section(results),
        *_every_reading(results),
        *_meaning(),
    ]
    return page(title, parts)


def _opening(results: StudyResults) -> list[str]:
    chosen = results.selection
    cases = len({row.case for row in chosen.used})
    arms = ", ".join(chosen.arms)
    return [
        paragraph(
            f"{counted(len(chosen.used), 'finished reading')} of {counted(cases, 'case')} by "
            f"{counted(len(chosen.readers), 'reader')} in {counted(len(chosen.arms), 'arm')} ({arms}). Left out: "
            f"{counted(len(chosen.training), 'training reading')} and "
            f"{counted(len(chosen.unfinished), 'unfinished reading')}."
        )
    ]


def _missing(missing: Missing) -> list[str]:
    """Say which readings of the plan are not there, or could not be done."""
    whole = sum(missing.never_begun.values())
    by_reader = ", ".join(f"{reader} {number}" for reader, number in missing.never_begun.items() if number)
    said = f"Planned and never begun: {counted(whole, 'reading')}" + (f" ({by_reader})." if whole else ".")
    if missing.skipped is None:
        return [paragraph(f"{said} Which cases could not be loaded is not in the table of readings given.")]
    skipped = "; ".join(f"{one.reader}, {one.case} ({one.reason})" for one in missing.skipped)
    return [paragraph(f"{said} Skipped since the case could not be loaded, among the unfinished: {skipped or 'none'}.")]


def _every_reading(results: StudyResults) -> list[str]:
    used = sorted(results.selection.used, key=lambda row: (row.reader, row.position))
    header = [
        "Case",
        "Reader",
        "Position",
        "Arm",
        "Active (min)",
        "Idle, paused (min)",
        "Deleted, added, undone",
        "Rating",
        "Suggested as shown, left",
        "Lesions",
        "Volume (mL)",
        "Voxel-wise Dice",
        "Lesion-wise Dice",
    ]
    caption = (
        f"The finished readings of readings.csv, rounded, without comments; {UNDEFINED} is not known or not defined."
    )
    shown = table(caption, header, [_reading(row) for row in used])
    return [heading("Every reading"), folded(f"Show {counted(len(used), 'reading')}", shown)]


def _reading(row: ReadingRow) -> list[str]:
    active, idle, paused = (f"{seconds / 60:.1f}" for seconds in (row.active_s, row.idle_s, row.paused_s))
    counts = f"{row.deletes}, {row.adds}, {row.undos}"
    suggested = ", ".join(value_text(value, 0) for value in (row.proposal_suggested_rating, row.suggested_rating))
    found = [value_text(row.lesions, 0), value_text(row.volume_ml, 2)]
    dice = [value_text(row.voxel_dice, 3), value_text(row.lesion_dice, 3)]
    where = [row.case, row.reader, str(row.position), row.arm]
    return [*where, active, f"{idle}, {paused}", counts, value_text(row.rating, 0), suggested, *found, *dice]


def _meaning() -> list[str]:
    terms = [
        ("Quartiles", "Interpolated linearly between values (type 7 of R, the default of numpy)."),
        (
            "Box plots",
            "Box: middle half; line in it: median; whiskers: to the last value within 1.5 times the length of the box.",
        ),
        (
            "Paired t-test",
            "Two-sided, of the differences in minutes. Together with it: mean difference, effect size (mean over SD of "
            "the differences, interval from the noncentral t distribution), and ratio (t-test of the logarithms).",
        ),
        (
            "Wilcoxon signed-rank test",
            "Two-sided and exact: all signs of the ranks are counted. Pairs without a difference are left out, and "
            "ties have their mean rank.",
        ),
        ("Not defined", f"What cannot be computed is {UNDEFINED} here and empty in the CSV files; never 0."),
        (
            "Files",
            "Every number of this page stands with all its digits in the CSV files beside it; pairs.csv holds what the "
            "tests compare, readings.csv all readings, also those left out.",
        ),
    ]
    return [heading("How the numbers are made"), definitions(terms)]
