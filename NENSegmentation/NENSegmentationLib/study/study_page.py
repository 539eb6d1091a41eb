"""The page of a study: how it was made, what it found, every reading, and how the numbers are made."""

from __future__ import annotations

from .conduct import Conduct
from .conduct_section import conduct_section
from .number_text import value_text
from .outcome_sections import (
    accuracy_section,
    action_section,
    agreement_section,
    control_section,
    rating_section,
)
from .page import UNDEFINED, counted, folded, heading, page, paragraph, table
from .readings import ReadingRow
from .simulation_section import SimulatedStudy, simulation_section
from .statistics_section import statistics_section
from .study_plots import difference_text
from .study_results import StudyResults
from .time_sections import comparison_section, learning_section, time_section


def study_page(
    title: str,
    results: StudyResults,
    *,
    simulated: SimulatedStudy | None = None,
    conduct: Conduct | None = None,
) -> str:
    """Return the page of a study.

    Parameters
    ----------
    title : str
        Its heading.
    results : StudyResults
        What is shown.
    simulated : SimulatedStudy, optional
        If the readings are simulated; the page then says so first.
    conduct : Conduct, optional
        How the study was planned and carried out; not of a simulated one.

    Returns
    -------
    str
        HTML, complete in itself.
    """
    parts = [
        *(simulation_section(simulated) if simulated is not None else []),
        *_opening(results, conduct),
        *(conduct_section(conduct) if conduct is not None else []),
        *time_section(results),
        *comparison_section(results),
        *rating_section(results),
        *accuracy_section(results),
        *action_section(results),
        *agreement_section(results),
        *learning_section(results),
        *control_section(results),
        *_every_reading(results),
        *statistics_section(),
    ]
    return page(title, parts)


def _opening(results: StudyResults, conduct: Conduct | None) -> list[str]:
    chosen = results.selection
    cases = len({row.case for row in chosen.used})
    methods = {} if conduct is None else {arm.name: arm.method.value for arm in conduct.plan.arms}
    arms = ", ".join(f"{arm}: {methods[arm]}" if methods.get(arm, arm) != arm else arm for arm in chosen.arms)
    whole = results.times[0].reader
    medians = ", ".join(f"{one.arm} {one.median:.1f} min" for one in results.times if one.reader == whole)
    found = [difference_text(one) for one in results.comparisons if one.reader == whole]
    return [
        paragraph(" ".join([f"Median active time per case, {whole}: {medians}.", *found])),
        paragraph(
            f"{counted(len(chosen.used), 'finished reading')} of {counted(cases, 'case')} by "
            f"{counted(len(chosen.readers), 'reader')} in {counted(len(chosen.arms), 'arm')} ({arms}). Left out: "
            f"{counted(len(chosen.training), 'training reading')} and "
            f"{counted(len(chosen.unfinished), 'unfinished reading')}."
        ),
    ]


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
