"""`nenseg evaluate --model`: each fold and the ensemble on cases whose lesions are known."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk
from ensemble.small_cases import image, small_case, write_case
from ensemble.tiny_model import write_tiny_model

from NENSegmentationLib.ensemble import predicted_cases
from NENSegmentationLib.ensemble.card import write_card
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.lesions import predicted_lesions
from NENSegmentationLib.ensemble.model import read_model


class PredictionHere:
    """A `RunningPrediction` in this process, which does not take seconds to start; counts the cases."""

    predicted = 0

    def __init__(self, model, pet, ct, **options):
        self._given = (model, pet, ct)
        self._options = {**options, "device": "cpu"}
        self.computed = {"mode": "fast", "device": "cpu", "precision": "float32", "mirroring": False}
        self.warnings = ["It was looked at once."]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait(self, _progress):
        type(self).predicted += 1
        return predict(*self._given, **self._options)


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(PredictionHere, "predicted", 0)
    monkeypatch.setattr(predicted_cases, "RunningPrediction", PredictionHere)
    return PredictionHere


@pytest.fixture
def model(tmp_path):
    return write_tiny_model(tmp_path / "model", patch=(32, 32, 32), spacing=(8.0, 8.0, 8.0))


@pytest.fixture
def cases(tmp_path):
    """A patient and a negative control."""
    folder = tmp_path / "cases"
    write_case(folder, small_case("a"))
    control = small_case("b", 1, lesions=image(np.zeros((24, 26, 28), np.uint8)))
    (write_case(folder, control) / "negative").touch()
    return folder


@pytest.fixture
def evaluate(nenseg, model, cases, tmp_path):
    def run(*options):
        given = ["--model", model, "--cases", cases, "--out", tmp_path / "out"]
        return nenseg("evaluate", *given, *options)

    return run


def labels(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


@pytest.mark.usefixtures("here")
def test_each_fold_and_the_ensemble_are_evaluated(evaluate, tmp_path):
    done = evaluate("--json")
    assert (done.status, done.err) == (0, "")
    said = json.loads(done.out)
    assert [one["name"] for one in said["predictions"]] == ["fold 0", "fold 1", "ensemble"]
    assert [(one["with_lesions"], one["controls"]["cases"]) for one in said["predictions"]] == [(1, 1)] * 3
    rows = list(csv.DictReader((tmp_path / "out" / "cases.csv").open()))
    assert [(row["case"], row["predictions"]) for row in rows[:3]] == [
        ("a", "fold 0"),
        ("a", "fold 1"),
        ("a", "ensemble"),
    ]
    assert said["ensemble"]["model"]["folds"] == ["0", "1"]
    assert said["seconds"]["n"] == 2
    assert "Warning in 2 of 2 cases: It was looked at once." in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.usefixtures("here")
def test_the_label_maps_are_those_of_the_folds_and_the_ensemble_after_post_processing(evaluate, model, tmp_path):
    evaluate()
    case = small_case("a")
    written = tmp_path / "out-predictions"
    ensemble = predicted_lesions(predict(read_model(model), case.pet, case.ct), case.pet)
    np.testing.assert_array_equal(labels(written / "ensemble" / "a.nii.gz"), ensemble.labels)
    (model / "fold_0").rename(tmp_path / "fold_0")
    alone = predicted_lesions(predict(read_model(model), case.pet, case.ct), case.pet)
    np.testing.assert_array_equal(labels(written / "fold_1" / "a.nii.gz"), alone.labels)


def test_a_case_that_was_predicted_is_not_predicted_again(here, evaluate, cases, tmp_path):
    assert evaluate().status == 0
    (tmp_path / "out").rename(tmp_path / "before")
    (tmp_path / "out-predictions" / "ensemble" / "b.nii.gz").unlink()
    write_case(cases, small_case("c", 2))
    assert evaluate().status == 0
    assert here.predicted == 4
    assert len(list(csv.DictReader((tmp_path / "out" / "cases.csv").open()))) == 9


def test_a_case_of_which_the_log_says_nothing_is_predicted_again(here, evaluate, tmp_path):
    evaluate()
    (tmp_path / "out").rename(tmp_path / "before")
    log = tmp_path / "out-predictions" / "log.jsonl"
    log.write_text(log.read_text().splitlines()[0] + "\n")
    assert evaluate().status == 0
    assert here.predicted == 3


@pytest.mark.usefixtures("here")
def test_the_card_of_the_model_says_what_is_large_enough(evaluate, model, tmp_path):
    (model / "model.json").write_text(json.dumps({"recipe": {"postprocessing": {"minimum_volume_ml": 1e6}}}))
    said = json.loads(evaluate("--json").out)
    assert said["ensemble"]["postprocessing"] == {"connectivity": 26, "minimum_volume_ml": 1e6}
    assert not labels(tmp_path / "out-predictions" / "ensemble" / "a.nii.gz").any()


@pytest.mark.usefixtures("here")
def test_predictions_of_another_model_in_the_same_place_are_refused(evaluate, model, tmp_path):
    evaluate()
    (tmp_path / "out").rename(tmp_path / "before")
    dataset = json.loads((model / "dataset.json").read_text())
    (model / "dataset.json").write_text(json.dumps({**dataset, "numTraining": 3}))
    done = evaluate()
    assert done.status == 2
    assert "other predictions are here" in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("here")
def test_a_case_that_does_not_fit_is_named_and_leaves_nothing(evaluate, cases, tmp_path):
    (cases / "b" / "negative").unlink()
    (cases / "a").rename(cases / "c")
    before = sorted(tmp_path.rglob("*"))
    done = evaluate()
    assert (done.status, sorted(tmp_path.rglob("*"))) == (2, before)
    assert "b: there is no lesion. If the patient is a negative control, say so" in done.err


def test_a_case_without_a_ct_is_named(evaluate, cases):
    (cases / "a" / "ct.nrrd").unlink()
    done = evaluate()
    assert (done.status, "nenseg: a: " in done.err, "but there is no CT" in done.err) == (2, True, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --predictions and --truth, or --model and --cases."),
        (["--model", "m", "--truth", "t"], "give either --predictions and --truth, or --model and --cases."),
        (["--model", "m"], "--cases is missing."),
        (["--truth", "t"], "--predictions is missing."),
        (["--predictions", "p", "--truth", "t", "--exact"], "--exact is given, but the label maps are there already."),
    ],
)
def test_what_does_not_belong_together_is_refused(arguments, message, nenseg, tmp_path):
    done = nenseg("evaluate", *arguments, "--out", tmp_path / "out")
    assert (done.status, message in done.err) == (2, True)


def test_it_is_said_how_long_a_case_took(here, evaluate):
    assert "from its images to its lesions." in evaluate().out
    assert here.predicted == 2


@pytest.mark.usefixtures("here")
def test_the_figures_go_into_the_card_of_the_model_and_are_shown_instead_of_those_of_its_training(
    evaluate, nenseg, model, tmp_path
):
    write_card(model, {"title": "Mine", "cases": ["x"], "figures": {"fold_0": {"loss": -0.5}}})
    cohort = json.loads(evaluate("--json").out)
    done = nenseg("model", "evaluated", model, tmp_path / "out")
    assert (done.status, done.err) == (0, "")
    (said,) = [line for line in done.out.splitlines() if "valuated" in line]
    dice = [f"{cohort['predictions'][-1]['metrics'][name]['mean']:.3f}" for name in ("voxel_dice", "lesion_dice")]
    assert said.startswith(
        f"Evaluated on 2 real patients that it was not trained on: voxel-wise Dice {dice[0]}, lesion-wise Dice "
        f"{dice[1]} in 1 with lesions; at most 1.5 mL in "
    )
    assert "Figures" not in done.out
    assert done.out.endswith(f"Wrote {model}\n")
    # Another evaluation takes its place, and the model is still the one that was evaluated.
    assert nenseg("model", "evaluated", model, tmp_path / "out").status == 0
