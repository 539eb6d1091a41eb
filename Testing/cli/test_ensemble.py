"""The commands of the ensemble: train, model, and segment by it."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import pytest
import torch
from ensemble.small_cases import small_case, write_case
from ensemble.tiny_model import write_tiny_model

from NENSegmentationLib.ensemble import models
from NENSegmentationLib.ensemble.card import write_card
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.network import has_bfloat16
from NENSegmentationLib.ensemble.training import Training


@pytest.fixture
def model(tmp_path):
    return write_tiny_model(tmp_path / "model", patch=(32, 32, 32), spacing=(8.0, 8.0, 8.0))


@pytest.fixture
def segmented(model, nenseg, tmp_path, monkeypatch):
    """A small case, segmented by two untrained networks."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    case = write_case(tmp_path, small_case())
    arguments = [case / "pet.nrrd", "--ct", case / "ct.nrrd", "--method", "ensemble", "--model", model]
    done = nenseg("segment", *arguments, "--device", "cpu", "--out", tmp_path / "out", "--json")
    assert done.err == ""
    assert list((tmp_path / "temporary").iterdir()) == []
    return json.loads(done.out)


def test_segment_says_how_the_ensemble_looked_and_that_a_reader_has_to_correct(segmented, tmp_path):
    assert segmented["method"] == "ensemble"
    assert any("looked at each window once" in warning for warning in segmented["warnings"])
    assert any("until a reader corrects it" in warning for warning in segmented["warnings"])
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["warnings"] == segmented["warnings"]


def test_the_summary_says_which_model_it_was_and_how_it_was_computed(segmented, model):
    said = segmented["ensemble"]
    precision = "bfloat16" if has_bfloat16() else "float32"
    assert said == {
        "model": {"title": "model", "sha256": read_model(model).identity, "folds": ["0", "1"]},
        "mode": "fast",
        "device": "cpu",
        "precision": precision,
        "mirroring": False,
        "postprocessing": {"connectivity": 26, "minimum_volume_ml": 0.1},
    }


def test_every_lesion_of_the_ensemble_has_its_probability_and_disagreement(segmented, tmp_path):
    rows = list(csv.DictReader((tmp_path / "out" / "lesions.csv").open()))
    assert len(rows) == segmented["lesions"] > 0
    assert all(0 < float(row["probability"]) <= 1 and float(row["disagreement"]) >= 0 for row in rows)
    assert {row["origin"] for row in rows} == {"ensemble"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nothing"], "there is no such model folder"),
        (["--model", "nothing", "--liver", "auto"], "the ensemble takes no reference region"),
    ],
)
def test_segment_refuses_what_the_ensemble_cannot_do(arguments, message, nenseg, tmp_path):
    done = nenseg("segment", "case", "--method", "ensemble", *arguments, "--out", tmp_path / "out")
    assert done.status == 2
    assert message in done.err
    assert not (tmp_path / "out").exists()


def test_segment_without_a_model_takes_the_one_that_comes_with_the_program_and_says_so(
    model, nenseg, tmp_path, monkeypatch
):
    monkeypatch.setattr(models, "SHIPPED", model.parent)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write_card(model, {"title": "Tiny", "digital_patients_only": True})
    case = write_case(tmp_path, small_case())
    arguments = [case / "pet.nrrd", "--ct", case / "ct.nrrd", "--method", "ensemble", "--device", "cpu"]
    done = nenseg("segment", *arguments, "--out", tmp_path / "out")
    assert done.status == 0
    assert "proposed by the ensemble Tiny (trained on digital patients only)." in done.out + done.err


def test_both_methods_are_written_beside_each_other(model, nenseg, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    case = write_case(tmp_path, small_case())
    arguments = [case / "pet.nrrd", "--ct", case / "ct.nrrd", "--method", "both", "--liver=-56,-52,40,24"]
    arguments += ["--model", model, "--device", "cpu", "--out", tmp_path / "out"]
    done = nenseg("segment", *arguments)
    assert done.status == 0
    rows = [line.split()[:2] for line in done.out.splitlines()[1:3]]
    summaries = [json.loads((tmp_path / "out" / name / "summary.json").read_text()) for name, _ in rows]
    assert rows == [["threshold", "2"], ["ensemble", str(summaries[1]["lesions"])]]
    assert [summary["method"] for summary in summaries] == ["threshold", "ensemble"]
    assert (tmp_path / "out" / "methods.png").read_bytes().startswith(b"\x89PNG")
    assert all(Path(line[6:]).exists() for line in done.out.splitlines() if line.startswith("Wrote "))


def test_both_methods_need_the_reference_region_too(nenseg, tmp_path):
    done = nenseg("segment", "case", "--method", "both", "--out", tmp_path / "out")
    assert (done.status, "the threshold needs one reference organ" in done.err) == (2, True)


def test_segment_where_no_model_comes_with_the_program_asks_for_one(nenseg, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "nowhere")
    done = nenseg("segment", "case", "--method", "ensemble", "--out", tmp_path / "out")
    assert (done.status, "no model comes with this copy of the program" in done.err) == (2, True)


def test_segment_by_a_model_of_pet_and_ct_refuses_a_pet_alone(model, nenseg, tmp_path):
    case = write_case(tmp_path, small_case(ct=None))
    arguments = ["--method", "ensemble", "--model", model, "--out", tmp_path / "out"]
    done = nenseg("segment", case / "pet.nrrd", *arguments)
    assert (done.status, "but there is no CT" in done.err) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_model_is_imported_and_shown(model, nenseg, tmp_path):
    done = nenseg("model", "import", model, "--out", tmp_path / "taken")
    assert done.status == 0
    assert done.out.splitlines() == [
        "Dataset001_Tiny",
        "Channels: PET, CT; 3d_fullres; folds: 0, 1",
        "Intended use: Not said by its source.",
        "Data: Not said by its source; trained on 2 cases.",
        "Source: model",
        "For research use only, not a medical device.",
        f"Wrote {tmp_path / 'taken'}",
    ]
    shown = json.loads(nenseg("model", "show", tmp_path / "taken", "--json").out)
    assert (shown["channels"], shown["folds"], shown["configuration"]) == (["PET", "CT"], ["0", "1"], "3d_fullres")
    assert shown["card"] == read_model(tmp_path / "taken").card


def test_a_model_without_a_card_is_shown_as_what_it_is(model, nenseg):
    assert nenseg("model", "show", model).out.startswith("A model without a card\nChannels: PET, CT; 3d_fullres")


@pytest.mark.parametrize(
    ("card", "line"),
    [
        ({"title": "Mine", "figures": {"fold_0": {"dice": 0.81234, "n": 41}}}, "Figures: fold 0: dice 0.812, n 41"),
        ({"title": "Mine", "figures": {"dice": 0.5}}, "Figures: dice 0.5"),
        ({"title": "Mine", "figures": {"fold_0": {"dice": "good"}}}, "Figures: fold 0: dice good"),
        ({"title": "Mine", "figures": [1]}, "Figures: [1]"),
        ({"title": 3, "figures": None}, "3"),
        ({"title": "Mine", "digital_patients_only": True}, "Mine (trained on digital patients only)"),
        ({"title": "Mine", "figures": {"dice": 0.5}, "evaluated": {"dice": 0.25}}, "Evaluated: dice 0.25"),
        ({"title": "Mine", "evaluated": [1]}, "Evaluated: [1]"),
        ({"note": 4}, "A model without a title"),
    ],
)
def test_a_card_that_somebody_else_wrote_is_shown_as_it_is(card, line, model, nenseg):
    (model / "model.json").write_text(json.dumps(card))
    done = nenseg("model", "show", model)
    assert (done.status, line in done.out.splitlines()) == (0, True)


def test_a_model_that_cannot_be_imported_is_one_sentence(nenseg, tmp_path):
    done = nenseg("model", "import", tmp_path / "nothing.zip", "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "there is no such zip or folder" in done.err


@pytest.mark.parametrize(("card", "start"), [({}, ""), ({"started_from": {"title": "Theirs"}}, " on top of Theirs")])
def test_train_says_what_it_trained(card, start, model, nenseg, tmp_path, monkeypatch):
    write_card(model, card)
    for number in range(2):
        write_case(tmp_path / "cases", small_case(f"case-{number}", number))
    monkeypatch.setattr(Training, "run", lambda *_: read_model(model))
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    arguments = ["--recipe", "carlsen2022", "--folds", "2", "--cases", tmp_path / "cases"]
    done = nenseg("train", *arguments, "--out", tmp_path / "trained")
    assert done.err == ""
    assert done.out.splitlines()[:2] == [
        f"2 folds on PET and CT, trained on 2 cases{start}, on cpu",
        f"Wrote {tmp_path / 'trained'}",
    ]


@pytest.mark.parametrize(
    ("recipe", "options", "message"),
    [
        ("mine", [], "there is no recipe mine. Choose carlsen2022 or digital-patient or"),
        ("carlsen2022", [], "1 cases are too few for 5 folds"),
        ("carlsen2022", ["--epochs", "0"], "0 epochs are no training"),
        ("carlsen2022", ["--jobs", "0"], "0 processes cannot preprocess. Give 1 or more."),
    ],
)
def test_train_refuses_what_cannot_be_trained(recipe, options, message, nenseg, tmp_path):
    write_case(tmp_path / "cases", small_case())
    done = nenseg("train", "--recipe", recipe, *options, "--cases", tmp_path / "cases", "--out", tmp_path / "trained")
    assert done.status == 2
    assert message in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["cases"]


def test_a_device_that_is_not_there_is_refused(model, nenseg, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    case = write_case(tmp_path, small_case())
    arguments = [case / "pet.nrrd", "--ct", case / "ct.nrrd", "--method", "ensemble", "--model", model]
    done = nenseg("segment", *arguments, "--device", "cuda", "--out", tmp_path / "out")
    assert (done.status, "there is no device cuda" in done.err) == (2, True)
