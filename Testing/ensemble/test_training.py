"""Two tiny folds from scratch: interrupted, taken up again, packed, and used."""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ensemble.small_cases import small_case, write_case
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

from NENSegmentationLib.ensemble import nnunet_process, training_card
from NENSegmentationLib.ensemble import training as training_module
from NENSegmentationLib.ensemble.case_folders import case_folders
from NENSegmentationLib.ensemble.checkpoint import read_checkpoint
from NENSegmentationLib.ensemble.child import Child
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.recipe import Recipe, WarmStart
from NENSegmentationLib.ensemble.training import Training

RECIPE = Recipe(
    name="tiny",
    title="Tiny",
    channels=("PET", "CT"),
    configuration="3d_fullres",
    folds=2,
    epochs=2,
    iterations=1,
    validation_iterations=1,
    physiological=True,
    mirroring=False,
    augmentation="none",
    crop="body",
    optimizer="adamw",
    warm_start=WarmStart(cases=1, epochs=2),
    bfloat16=True,
    plans={
        "spacing": [4.0, 4.0, 4.0],
        "patch_size": [16, 16, 16],
        "batch_size": 2,
        "features_per_stage": [4, 8, 8],
        "n_conv_per_stage": [1, 1, 1],
        "normalization_schemes": ["CTNormalization", "CTNormalization"],
        "suv": {"low": 0.0, "high": 40.0, "mean": 5.0, "std": 5.0},
    },
)


@pytest.fixture(scope="session")
def cases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    for number in range(3):
        place = write_case(folder, small_case(f"case-{number}", number))
        (place / "summary.json").write_text(json.dumps({"threshold": 10.0}))
    return case_folders(folder)


class Trained:
    """A training that was killed after its first epoch, and then went on."""

    def __init__(self, folder: Path, cases):
        self.out, self.cases = folder / "model", cases
        self.before, self.after = [], []
        with pytest.MonkeyPatch.context() as patched:
            # The processes of nnU-Net compute with one thread each: these networks lose by waiting for each other.
            patched.setenv("OMP_NUM_THREADS", "1")
            self.interruption = self._until_killed()
            self.planned = shutil.copytree(
                folder / "model-training", folder / "planned", ignore=shutil.ignore_patterns("nnUNet_results", "fold_*")
            )
            self.training = Training(RECIPE, cases, self.out, jobs=1, device="cpu,cpu")
            self.model = self.training.run(progress=self.after.append)

    def _until_killed(self):
        first = Training(RECIPE, self.cases, self.out, jobs=1)
        started = []

        class Watched(Child):
            def __init__(self, *arguments, **options):
                super().__init__(*arguments, **options)
                started.append(self)

        def kill(epoch):
            self.before.append(epoch)
            os.kill(started[-1].pid, signal.SIGKILL)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(training_module, "Child", Watched)
            try:
                first.run(progress=kill)
            except EnsembleError as error:
                return str(error)
        return None


@pytest.fixture(scope="session")
def trained(tmp_path_factory, cases):
    return Trained(tmp_path_factory.mktemp("trained"), cases)


def test_a_training_that_is_killed_says_so_and_goes_on_from_its_last_epoch(trained):
    assert "nnU-Net stopped at the step train: the process of the network was killed" in trained.interruption
    assert [(epoch.fold, epoch.done, epoch.total) for epoch in trained.before] == [(2, 1, 6)]
    assert [epoch.done for epoch in trained.after] == [2, 3, 4, 5, 6]


def test_folds_are_trained_side_by_side_after_the_warm_start(trained):
    folds = [epoch.fold for epoch in trained.after]
    assert folds[0] == 2
    assert sorted(folds[1:]) == [0, 0, 1, 1]
    assert trained.training.devices == ("cpu", "cpu")
    log = [json.loads(line) for line in (trained.training.folder / "log.jsonl").read_text().splitlines()]
    reached = [(event["fold"], event["epoch"]) for event in log]
    assert reached[:2] == [(2, 1), (2, 2)]
    assert sorted(reached[2:]) == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_the_time_left_ends_at_nothing(trained):
    assert trained.after[-1].seconds_left == 0
    assert trained.after[0].seconds_left > 0


def test_each_fold_is_validated_on_the_cases_that_it_was_not_trained_on(trained):
    splits = json.loads(next(trained.training.folder.rglob("splits_final.json")).read_text())
    *folds, warm = splits
    of_folds = sorted({"case-0", "case-1", "case-2"} - set(warm["train"]))
    assert [sorted(split["train"] + split["val"]) for split in folds] == [of_folds] * 2
    assert folds[0]["val"] != folds[1]["val"]


def test_the_case_of_the_warm_start_is_in_no_fold(trained):
    *folds, warm = json.loads(next(trained.training.folder.rglob("splits_final.json")).read_text())
    assert len(warm["train"]) == 1
    assert all(warm["train"][0] not in split["train"] + split["val"] for split in folds)


def test_each_fold_goes_on_from_the_weights_of_the_warm_start(trained):
    # Two steps of AdamW at a rate of 0.01 move no weight by more than 0.02; other first weights would be far away.
    warm = read_checkpoint(next(trained.training.folder.rglob("fold_2/checkpoint_final.pth"))).weights
    for fold in range(2):
        weights = read_checkpoint(trained.out / f"fold_{fold}" / "checkpoint_final.pth").weights
        assert max(float((weights[name] - warm[name]).abs().max()) for name in warm) < 0.05


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(trained, cases, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shutil.copytree(trained.planned, tmp_path / "model-training")
    whole = Training(RECIPE, cases, tmp_path / "model", jobs=1)
    with pytest.raises(_EnoughError):
        whole.run(_until_the_warm_start_is_done)
    names = [next(place.rglob("fold_2/checkpoint_final.pth")) for place in (whole.folder, trained.training.folder)]
    one, other = (read_checkpoint(path).weights for path in names)
    assert all(torch.equal(one[name], other[name]) for name in one)


class _EnoughError(Exception):
    pass


def _until_the_warm_start_is_done(sentence):
    if sentence.startswith("Training fold"):
        raise _EnoughError


def test_the_model_holds_weights_and_plain_values_only(trained):
    content = torch.load(trained.out / "fold_0" / "checkpoint_final.pth", weights_only=True)
    assert sorted(content) == ["inference_allowed_mirroring_axes", "init_args", "network_weights", "trainer_name"]
    assert {tensor.dtype for tensor in content["network_weights"].values()} == {torch.float32}


def test_the_weights_moved_in_training_and_are_numbers(trained):
    first, second = (
        torch.load(trained.out / f"fold_{fold}" / "checkpoint_final.pth", weights_only=True)["network_weights"]
        for fold in range(2)
    )
    assert all(torch.isfinite(tensor).all() for tensor in first.values())
    assert any((first[name] != second[name]).any() for name in first)


def test_nnunets_own_predictor_loads_the_model(trained):
    predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(trained.out), (0, 1))
    assert len(predictor.list_of_parameters) == 2
    assert predictor.allowed_mirroring_axes is None


def test_the_card_says_what_the_model_was_made_of(trained):
    card = trained.model.card
    assert card["cases"] == ["case-0", "case-1", "case-2"]
    assert card["recipe"]["epochs"] == 2
    assert sorted(card["figures"]) == ["fold_0", "fold_1"]
    assert sorted(card["figures"]["fold_0"]) == ["epoch", "loss", "validation_dice", "validation_loss"]
    assert "for a physician to correct" in card["intended_use"]
    assert "not a medical device" in card["note"]
    said = "3 cases; 1 of them for the warm start, and each fold validated on its own part of the others."
    assert card["data"] == said
    assert card["digital_patients_only"] is False
    assert {"nnunetv2", "torch"} <= set(card["versions"])


def test_the_card_says_how_many_of_the_cases_are_digital_patients(cases, tmp_path):
    digital = [replace(case, path=tmp_path / case.name) for case in cases]
    for case in digital[:2]:
        (case.path / "truth").mkdir(parents=True)
        (case.path / "truth" / "patient.json").write_text("{}")
    recipe = replace(RECIPE, warm_start=WarmStart())
    assert training_card.data(digital, recipe) == (
        "3 cases, 2 of them digital patients; each fold was validated on its own part of them."
    )
    assert training_card.data(digital[:2], recipe).startswith("2 digital patients, and no real one;")


def test_a_file_that_is_not_the_cards_is_refused(trained):
    path = trained.out / "fold_1" / "checkpoint_final.pth"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(EnsembleError, match=r"fold_1/checkpoint_final\.pth is not the file that the model card"):
            read_model(trained.out)
    finally:
        path.write_bytes(whole)


def test_the_class_of_physiological_uptake_is_no_tumour(trained):
    case = small_case(seed=3)
    prediction = predict(trained.model, case.pet, case.ct)
    assert trained.model.dataset["labels"] == {"background": 0, "tumour": 1, "physiological": 2}
    assert trained.model.tumour == 1
    assert prediction.probability.max() <= 1
    assert np.isfinite(prediction.disagreement).all()


def test_another_recipe_in_the_same_folder_is_refused(trained, tmp_path):
    (tmp_path / "model-training").mkdir()
    recipe = (trained.training.folder / "recipe.json").read_text()
    (tmp_path / "model-training" / "recipe.json").write_text(recipe)
    Training(RECIPE, trained.cases, tmp_path / "model")
    with pytest.raises(EnsembleError, match="another training was begun here"):
        Training(replace(RECIPE, epochs=3), trained.cases, tmp_path / "model")
    with pytest.raises(EnsembleError, match="another training was begun here"):
        Training(RECIPE, [*trained.cases, replace(trained.cases[0], path=tmp_path / "new")], tmp_path / "model")


def test_too_few_cases_are_refused(cases, tmp_path):
    with pytest.raises(EnsembleError, match="3 cases are too few for 5 folds and a warm start on 1"):
        Training(replace(RECIPE, folds=5), cases, tmp_path / "model")


def test_a_loss_that_is_no_number_stops_the_training_with_a_sentence(monkeypatch):
    monkeypatch.setattr(nnUNetTrainer, "on_train_epoch_end", lambda *_: None)
    request = {"bfloat16": False, "device": "cpu"}
    trainer_class = nnunet_process._trainer_class(request, lambda _event: None)
    trainer = trainer_class.__new__(trainer_class)
    trainer.fold, trainer.current_epoch = 1, 4
    trainer.logger = SimpleNamespace(get_value=lambda *_, **__: float("nan"))
    with pytest.raises(EnsembleError, match="the loss of fold 1 is no number after epoch 5"):
        trainer.on_train_epoch_end([])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_step_in_bfloat16_moves_the_exact_weights(dimensions):
    torch.manual_seed(0)
    convolution = getattr(torch.nn, f"Conv{dimensions}d")
    network = torch.nn.Sequential(convolution(2, 2, 3, padding=1))
    before = network[0].weight.detach().clone()
    trainer = SimpleNamespace(
        network=network,
        optimizer=torch.optim.SGD(network.parameters(), 0.1),
        loss=lambda outputs, target: (outputs[0] - target[0]).square().mean(),
    )
    shape = (2, 2, *[8] * dimensions)
    batch = {"data": torch.rand(shape), "target": torch.rand(shape)}
    nnunet_process._half_step(trainer, nnunet_process._twin(network), batch)
    assert network[0].weight.dtype == torch.float32
    assert (network[0].weight != before).any()
