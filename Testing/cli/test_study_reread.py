"""The report of a study that was read: accuracy and agreement come from its events and its images."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import SimpleITK as sitk
from scene.study_cases import FIRST, SECOND, SHAPE, a_study, arm_of, load, on_grid, opened, wait

from NENSegmentationLib.core.seed_rule import fixed_suv
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.readings import read_readings_csv
from NENSegmentationLib.study.result_files import result_folder

LESION_ML = 8 * 0.216


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Two cases of one lesion found and one missed, of which the second is a control; R1 adds the second, R2 does not.

    Two readers are through with both arms: B starts from the lesion that is found, C from nothing.
    """
    folder = tmp_path_factory.mktemp("study")
    path = a_study(folder)
    sitk.WriteImage(on_grid(np.zeros(SHAPE, np.uint8)), str(folder / "cases" / "2" / "truth.nrrd"))
    for reader in ("R1", "R2"):
        study = opened(path, reader)
        load(study)
        while study.session is not None:
            for place in [FIRST] * (arm_of(study) == "C") + [SECOND] * (reader == "R1"):
                study.session.add_seed(place, fixed_suv(10.0))
            if study.needs_rating:
                study.rate(3)
            study.done()
            wait(study)
        study.close()
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Where the report is."""
    return tmp_path_factory.mktemp("report") / "out"


@pytest.fixture(scope="module")
def rows(plan, out):
    from NENSegmentationLib.cli.main import main

    assert main(["study", "report", str(plan), "--out", str(out)]) == 0
    return {(row.reader, row.case, row.arm): row for row in read_readings_csv(out / "readings.csv")}


def as_array(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def table(out, name):
    with (out / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_a_reader_left_is_held_against_the_truth(rows):
    mended, left = rows["R1", "case-01", "B"], rows["R2", "case-01", "B"]
    assert (mended.voxel_dice, mended.lesion_dice, mended.false_negative_ml, mended.suggested_rating) == (1, 1, 0, 1)
    assert (left.voxel_precision, left.voxel_sensitivity, left.lesion_sensitivity) == (1, 0.5, 0.5)
    assert (left.false_negative_ml, left.suggested_rating) == (pytest.approx(LESION_ML), 3)


def test_what_a_reader_was_shown_is_held_against_the_truth_whatever_became_of_it(rows):
    for reader in ("R1", "R2"):
        row = rows[reader, "case-01", "B"]
        assert (row.proposal_lesions, row.proposal_volume_ml) == (1, pytest.approx(LESION_ML))
        assert (row.proposal_voxel_dice, row.proposal_suggested_rating) == (pytest.approx(2 / 3), 3)


def test_what_is_made_again_from_the_events_is_what_was_saved_at_done(plan, rows):
    results, truth = read_plan(plan, with_cases=False).results, as_array(plan.parent / "cases" / "1" / "truth.nrrd")
    for row in rows.values():
        folder = result_folder(results, reader=row.reader, position=row.position, case=row.case)
        saved = as_array(folder / "lesions.nii.gz")
        assert row.volume_ml == pytest.approx(np.count_nonzero(saved) * 0.216)
        if row.case == "case-01":
            shared = np.count_nonzero((saved > 0) & (truth > 0))
            assert row.voxel_dice == 2 * shared / (np.count_nonzero(saved) + np.count_nonzero(truth))


def test_a_reader_who_starts_from_nothing_was_shown_nothing(rows):
    row = rows["R1", "case-01", "C"]
    assert (row.voxel_dice, row.proposal_voxel_dice, row.proposal_lesions) == (1, None, None)


def test_a_case_without_a_lesion_is_a_negative_control(rows, out):
    assert rows["R1", "case-02", "B"].negative_control
    assert not rows["R1", "case-01", "B"].negative_control
    found = {(row["arm"], row["reader"]): float(row["volume_ml_mean"]) for row in table(out, "controls.csv")}
    assert found["B", "as shown"] == pytest.approx(LESION_ML)
    assert found["B", "R1"] == pytest.approx(2 * LESION_ML)


@pytest.mark.usefixtures("rows")
def test_the_voxels_of_two_readers_are_compared_case_by_case(out):
    pairs = [row for row in table(out, "volume_pairs.csv") if row["arm"] == "B"]
    assert [(row["case"], float(row["dice"])) for row in pairs] == [
        ("case-01", pytest.approx(2 / 3)),
        ("case-02", pytest.approx(2 / 3)),
    ]
    assert float(table(out, "reader_pairs.csv")[0]["dice_n"]) == 2


@pytest.mark.usefixtures("rows")
def test_the_page_shows_both_beside_the_figures_of_the_paper(out):
    page = (out / "report.html").read_text("utf-8")
    for words in (
        "B, as shown",
        "B, suggested as shown",
        "B, suggested as left",
        "Carlsen 2022, ensemble, uncorrected",
    ):
        assert words in page


def test_the_report_without_images_leaves_out_what_needs_them(nenseg, plan, tmp_path):
    done = nenseg("study", "report", plan, "--without-images", "--out", tmp_path / "out")
    assert done.out.startswith("8 of 8 readings are done, 0 of them held against a truth\n")
    assert all(row.voxel_dice is None for row in read_readings_csv(tmp_path / "out" / "readings.csv"))


@pytest.mark.parametrize(
    ("name", "spoil", "expected"),
    [
        ("pet.nrrd", lambda file: file.unlink(), "case case-01: "),
        (
            "pet.nrrd",
            lambda file: sitk.WriteImage(on_grid(np.ones(SHAPE, np.float32)), str(file)),
            "case case-01: R1 in the arm ",
        ),
        (
            "truth.nrrd",
            lambda file: sitk.WriteImage(sitk.Image(2, 2, 2, sitk.sitkUInt8), str(file)),
            "truth.nrrd does not lie on the grid of the PET. Resample it to the PET first.",
        ),
    ],
)
def test_images_that_are_not_those_that_were_read_stop_the_report_in_words(
    nenseg, plan, tmp_path, name, spoil, expected
):
    file = plan.parent / "cases" / "1" / name
    kept = file.read_bytes()
    try:
        spoil(file)
        done = nenseg("study", "report", plan, "--out", tmp_path / "out")
    finally:
        file.write_bytes(kept)
    assert (done.status, (tmp_path / "out").exists()) == (2, False)
    assert expected in done.err
    assert done.err.endswith("\nMend that, or leave out what needs the images with --without-images.\n")
