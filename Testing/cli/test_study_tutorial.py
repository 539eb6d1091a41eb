"""The commands of Docs/reader-study-tutorial.md, in order, with what the text says that they print.

Numbers are not compared. So that it takes seconds, patients of a few voxels stand for the cohort, and something simple
for the ensemble; the readers read by themselves, and no browser is opened.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
import SimpleITK as sitk
from scene.study_cases import LIVER_RAS, an_image, load, opened, prepared, wait
from scene.test_study_commands import Found
from study.hand_clock import HandClock

from NENSegmentationLib.cli import phantom
from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.plan_file import read_plan

TUTORIAL = Path(__file__).parents[2] / "Docs" / "reader-study-tutorial.md"
PLAN = Path("study.toml")
BLOCK = re.compile(r"^```(sh|text|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_SECONDS = {
    "nenseg phantom": "",
    "nenseg study simulate": "--largest 6",
    "nenseg study init": "",
    "nenseg study check": "",
    "nenseg study predict": "",
    "nenseg study status": "",
    "nenseg study report": "",
}
"""Beginning of a command -> what is added, so that it takes seconds."""
BY_READERS = "nenseg study run"


def masked(text: str) -> str:
    """Return a text without its numbers."""
    return re.sub(r"\d+(\.\d+)?", "#", text)


def pattern_of(block: str) -> str:
    """Return what a command has to print by a block of the tutorial.

    A line of three dots is any lines, three dots at the end of one are any rest of it.
    """
    return "".join(map(_line_pattern, masked(block).splitlines()))


def _line_pattern(line: str) -> str:
    if line == "...":
        return r"(.*\n)*?"
    rest = ".*" if line.endswith("...") else ""
    return f"{re.escape(line.removesuffix('...'))}{rest}\n"


def small_cohort(folder: Path, count: int) -> list[dict[str, object]]:
    """Write patients of a few voxels, as rows of the cohort that `nenseg phantom` would make."""
    for number in range(1, count + 1):
        place = folder / f"patient-{number:04}"
        (place / "truth").mkdir(parents=True)
        sitk.WriteImage(an_image(number), str(place / "pet.nrrd"))
        sitk.WriteImage(sitk.Cast(an_image(number) * 40 - 40, sitk.sitkInt16), str(place / "ct.nrrd"))
        sitk.WriteImage(prepared(2), str(place / "truth" / "reference.nii.gz"))
    return [{"lesions": int(number > 0)} for number in range(count)]


def place_liver(plan: Path) -> None:
    """Place the reference region of all cases: in livers so small none is found."""
    text = plan.read_text("utf-8")
    plan.write_text(re.sub(r"^truth = ", f"liver = {[*LIVER_RAS, 24]}\ntruth = ", text, flags=re.MULTILINE), "utf-8")


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
    monkeypatch.setattr(phantom, "write_cohort", lambda folder, cohort, *_: small_cohort(folder, cohort.patients))
    monkeypatch.setattr("NENSegmentationLib.cli.study_predict.RunningPrediction", Found)
    printed, ran = "", Counter()
    for kind, block in steps:
        if kind == "diff":
            PLAN.write_text(edited(PLAN.read_text("utf-8"), block), "utf-8")
        elif kind == "text":
            assert re.fullmatch(pattern_of(block), masked(printed)), printed
        else:
            for command in block.strip().splitlines():
                beginning = next((one for one in (*IN_SECONDS, BY_READERS) if command.startswith(one)), None)
                ran[beginning] += 1
                if beginning == BY_READERS:
                    read_all()
                elif beginning is not None:
                    smaller = command.replace("--cohort 6", "--cohort 4").replace("--cases 10", "--cases 3")
                    done = nenseg(*shlex.split(f"{smaller} {IN_SECONDS[beginning]}")[1:])
                    assert (done.status, done.err) == (0, ""), command
                    if beginning == "nenseg study init":
                        place_liver(PLAN)
                    printed = done.out.replace(f"{tmp_path}/", "")
    assert {*IN_SECONDS, BY_READERS} <= ran.keys()
