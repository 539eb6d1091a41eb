"""What an evaluation says of a model, in its card."""

from __future__ import annotations

import json

import pytest
from ensemble.tiny_model import write_tiny_model

from NENSegmentationLib.ensemble.card import read_card, write_card
from NENSegmentationLib.ensemble.card_text import card_lines
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.evaluated import put_into_card
from NENSegmentationLib.ensemble.model import read_model

METRICS = ("voxel_dice", "lesion_dice", "false_positive_ml", "false_negative_ml")
CONTROLS = {"cases": 1, "within_limit": 1, "nothing": 0}


def each(mean, sd, n):
    return {name: {"mean": mean, "sd": sd, "n": n} for name in METRICS}


@pytest.fixture
def model(tmp_path):
    folder = write_tiny_model(tmp_path / "model", folds=1)
    write_card(folder, {"title": "Mine", "cases": ["a"], "started_from": {"title": "Theirs", "cases": ["b"]}})
    return read_model(folder)


@pytest.fixture
def an_evaluation(model, tmp_path):
    """Return a function that writes what `evaluate --model` does, with some of it replaced."""

    def write(**changed):
        said = {
            "predictions": [{"name": "ensemble", "metrics": each(0.8312, 0.2249, 2), "controls": CONTROLS}],
            "criteria": {"connectivity": 26},
            "ensemble": {
                "model": {"title": "Mine", "sha256": model.identity},
                "mode": "fast",
                "device": "cpu",
                "precision": "float32",
                "mirroring": False,
                "postprocessing": {"connectivity": 26, "minimum_volume_ml": 0.1},
            },
            "cases": ["c", "d", "e"],
            "digital_patients": 3,
            "date": "2026-01-02",
            "versions": {"nensegmentation": "0.1.0"},
            **changed,
        }
        folder = tmp_path / "evaluated"
        folder.mkdir(exist_ok=True)
        (folder / "cohort.json").write_text(json.dumps(said))
        return folder

    return write


def test_the_figures_of_the_ensemble_are_in_the_card_and_the_model_stays_the_same(model, an_evaluation):
    before = model.identity
    card = put_into_card(model, an_evaluation())
    assert card["evaluated"] == {
        "cases": 3,
        "digital_patients": 3,
        **each(0.8312, 0.2249, 2),
        "controls": {"cases": 1, "within_limit": 1, "limit_ml": 1.5},
        "computed": {"mode": "fast", "device": "cpu", "precision": "float32", "mirroring": False},
        "postprocessing": {"connectivity": 26, "minimum_volume_ml": 0.1},
        "criteria": {"connectivity": 26},
        "date": "2026-01-02",
        "version": "0.1.0",
        "held_out": True,
    }
    assert read_card(model.folder) == card
    assert read_model(model.folder).identity == before


def test_they_are_one_sentence(model, an_evaluation):
    assert card_lines(put_into_card(model, an_evaluation())) == [
        "Evaluated on 3 digital patients that it was not trained on: voxel-wise Dice 0.831 (SD 0.225), lesion-wise "
        "Dice 0.831 (SD 0.225) in 2 with lesions; at most 1.5 mL in 1 of 1 negative controls (2026-01-02, version "
        "0.1.0)."
    ]


def test_a_card_that_does_not_say_its_cases_leaves_it_open_whether_it_has_seen_them(model, an_evaluation):
    write_card(model.folder, {"title": "Mine", "cases": 5, "started_from": "theirs"})
    (line,) = card_lines(put_into_card(read_model(model.folder), an_evaluation(digital_patients=1)))
    assert "3 patients (1 of them digital) (whether it was trained on them is not known): voxel" in line


@pytest.mark.parametrize("seen", ["a", "b"])
def test_figures_of_cases_that_it_or_the_model_that_it_started_from_has_seen_are_refused(seen, model, an_evaluation):
    with pytest.raises(EnsembleError, match=f"the model was trained on 1 of its cases, such as {seen}, so the figures"):
        put_into_card(model, an_evaluation(cases=["c", seen]))
    assert "evaluated" not in read_card(model.folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ensemble": None}, "there is no evaluation of a model here"),
        ({"predictions": []}, "there is no evaluation of a model here"),
        ({"date": 1, "cases": None}, "there is no evaluation of a model here"),
        (
            {"predictions": [{"name": "ensemble", "metrics": each(None, None, 0), "controls": CONTROLS}]},
            "no case in it has a lesion",
        ),
    ],
)
def test_an_evaluation_that_says_nothing_of_the_model_is_refused(changed, message, model, an_evaluation):
    with pytest.raises(EnsembleError, match=message):
        put_into_card(model, an_evaluation(**changed))


def test_a_folder_without_an_evaluation_is_refused(model, tmp_path):
    with pytest.raises(EnsembleError, match="there is no evaluation of a model here"):
        put_into_card(model, tmp_path)


def test_an_evaluation_of_another_model_is_refused(an_evaluation, tmp_path):
    folder = write_tiny_model(tmp_path / "other", folds=2)
    write_card(folder, {"title": "Other"})
    with pytest.raises(EnsembleError, match=r"an evaluation of another model \(Mine\)\. Evaluate .*other\."):
        put_into_card(read_model(folder), an_evaluation())


def test_a_model_without_a_card_is_refused(an_evaluation, tmp_path):
    folder = write_tiny_model(tmp_path / "other", folds=2)
    with pytest.raises(EnsembleError, match="the model has no card to put figures into"):
        put_into_card(read_model(folder), an_evaluation())
