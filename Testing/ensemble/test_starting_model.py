"""A training that goes on from a model: its plans, its weights, what its card says, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from ensemble.small_cases import small_case, write_case
from ensemble.tiny_model import write_tiny_model

from NENSegmentationLib.ensemble import models, nnunet_process
from NENSegmentationLib.ensemble.card import write_card
from NENSegmentationLib.ensemble.case_folders import case_folders
from NENSegmentationLib.ensemble.checkpoint import read_checkpoint
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.recipe import Recipe, WarmStart
from NENSegmentationLib.ensemble.starting_model import StartingModel
from NENSegmentationLib.ensemble.training import Training
from NENSegmentationLib.ensemble.training_card import training_card

LABELS = {"background": 0, "tumour": 1}
REACHED = {"epoch": 1, "loss": -0.5, "validation_loss": -0.5, "validation_dice": 0.5}


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model that comes with the program and has seen digital patients only; nnU-Net learns from three stages."""
    monkeypatch.setattr(models, "SHIPPED", tmp_path / "shipped")
    folder = write_tiny_model(tmp_path / "shipped" / "tiny", features=(4, 8, 8), convolutions=(1, 1, 1))
    card = {"title": "Tiny", "digital_patients_only": True, "data": "7 digital patients.", "cases": ["d-7", "d-1"]}
    write_card(folder, card)
    return folder


@pytest.fixture
def recipe():
    return Recipe(
        name="own",
        title="Own",
        channels=("PET", "CT"),
        configuration="3d_fullres",
        folds=2,
        epochs=1,
        iterations=1,
        validation_iterations=1,
        augmentation="none",
        optimizer="adamw",
        learning_rate=1e-5,
        warm_start=WarmStart(model="tiny"),
    )


@pytest.fixture
def cases(tmp_path):
    for number in range(2):
        write_case(tmp_path / "cases", small_case(f"case-{number}", number))
    return case_folders(tmp_path / "cases")


class _EnoughError(Exception):
    pass


def test_a_fold_goes_on_from_the_weights_of_the_model_by_the_plans_of_the_model(
    model, recipe, cases, tmp_path, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def until_the_second_fold(sentence):
        if sentence.startswith("Training fold 1"):
            raise _EnoughError

    training = Training(recipe, cases, tmp_path / "model", jobs=1)
    with pytest.raises(_EnoughError):
        training.run(until_the_second_fold)
    before = read_checkpoint(model / "fold_0" / "checkpoint_final.pth").weights
    after = read_checkpoint(next(training.folder.rglob("fold_0/checkpoint_final.pth"))).weights
    moved = max(float((after[name] - before[name]).abs().max()) for name in before)
    assert 0 < moved < 1e-4
    plans = json.loads(next(training.folder.rglob("nnUNetPlans.json")).read_text())
    theirs = read_model(model).plans
    assert (plans["dataset_name"], plans["plans_name"]) == ("Dataset001_NEN", "nnUNetPlans")
    assert plans["configurations"]["3d_fullres"] == {
        **theirs["configurations"]["3d_fullres"],
        "data_identifier": "nnUNetPlans_3d_fullres",
    }
    key = "foreground_intensity_properties_per_channel"
    assert plans[key] == theirs[key]


def test_a_fold_begins_with_its_own_fold_of_the_model_and_round_again(model, recipe):
    start = StartingModel(recipe, LABELS)
    assert [start.weights(fold) for fold in range(3)] == [
        model / f"fold_{fold}" / "checkpoint_final.pth" for fold in (0, 1, 0)
    ]


def test_a_warm_start_begins_with_the_models_first_fold_and_the_folds_with_the_warm_start(
    model, recipe, cases, tmp_path
):
    recipe = replace(recipe, warm_start=WarmStart(model="tiny", cases=1, epochs=1))
    more = [*cases, replace(cases[0], path=tmp_path / "case-2")]
    training = Training(recipe, more, tmp_path / "model")
    assert training._first_weights(2) == model / "fold_0" / "checkpoint_final.pth"
    assert training._first_weights(1) == training._final(2)


def test_a_model_with_another_word_for_tumour_fits(tmp_path, recipe):
    folder = write_tiny_model(tmp_path / "mine", labels=("background", "lesion"))
    StartingModel(replace(recipe, warm_start=WarmStart(model=str(folder))), LABELS)


@pytest.mark.parametrize(
    ("change", "labels", "message"),
    [
        ({"channels": ("CT", "PET")}, LABELS, "this model has the channels PET, CT, the recipe CT, PET"),
        ({"channels": ("PET",)}, LABELS, "this model has the channels PET, CT, the recipe PET"),
        ({"configuration": "2d"}, LABELS, "this model has the configuration 3d_fullres, the recipe 2d"),
        ({}, {**LABELS, "physiological": 2}, "this model has the classes background, tumour, the recipe background"),
        ({"warm_start": WarmStart(model="nothing")}, LABELS, "nothing: there is no such model folder, and no model of"),
    ],
)
@pytest.mark.usefixtures("model")
def test_a_model_that_is_not_as_the_recipe_is_refused(change, labels, message, recipe):
    with pytest.raises(EnsembleError, match=message):
        StartingModel(replace(recipe, **change), labels)


def test_nothing_is_written_where_the_model_does_not_fit(model, recipe, cases, tmp_path):
    with pytest.raises(EnsembleError, match=f"{model}: this model has the classes"):
        Training(replace(recipe, physiological=True), cases, tmp_path / "model")
    assert not (tmp_path / "model-training").exists()


def test_a_training_does_not_go_on_from_a_model_that_is_another_one_now(model, recipe, cases, tmp_path):
    Training(recipe, cases, tmp_path / "model")
    write_card(model, {"title": "Another"})
    with pytest.raises(EnsembleError, match="on other cases or from another model"):
        Training(recipe, cases, tmp_path / "model")


def test_weights_that_are_not_those_of_the_plans_are_refused(model):
    network = torch.nn.Conv3d(1, 1, 3)
    with pytest.raises(EnsembleError, match="these weights do not fit the network of the plans"):
        nnunet_process._take_weights(network, model / "fold_0" / "checkpoint_final.pth")


def test_a_network_that_was_compiled_takes_the_weights_too(model):
    path = model / "fold_0" / "checkpoint_final.pth"
    network, compiled = torch.nn.Module(), torch.nn.Module()
    for name, tensor in read_checkpoint(path).weights.items():
        _put(network, name, torch.zeros_like(tensor))
    compiled._orig_mod = network
    nnunet_process._take_weights(compiled, path)
    assert any(tensor.any() for tensor in network.state_dict().values())


def _put(module, name, tensor):
    *parents, last = name.split(".")
    for parent in parents:
        if not hasattr(module, parent):
            module.add_module(parent, torch.nn.Module())
        module = getattr(module, parent)
    module.register_parameter(last, torch.nn.Parameter(tensor))


@pytest.mark.usefixtures("model")
def test_the_card_names_the_model_that_it_started_from(recipe, cases):
    start = StartingModel(recipe, LABELS)
    card = training_card(recipe, cases, [REACHED], start)
    assert card["started_from"] == {
        "title": "Tiny (trained on digital patients only)",
        "sha256": read_model(models.SHIPPED / "tiny").identity,
        "folds": ["0", "1"],
        "data": "7 digital patients.",
        "cases": ["d-1", "d-7"],
    }
    assert card["data"] == (
        "2 cases; each fold was validated on its own part of them. Before that, what Tiny (trained on digital patients "
        "only) was trained on: 7 digital patients."
    )
    assert card["digital_patients_only"] is False


@pytest.mark.parametrize(("its", "both"), [(True, True), (False, False), (None, False)])
def test_only_digital_patients_on_top_of_only_digital_patients_are_only_digital_patients(
    its, both, model, recipe, cases, tmp_path
):
    write_card(model, {"title": "Tiny", **({} if its is None else {"digital_patients_only": its})})
    digital = [replace(case, path=Path(tmp_path / "digital" / case.name)) for case in cases]
    for case in digital:
        (case.path / "truth").mkdir(parents=True)
        (case.path / "truth" / "patient.json").write_text("{}")
    assert training_card(recipe, digital, [REACHED], StartingModel(recipe, LABELS))["digital_patients_only"] is both
