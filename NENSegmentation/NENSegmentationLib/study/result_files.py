"""Where the saved result of each reading lies."""

from __future__ import annotations

from pathlib import Path

SEGMENTS_FILE, SUMMARY_FILE = "lesions.seg.nrrd", "summary.json"
"""Of a result: the lesions with what is known of each, and how they were found."""


def result_folder(results: Path, *, reader: str, position: int, case: str) -> Path:
    """Return the folder of the result of a reading.

    Parameters
    ----------
    results : Path
        `Plan.results`, or the folder that is used instead.
    reader, case : str
        Code names.
    position : int
        Of the reading in the order of its reader, which tells it from the same case in another arm: readers may come to
        see this folder, so the arm is not in its name.

    Returns
    -------
    Path
        There once the reading is done, with what `write_results` writes.
    """
    return results / reader / f"{position:03}-{case}"
