"""Which models are there, and what they are called."""

from __future__ import annotations

import json

import pytest

from NENSegmentationLib.ensemble import models
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.models import AvailableModel, available_models, folder_for, model_folder, said_of


@pytest.fixture
def a_card(tmp_path):
    """Return a function that makes a folder with a model card alone."""

    def make(name, title="A title", **more):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "model.json").write_text(json.dumps({"title": title, **more}))
        return folder

    return make


@pytest.fixture
def shipped(a_card, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "shipped")
    return a_card("shipped/digital", "Digital patients")


@pytest.mark.usefixtures("shipped")
def test_those_that_come_with_the_program_are_first(a_card, tmp_path):
    a_card("own/b")
    a_card("own/a")
    assert [model.name for model in available_models(tmp_path / "own", tmp_path / "nowhere")] == ["digital", "a", "b"]


def test_what_has_no_card_that_can_be_read_is_no_model(a_card, tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "nowhere")
    for name, text in (("damaged", "{"), ("a-list", "[]")):
        (a_card(f"own/{name}") / "model.json").write_text(text)
    (tmp_path / "own" / "empty").mkdir()
    (tmp_path / "own" / "file").touch()
    a_card("own/.hidden")
    assert available_models(tmp_path / "own") == []


@pytest.mark.usefixtures("shipped")
def test_one_that_has_seen_digital_patients_only_is_named_with_that(a_card, tmp_path):
    a_card("own/mine", "Mine", digital_patients_only=True)
    a_card("own/yours", "Yours", digital_patients_only=False)
    mine, yours = available_models(tmp_path / "own")[1:]
    assert (mine.said, yours.said) == ("Mine (trained on digital patients only)", "Yours")
    assert (mine.described(), yours.described()) == (["Trained on digital patients only."], [])


def test_one_that_comes_with_the_program_says_so(shipped):
    card = {"title": "A", "digital_patients_only": True}
    assert AvailableModel(shipped, card).described() == ["Comes with the program; trained on digital patients only."]


def test_a_card_is_told_in_a_few_lines(tmp_path):
    figures = {"fold_0": {"mean_dice": 0.8125, "sd": None}, "fold_1": {"mean_dice": 1}}
    card = {"title": "A", "intended_use": "Tests.", "figures": figures, "channels": ["PET"], "folds": ["0", "1"]}
    assert AvailableModel(tmp_path, {**card, "note": "Research."}).described() == [
        "Intended use: Tests.",
        "Figures: fold 0: mean dice 0.812; fold 1: mean dice 1",
        "Folds: 2; looks at PET",
        "Research.",
    ]
    assert AvailableModel(tmp_path, {"figures": "good"}).described() == ["Figures: good"]


def test_one_without_a_title_is_called_by_its_folder(tmp_path):
    assert said_of(tmp_path / "mine", {}) == "mine"


def test_a_model_is_chosen_by_folder_by_name_or_not_at_all(shipped, a_card, tmp_path):
    own = a_card("own/mine")
    assert model_folder(own) == own
    assert model_folder("mine", tmp_path / "own") == own
    assert model_folder("digital") == shipped
    assert model_folder(None, tmp_path / "own") == shipped


@pytest.mark.usefixtures("shipped")
def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(EnsembleError, match=r"nothing: there is no such model folder, .*\(there: digital\)"):
        model_folder("nothing")


def test_without_a_model_that_comes_with_the_program_one_has_to_be_given(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "nowhere")
    with pytest.raises(EnsembleError, match=r"no model comes with this copy of the program\. Give one: --model DIR"):
        model_folder(None)


@pytest.mark.parametrize(
    ("source", "name"),
    [("Dataset001_NEN.zip", "Dataset001_NEN"), ("Müller 3.5", "M-ller-3.5"), ("..zip", "model"), ("a.b.zip", "a.b")],
)
def test_an_imported_model_is_named_like_its_source(source, name, tmp_path):
    assert folder_for(tmp_path / source, tmp_path / "own") == tmp_path / "own" / name


def test_an_imported_model_cannot_be_named_like_one_that_comes_with_the_program(shipped, tmp_path):
    with pytest.raises(EnsembleError, match="a model digital is there already"):
        folder_for(tmp_path / f"{shipped.name}.zip", tmp_path / "own")


def test_a_second_import_of_the_same_name_is_refused(a_card, tmp_path):
    a_card("own/mine")
    with pytest.raises(EnsembleError, match=r"mine\.zip: a model mine is there already"):
        folder_for(tmp_path / "mine.zip", tmp_path / "own")
