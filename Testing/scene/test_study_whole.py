"""A whole study: ten digital patients, two arms, two simulated readers; its report against scipy on its own CSV.

It is read on each kind of database. Making the patients costs most of the time, so they are made once.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose
from scene.study_cases import PREPARED, THRESHOLD, arm_of, load, opened, wait
from scipy import ndimage, stats
from study.hand_clock import HandClock
from study.store_places import KINDS, place_for
from study.study_folder import write_study

from NENSegmentationLib.cli import main
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.seed_rule import Rule, RuleKind
from NENSegmentationLib.core.volume import image_like, index_to_ras
from NENSegmentationLib.phantom.patient import Patient, make_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.scene.study_reading import Phase, StudyReading
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.store import Store

PATIENTS, READERS, ARMS = 10, ("R1", "R2"), ("A", "B")
COARSE_MM = 10.0
"""Of the voxels, and of the slices that a patient is drawn on: those of 2 mm show nothing at this voxel size."""
ALL = "all readers"
SECONDS_PER_LESION = {"R1": 5.0, "R2": 8.0}


@dataclass
class Done:
    """What a simulated reader did in one case, counted by themselves."""

    seconds: float = 0.0
    idle: float = 0.0
    paused: float = 0.0
    actions: Counter = field(default_factory=Counter)
    rating: int = 0


@dataclass
class Cases:
    """The patients as cases of a plan."""

    entries: list[dict[str, Any]]
    truths: dict[str, np.ndarray]


@dataclass
class Whole:
    """The study after its last reading, and its report."""

    plan: Path
    out: Path
    truths: dict[str, np.ndarray]
    done: dict[tuple[str, str, str], Done]

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def readings(self) -> dict[tuple[str, str, str], dict[str, str]]:
        return {(row["reader"], row["case"], row["arm"]): row for row in self.table("readings.csv")}

    def minutes(self, arm: str, *readers: str) -> np.ndarray:
        """The active time of each case, its mean over the readers."""
        rows = self.readings()
        cases = sorted({case for _, case, _ in rows})
        times = [[float(rows[reader, case, arm]["active_s"]) / 60 for reader in readers] for case in cases]
        return np.mean(times, axis=1)


class Simulated:
    """A reader who corrects towards the truth, now and then wrongly, in times drawn at random."""

    def __init__(self, study: StudyReading, hand: HandClock, truths: dict[str, np.ndarray]) -> None:
        self.study, self.hand, self.truths = study, hand, truths
        self.chance = random.Random(study.reader)
        self.done: dict[tuple[str, str, str], Done] = {}

    def read_all(self) -> None:
        load(self.study)
        while self.study.phase is Phase.READING:
            self.read()
            wait(self.study)

    def read(self) -> None:
        self.now = Done()
        self.done[self.study.reader, self.study.case, arm_of(self.study)] = self.now
        truth, session = self.truths[self.study.case], self.study.session
        for lesion in list(session.lesion_map.lesions.values()):
            self.look()
            is_tumour = bool((truth[lesion.box] * (session.lesion_map.labels[lesion.box] == lesion.id)).any())
            if is_tumour == (self.chance.random() < 0.05):
                session.delete(lesion.id)
                self.now.actions["deletes"] += 1
        self.add_what_is_missing(truth)
        if self.chance.random() < 0.3:
            self.go_away()
        self.now.rating = self.chance.choice((1, 2, 2, 3, 4))
        self.study.rate(self.now.rating)
        self.study.done()

    def add_what_is_missing(self, truth: np.ndarray) -> None:
        session = self.study.session
        parts, count = ndimage.label(truth, np.ones((3, 3, 3)))
        uptake = sitk.GetArrayViewFromImage(session.pet)
        for part in range(1, count + 1):
            inside = parts == part
            if (session.lesion_map.labels[inside] > 0).any() or self.chance.random() < 0.1:
                continue
            self.look()
            hottest = np.unravel_index(np.where(inside, uptake, -1).argmax(), uptake.shape)
            try:
                session.add_seed(tuple(index_to_ras(session.pet, hottest)), Rule(RuleKind.PERCENT_OF_MAXIMUM, 50.0))
            except MethodError:
                continue
            self.now.actions["adds"] += 1

    def look(self) -> None:
        """Take time for a lesion: as long as a reader does, and never so long that they count as away."""
        seconds = min(SECONDS_PER_LESION[self.study.reader] * self.chance.lognormvariate(0, 0.3), 50.0)
        self.hand.wait(seconds)
        self.study.session.timer.activity()
        self.now.seconds += seconds

    def go_away(self) -> None:
        """Take a break, then be away without one."""
        self.study.take_break()
        self.hand.wait(300)
        self.study.go_on()
        self.hand.wait(100)
        self.study.session.timer.activity()
        self.now.paused, self.now.idle = 300, 40
        self.now.seconds += 60


def deepest_ras(patient: Patient) -> list[float]:
    """The point of the healthy liver that lies deepest in it, RAS mm."""
    depth = ndimage.distance_transform_edt(np.pad(patient.liver.mask, 1))[1:-1, 1:-1, 1:-1]
    return [float(x) for x in index_to_ras(patient.pet_image, np.unravel_index(depth.argmax(), depth.shape))]


def with_faults(patient: Patient) -> np.ndarray:
    """A segmentation as a method might give it: the first lesion is missing, and some of the liver is taken for one."""
    parts, _ = ndimage.label(patient.reference, np.ones((3, 3, 3)))
    found = (parts > 1).astype(np.uint8)
    k, j, i = np.argwhere(patient.liver.mask)[0]
    found[k : k + 2, j : j + 2, i : i + 2] = 1
    return found


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    folder, found = tmp_path_factory.mktemp("cases"), Cases([], {})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("NENSegmentationLib.phantom.patient._THIN_MM", COARSE_MM)
        for number in range(1, PATIENTS + 1):
            patient = make_patient(Request(seed=100 + number, lesions=12, voxel=(COARSE_MM,) * 3))
            pet, truth = patient.pet_image, patient.reference > 0
            images = {"path": pet, "truth": image_like(truth.astype(np.uint8), pet)}
            images["prepared"] = image_like(with_faults(patient), pet)
            files = {entry: folder / f"{number}-{entry}.nrrd" for entry in images}
            for entry, file in files.items():
                sitk.WriteImage(images[entry], str(file))
            name = f"case-{number:02}"
            found.truths[name] = truth
            found.entries.append({"name": name, **files, "liver": [*deepest_ras(patient), 40]})
    return found


@pytest.fixture(scope="module", params=KINDS)
def whole(request: pytest.FixtureRequest, cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    entries = {"readers": list(READERS), "arms": [THRESHOLD, PREPARED], "washout_days": 14, "cases": cases.entries}
    plan = write_study(folder, images=False, store=str(place_for(request, folder).url), **entries)
    hand, done = HandClock(), {}
    with pytest.MonkeyPatch.context() as patched:
        # The pictures of a result have tests of their own, and would take longer than all readings.
        patched.setattr("NENSegmentationLib.dicom.results.write_mip", lambda *_: None)
        for _period in range(2):
            for reader in READERS:
                study = opened(plan, reader, clock=hand.clock())
                simulated = Simulated(study, hand, cases.truths)
                simulated.read_all()
                done |= simulated.done
                study.close()
            hand.wait(15 * 86400)
    assert main(["study", "report", str(plan), "--out", str(folder / "report")]) == 0
    return Whole(plan, folder / "report", cases.truths, done)


def test_every_reading_is_done_and_the_chain_is_whole(whole):
    plan = read_plan(whole.plan, with_cases=False)
    with Store.open(plan.store, plan.identity) as store:
        assert store.verify() == []
    rows = whole.readings()
    assert len(rows) == PATIENTS * len(READERS) * len(ARMS)
    assert {row["done"] for row in rows.values()} == {"yes"}
    assert rows.keys() == whole.done.keys()


def test_the_times_are_those_that_the_readers_took(whole):
    for which, row in whole.readings().items():
        done = whole.done[which]
        said = [float(row[name]) for name in ("active_s", "idle_s", "paused_s")]
        assert_allclose(said, [done.seconds, done.idle, done.paused], atol=1e-5)


def test_actions_and_ratings_are_those_that_the_readers_counted(whole):
    for which, row in whole.readings().items():
        done = whole.done[which]
        assert [int(row[name]) for name in ("deletes", "adds", "undos")] == [
            done.actions["deletes"],
            done.actions["adds"],
            0,
        ]
        assert int(row["rating"]) == done.rating


def test_medians_and_quartiles_of_the_report_are_those_of_numpy(whole):
    for row in whole.table("times.csv"):
        minutes = whole.minutes(row["arm"], *(READERS if row["reader"] == ALL else (row["reader"],)))
        quartiles = [float(row[f"{name}_min"]) for name in ("first_quartile", "median", "third_quartile")]
        assert_allclose(quartiles, np.quantile(minutes, (0.25, 0.5, 0.75)))
        assert_allclose(float(row["sd_min"]), minutes.std(ddof=1))


@pytest.mark.parametrize("readers", [READERS, ("R1",), ("R2",)])
def test_the_tests_of_the_report_are_those_of_scipy(whole, readers):
    name = ALL if len(readers) > 1 else readers[0]
    (row,) = [row for row in whole.table("comparisons.csv") if row["reader"] == name]
    first, second = whole.minutes(row["first"], *readers), whole.minutes(row["second"], *readers)
    paired, ranks = stats.ttest_rel(first, second), stats.wilcoxon(first, second, method="exact")
    low, high = paired.confidence_interval()
    expected = [paired.statistic, paired.pvalue, ranks.statistic, ranks.pvalue, low, high, stats.gmean(first / second)]
    columns = ("t", "t_test_p", "signed_rank", "wilcoxon_p", "difference_low_min", "difference_high_min", "ratio")
    assert int(row["n"]) == PATIENTS
    assert_allclose([float(row[column]) for column in columns], expected, rtol=1e-9)


def test_accuracy_and_volume_are_those_of_the_saved_segmentations(whole):
    results = read_plan(whole.plan, with_cases=False).results
    for (reader, case, _arm), row in whole.readings().items():
        saved = sitk.ReadImage(str(results / reader / f"{int(row['position']):03}-{case}" / "lesions.nii.gz"))
        left, truth = sitk.GetArrayFromImage(saved) > 0, whole.truths[case]
        assert_allclose(float(row["voxel_dice"]), 2 * (left & truth).sum() / (left.sum() + truth.sum()))
        assert_allclose(float(row["volume_ml"]), left.sum() * COARSE_MM**3 / 1000)


def test_agreement_of_the_readers_on_the_volume_is_that_of_numpy(whole):
    rows = whole.readings()
    for pair in whole.table("reader_pairs.csv"):
        cases = sorted({case for _, case, _ in rows})
        one, other = (
            np.array([float(rows[reader, case, pair["arm"]]["volume_ml"]) for case in cases])
            for reader in (pair["first"], pair["second"])
        )
        assert_allclose(float(pair["bias_ml"]), (one - other).mean(), atol=1e-9)
        assert_allclose(float(pair["difference_sd_ml"]), (one - other).std(ddof=1), atol=1e-9)


def test_the_report_counts_the_ratings_of_each_arm(whole):
    for row in whole.table("ratings.csv"):
        readers = READERS if row["reader"] == ALL else (row["reader"],)
        given = Counter(
            done.rating for (reader, _, arm), done in whole.done.items() if arm == row["arm"] and reader in readers
        )
        assert [int(row[f"given_{rating}"]) for rating in range(1, 6)] == [given[rating] for rating in range(1, 6)]


def test_the_page_shows_its_study(whole):
    page = (whole.out / "report.html").read_text("utf-8")
    assert "Threshold against blank" in page
    assert page.count("<svg") + page.count("<img") >= 2
