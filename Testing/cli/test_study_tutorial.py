"""The commands of Docs/reader-study-tutorial.md, in order, with what the text says that they print.

Numbers are not compared, and the cohort is smaller and coarser than the tutorial's, so that all of it takes seconds. The
ensemble is a stand-in, and the readers read by themselves; the browser is not opened.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from scene.study_cases import load, opened, wait
from scene.test_study_commands import Found
from study.hand_clock import HandClock

from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.plan_file import read_plan

TUTORIAL = Path(__file__).parents[2] / "Docs" / "reader-study-tutorial.md"
PLAN = Path("study.toml")
BLOCK = re.compile(r"^```(sh|text|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_SECONDS = {
    "nenseg phantom": "--voxel 9,9,9 --jobs 1",
    "nenseg study simulate": "--largest 6",
    "nenseg study init": "",
    "nenseg study check": "",
    "nenseg study predict": "",
    "nenseg study status": "",
    "nenseg study report": "",
}
"""Beginning of a command -> what is added, so that it takes seconds."""
BY_READERS = "nenseg study run"


def masked(text: str) -> list[str]:
    """Return the lines of a text without its numbers; equal ones once, as there are more cases in the tutorial."""
    return list(dict.fromkeys(re.sub(r"\d+(\.\d+)?", "#", line) for line in text.strip().splitlines()))


def read_all() -> None:
    """Both readers read all that they may."""
    hand = HandClock()
    for reader in read_plan(PLAN, with_cases=False).readers:
        study = opened(PLAN, reader, clock=hand.clock())
        load(study)
        while study.phase is Phase.READING:
            hand.wait(90)
            study.session.timer.activity()
            if study.needs_rating:
                study.rate(2)
            study.done()
            wait(study)
        assert study.phase is Phase.FINISHED
        assert not study.skipped
        study.close()


def edited(plan: str, difference: str) -> str:
    """Return a plan after the change that a block of the kind diff shows."""
    lines = difference.splitlines()
    old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] in signs) for signs in (" -", " +"))
    assert plan.count(old) == 1, old
    return plan.replace(old, new)


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    return BLOCK.findall(TUTORIAL.read_text("utf-8"))


def test_the_commands_of_the_tutorial_run_and_print_what_it_says(steps, nenseg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("NENSegmentationLib.cli.study_predict.RunningPrediction", Found)
    printed, ran = "", Counter()
    for kind, block in steps:
        if kind == "diff":
            PLAN.write_text(edited(PLAN.read_text("utf-8"), block), "utf-8")
        elif kind == "text":
            assert masked(printed) == masked(block)
        else:
            for command in block.strip().splitlines():
                beginning = next((one for one in (*IN_SECONDS, BY_READERS) if command.startswith(one)), None)
                ran[beginning] += 1
                if beginning == BY_READERS:
                    read_all()
                elif beginning is not None:
                    smaller = command.replace("--cohort 6", "--cohort 3").replace("--cases 10", "--cases 3")
                    done = nenseg(*shlex.split(f"{smaller} {IN_SECONDS[beginning]}")[1:])
                    assert (done.status, done.err) == (0, ""), command
                    printed = done.out
    assert {*IN_SECONDS, BY_READERS} <= ran.keys()
