from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.evaluation import METRICS

LESION, NOTHING, PART = [1, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]


@pytest.fixture
def write(tmp_path):
    """Write label maps as folder/case.nii.gz, and return the folder."""

    def make(folder, **cases):
        (tmp_path / folder).mkdir()
        for name, labels in cases.items():
            image = sitk.GetImageFromArray(np.array([[labels]], np.uint8))
            image.SetSpacing((5.0, 10.0, 10.0))
            sitk.WriteImage(image, str(tmp_path / folder / f"{name}.nii.gz"))
        return tmp_path / folder

    return make


def rows_of(out):
    with (out / "cases.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_each_case_and_the_cohort(nenseg, write, tmp_path):
    ours, true = write("ours", a=PART, b=LESION, c=NOTHING), write("true", a=LESION, b=LESION, c=NOTHING)
    run = nenseg("evaluate", "--predictions", ours, "--truth", true, "--out", tmp_path / "out")
    assert (run.status, run.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["cases.csv", "cohort.json", "report.html"]
    rows = rows_of(tmp_path / "out")
    assert list(rows[0])[:11] == ["case", "predictions", *METRICS]
    assert [row["case"] for row in rows] == ["a", "b", "c"]
    assert float(rows[0]["voxel_dice"]) == pytest.approx(2 / 3)
    assert [row["suggested_rating"] for row in rows] == ["2", "1", "1"]
    cohort = json.loads((tmp_path / "out" / "cohort.json").read_text("utf-8"))
    assert cohort["predictions"][0]["metrics"]["voxel_dice"]["mean"] == pytest.approx(5 / 6)
    assert cohort["predictions"][0]["controls"]["nothing"] == 1
    assert "not a medical device" in cohort["note"]


def test_what_is_not_defined_is_empty_in_csv_and_null_in_json(nenseg, write, tmp_path):
    ours, true = write("ours", a=LESION), write("true", a=NOTHING)
    nenseg("evaluate", "--predictions", ours, "--truth", true, "--out", tmp_path / "out")
    (row,) = rows_of(tmp_path / "out")
    assert [row[metric] for metric in METRICS[:6]] == [""] * 6
    assert (float(row["false_positive_ml"]), float(row["predicted_ml"])) == (1.0, 1.0)
    cohort = json.loads((tmp_path / "out" / "cohort.json").read_text("utf-8"))
    assert cohort["predictions"][0]["metrics"]["voxel_dice"] == {"mean": None, "sd": None, "n": 0}


def test_folds_and_ensemble_are_compared(nenseg, write, tmp_path):
    one, two, true = write("one", a=LESION), write("two", a=PART), write("true", a=LESION)
    command = ["evaluate", "--predictions", one, f"ensemble={two}", "--truth", true, "--out", tmp_path / "out"]
    run = nenseg(*command, "--json")
    assert [(row["case"], row["predictions"]) for row in rows_of(tmp_path / "out")] == [("a", "one"), ("a", "ensemble")]
    assert [one["name"] for one in json.loads(run.out)["predictions"]] == ["one", "ensemble"]


def test_a_folder_with_an_equals_sign_in_its_name_is_a_folder(nenseg, write, tmp_path):
    ours, true = write("fold=1", a=LESION), write("true", a=LESION)
    nenseg("evaluate", "--predictions", ours, "--truth", true, "--out", tmp_path / "out")
    assert rows_of(tmp_path / "out")[0]["predictions"] == "fold=1"


def test_criteria_are_those_that_were_asked_for(nenseg, write, tmp_path):
    ours, true = write("ours", a=PART), write("true", a=LESION)
    command = ["evaluate", "--predictions", ours, "--truth", true, "--out", tmp_path / "out"]
    nenseg(*command, "--connectivity", "6", "--iou", "0.5", "--minor-dice", "0.6")
    (row,) = rows_of(tmp_path / "out")
    assert (row["lesion_dice"], row["suggested_rating"]) == ("0.0", "1")
    criteria = json.loads((tmp_path / "out" / "cohort.json").read_text("utf-8"))["criteria"]
    assert criteria == {"connectivity": 6, "iou": 0.5, "minor_dice": 0.6}


def test_results_of_segment_are_predictions(nenseg, write, tmp_path):
    true = write("true", p1=LESION)
    (tmp_path / "ours").mkdir()
    write("ours/p1", lesions=LESION)
    nenseg("evaluate", "--predictions", tmp_path / "ours", "--truth", true, "--out", tmp_path / "out")
    assert rows_of(tmp_path / "out")[0]["case"] == "p1"


def refused(nenseg, tmp_path, *arguments):
    before = sorted(tmp_path.rglob("*"))
    run = nenseg("evaluate", *arguments, "--out", tmp_path / "out")
    assert (run.status, run.out, sorted(tmp_path.rglob("*"))) == (2, "", before)
    assert run.err.count("\n") == 1
    return run.err


def test_missing_and_extra_cases_are_refused(nenseg, write, tmp_path):
    ours, true = write("ours", a=LESION, x=LESION), write("true", a=LESION, b=LESION)
    said = refused(nenseg, tmp_path, "--predictions", ours, "--truth", true)
    assert "no prediction for case b" in said
    assert "no truth for case x" in said


def test_an_empty_folder_is_refused(nenseg, write, tmp_path):
    assert "there is no label map in it" in refused(
        nenseg, tmp_path, "--predictions", write("ours"), "--truth", write("true", a=LESION)
    )


def test_another_grid_is_refused(nenseg, write, tmp_path):
    ours, true = write("ours", a=[1, 0]), write("true", a=LESION)
    said = refused(nenseg, tmp_path, "--predictions", ours, "--truth", true)
    assert f"{ours / 'a.nii.gz'}: the prediction (2 x 1 x 1 voxels of 5 x 10 x 10 mm) does not lie on the grid" in said


def test_two_sets_of_one_name_are_refused(nenseg, write, tmp_path):
    ours, true = write("ours", a=LESION), write("true", a=LESION)
    said = refused(nenseg, tmp_path, "--predictions", ours, f"ours={true}", "--truth", true)
    assert "two sets of predictions are called ours" in said


def test_an_iou_out_of_range_is_refused(nenseg, write, tmp_path):
    ours, true = write("ours", a=LESION), write("true", a=LESION)
    assert "Give 0 or more, below 1" in refused(nenseg, tmp_path, "--predictions", ours, "--truth", true, "--iou", "50")


def test_results_that_are_there_are_not_overwritten(nenseg, write):
    ours, true = write("ours", a=LESION), write("true", a=LESION)
    run = nenseg("evaluate", "--predictions", ours, "--truth", true, "--out", true)
    assert run.status == 2
    assert "this exists already" in run.err


def test_the_official_figures_on_a_real_patient(nenseg, shared_data, tmp_path):
    real = shared_data / "psma_real_masks"
    for folder, name in (("ours", "pred_nnunet"), ("true", "gt")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "psma.nii.gz").symlink_to((real / f"{name}.nii.gz").resolve())
    command = ["--predictions", tmp_path / "ours", "--truth", tmp_path / "true", "--connectivity", "18"]
    assert nenseg("evaluate", *command, "--out", tmp_path / "out").status == 0
    (row,) = rows_of(tmp_path / "out")
    assert f"{float(row['voxel_dice']):.5f}" == "0.69673"
    assert f"{float(row['false_positive_ml']):.3f}" == "2.754"
    assert f"{float(row['false_negative_ml']):.3f}" == "25.015"
    assert "<h2>Accuracy" in (tmp_path / "out" / "report.html").read_text("utf-8")
