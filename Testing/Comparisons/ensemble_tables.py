"""Tables 3 and 4 and the negative controls of an evaluation as markdown, for Docs.

``python Testing/Comparisons/ensemble_tables.py evaluated/cohort.json``, of what ``nenseg evaluate`` wrote.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from NENSegmentationLib.core.cohort import AVERAGED, CONTROL_LIMIT_ML, Spread
from NENSegmentationLib.core.rating import RATINGS
from NENSegmentationLib.study.evaluation_page import TITLES
from NENSegmentationLib.study.number_text import spread_text, value_text


def tables(cohort: dict[str, Any]) -> str:
    """Return the tables of a cohort.json."""
    sets, paper = cohort["predictions"], cohort["published"]
    names, beside = [one["name"] for one in sets], f"Carlsen 2022 (n = {paper['cases']})"
    accuracy = [
        [
            TITLES[metric],
            *(_spread(one["metrics"][metric], 2 if metric.endswith("_ml") else 3) for one in sets),
            value_text(paper["metrics"].get(metric), 3),
        ]
        for metric in AVERAGED
    ]
    ratings = [
        [
            f"{rating}: {meaning}",
            *(str(one["ratings"][str(rating)]) for one in sets),
            str(paper["ratings"][str(rating)]),
        ]
        for rating, meaning in RATINGS.items()
    ]
    controls, theirs = [one["controls"] for one in sets], paper["controls"]
    negative = [
        [title, *(f"{one[key]} of {one['cases']}" for one in controls), f"{theirs[key]} of {theirs['cases']}"]
        for title, key in (("Nothing segmented", "nothing"), (f"At most {CONTROL_LIMIT_ML} mL", "within_limit"))
    ]
    largest = ["Largest volume (mL)", *(value_text(one["largest_ml"], 2) for one in controls), ""]
    return "\n\n".join(
        [
            _table(["Mean (SD)", *names, beside], accuracy),
            _table(["Suggested rating", *names, beside], ratings),
            _table(["Negative controls", *names, f"Carlsen 2022 (n = {theirs['cases']})"], [*negative, largest]),
            *cohort.get("made", ()),
        ]
    )


def _spread(spread: dict[str, Any], digits: int) -> str:
    return spread_text(Spread(**spread), digits).partition("\n")[0]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(f"{tables(json.loads(Path(sys.argv[1]).read_text('utf-8')))}\n")
