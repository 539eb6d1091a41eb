"""The report of a study: a folder with one page and CSV files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.output import new_folder, refuse_if_taken
from .conduct import Conduct
from .conduct_section import conduct_tables
from .distributions import Distributions
from .power import Power, powers
from .reader_agreement import VoxelsOf
from .readings import ReadingRow, readings_csv
from .simulation import simulate
from .simulation_section import SimulatedStudy, simulation_tables
from .study_page import study_page
from .study_results import StudyResults, study_results
from .study_tables import study_tables, table_csv


def report(
    rows: Iterable[ReadingRow],
    title: str,
    out: Path,
    *,
    arms: Sequence[str] = (),
    voxels_of: VoxelsOf | None = None,
    conduct: Conduct | None = None,
) -> list[Path]:
    """Write the report of a study.

    Parameters
    ----------
    rows : iterable of ReadingRow
        All its readings; training and unfinished ones are left out of the results, and the page says how many.
    title : str
        Of the study.
    out : Path
        New folder.
    arms : sequence of str
        In the order of the plan.
    voxels_of : callable, optional
        Gives the readers' voxels, for the Dice between them.
    conduct : Conduct, optional
        How the study was planned and carried out.

    Returns
    -------
    list of Path
        ``report.html``, ``readings.csv`` and the tables, by name.

    Raises
    ------
    StudyError
        If no reading can be used, or one is there twice.
    OutputError
        If ``out`` is taken or cannot be written.
    """
    refuse_if_taken(out)
    rows = list(rows)
    results = study_results(rows, arms, voxels_of)
    html = study_page(title, results, conduct=conduct)
    return _written(out, rows, results, html, {} if conduct is None else conduct_tables(conduct))


def simulation_report(
    distributions: Distributions,
    out: Path,
    *,
    readers: int = 2,
    cases: int = 10,
    training: int = 0,
    controls: int = 0,
    seed: int = 0,
    largest: int = 20,
) -> tuple[list[Path], list[Power]]:
    """Simulate a study and write its report, with the power by the number of cases.

    Parameters
    ----------
    distributions : Distributions
        What the readings are drawn from.
    out : Path
        New folder.
    readers, cases, training, controls, seed : int
        See `simulate`.
    largest : int
        Most cases that the power is found for.

    Returns
    -------
    files : list of Path
        As those of `report`, with ``power.csv`` and ``simulation.csv``.
    powers : list of Power
        See `powers`.

    Raises
    ------
    StudyError
        If the numbers make no study.
    OutputError
        If ``out`` is taken or cannot be written.
    """
    refuse_if_taken(out)
    size = {"readers": readers, "cases": cases, "training": training, "controls": controls, "seed": seed}
    rows = simulate(distributions, **size)
    found = powers(distributions, readers=readers, seed=seed, largest=largest)
    study = SimulatedStudy(distributions=distributions, powers=found, **size)
    results = study_results(rows, [arm.name for arm in distributions.arms])
    title = f"Simulated study: {readers} readers, {cases} cases, seed {seed}"
    return _written(out, rows, results, study_page(title, results, simulated=study), simulation_tables(study)), found


def _written(
    out: Path,
    rows: Sequence[ReadingRow],
    results: StudyResults,
    html: str,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Path]:
    files = {"report.html": html, "readings.csv": readings_csv(rows), **study_tables(results)}
    files |= {name: table_csv(table) for name, table in tables.items() if table}
    with new_folder(out) as partial:
        for name, content in files.items():
            (partial / name).write_text(content, "utf-8")
    return [out / name for name in sorted(files)]
