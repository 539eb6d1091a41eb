from __future__ import annotations

import json
import os
import pickle

import numpy as np
import pytest
import torch

from NENSegmentationLib.ensemble.checkpoint import load_weights_only, read_checkpoint
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.model import read_model


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_model_says_its_channels_its_folds_and_which_label_is_tumour(a_model_folder):
    model = read_model(
        a_model_folder(folds=3, channels=("CT", "PET"), labels=("background", "physiological", "tumour"))
    )
    assert model.channels == ("CT", "PET")
    assert [fold.name for fold in model.folds] == ["0", "1", "2"]
    assert model.tumour == 2


def test_folds_are_ordered_by_their_number(a_model_folder):
    model = read_model(a_model_folder(folds=11))
    assert [fold.name for fold in model.folds] == [str(number) for number in range(11)]


def test_the_only_label_is_tumour_whatever_it_is_called(a_model_folder):
    assert read_model(a_model_folder(labels=("background", "NEN"))).tumour == 1


def test_scores_of_numpy_in_a_checkpoint_are_let_in(tmp_path):
    torch.save({"best": np.float64(0.5), "losses": [np.float32(1.5)]}, tmp_path / "scores.pth")
    assert load_weights_only(tmp_path / "scores.pth") == {"best": 0.5, "losses": [1.5]}


class _Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


def test_a_checkpoint_that_would_run_a_program_is_refused_and_runs_nothing(a_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = a_model_folder()
    torch.save({"network_weights": {}, "trainer_name": _Attack()}, folder / "fold_0" / "checkpoint_final.pth")
    with pytest.raises(EnsembleError, match=r"fold_0/checkpoint_final.pth: the checkpoint asks to run posix.system"):
        read_checkpoint(folder / "fold_0" / "checkpoint_final.pth")
    assert not (tmp_path / "attacked").exists()


def test_a_plain_pickle_that_would_run_a_program_is_refused_too(a_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = a_model_folder() / "fold_0" / "checkpoint_final.pth"
    path.write_bytes(pickle.dumps({"network_weights": _Attack()}))
    with pytest.raises(EnsembleError, match="checkpoint"):
        read_checkpoint(path)
    assert not (tmp_path / "attacked").exists()


def test_plans_that_name_a_program_as_a_layer_are_refused(a_model_folder):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda plans: plans["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"].update(nonlin="os.system"),
    )
    with pytest.raises(EnsembleError, match=r"plans.json asks for os.system, which is no part of a network"):
        read_model(folder)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "plans.json").unlink(), "plans.json is missing"),
        (lambda folder: (folder / "dataset.json").write_text("{"), "the file is damaged"),
        (lambda folder: (folder / "dataset.json").write_text("[]"), "the file is damaged"),
        (lambda folder: (folder / "plans.pkl").touch(), "nnU-Net version 1"),
        (lambda folder: (folder / "plans.json").write_text("{}"), "is not of nnU-Net version 2"),
        (lambda folder: (folder / "fold_1" / "checkpoint_final.pth").unlink(), "fold_1 holds no checkpoint"),
        (
            lambda folder: edit(folder / "dataset.json", lambda it: it["channel_names"].update({"1": "MR"})),
            "names the channel MR, which is neither PET nor CT",
        ),
        (
            lambda folder: edit(folder / "dataset.json", lambda it: it["channel_names"].update({"1": "PET"})),
            "names the channels PET, PET",
        ),
        (
            lambda folder: edit(
                folder / "dataset.json", lambda it: it.update(labels={"background": 0, "a": 1, "b": 2})
            ),
            "none of the labels a, b is named tumour",
        ),
        (
            lambda folder: edit(folder / "dataset.json", lambda it: it["labels"].update(tumour=[1, 2])),
            "regions that overlap",
        ),
    ],
)
def test_a_folder_that_is_no_such_model_is_refused(spoil, message, a_model_folder):
    folder = a_model_folder()
    spoil(folder)
    with pytest.raises(EnsembleError, match=message):
        read_model(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EnsembleError, match="there is no such model folder"):
        read_model(tmp_path / "nothing")


def test_a_folder_without_folds_is_refused(a_model_folder):
    with pytest.raises(EnsembleError, match="there is no folder of a fold"):
        read_model(a_model_folder(folds=0))


def test_the_second_stage_of_a_cascade_is_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda plans: plans["configurations"]["3d_fullres"].update(previous_stage="3d_lowres"),
    )
    with pytest.raises(EnsembleError, match="second stage of a cascade"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


def test_folds_of_a_configuration_without_plans_are_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    edit(folder / "plans.json", lambda plans: plans["configurations"].update({"2d": {}}))
    edit(folder / "plans.json", lambda plans: plans["configurations"].pop("3d_fullres"))
    with pytest.raises(EnsembleError, match="does not describe the configuration 3d_fullres"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


def test_plans_of_another_generation_are_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    edit(folder / "plans.json", lambda plans: plans["configurations"]["3d_fullres"].pop("use_mask_for_norm"))
    with pytest.raises(EnsembleError, match=r"another generation of nnU-Net \('use_mask_for_norm' is missing"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


def test_a_network_that_is_not_known_is_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    architecture = {"network_class_name": "dynamic_network_architectures.architectures.unet.NoSuchNet"}
    edit(
        folder / "plans.json", lambda plans: plans["configurations"]["3d_fullres"]["architecture"].update(architecture)
    )
    with pytest.raises(EnsembleError, match=r"plans\.json asks for the network NoSuchNet, which is not known"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


def test_a_network_whose_module_has_moved_is_found_by_its_name(a_model_folder, a_patient):
    folder = a_model_folder()
    expected = predict(read_model(folder), *a_patient((20, 24, 28)))
    moved = {"network_class_name": "dynamic_network_architectures.architectures.elsewhere.PlainConvUNet"}
    edit(folder / "plans.json", lambda plans: plans["configurations"]["3d_fullres"]["architecture"].update(moved))
    found = predict(read_model(folder), *a_patient((20, 24, 28)))
    assert (found.probability == expected.probability).all()


def test_a_way_of_resampling_images_that_is_not_nnunets_default_is_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda plans: plans["configurations"]["3d_fullres"].update(resampling_fn_data="no_resampling_hack"),
    )
    with pytest.raises(EnsembleError, match="resample images in a way of their own"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


def test_a_way_of_resampling_that_is_not_nnunets_default_is_refused(a_model_folder, a_patient):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda plans: plans["configurations"]["3d_fullres"].update(
            resampling_fn_probabilities="resample_torch_fornnunet"
        ),
    )
    with pytest.raises(EnsembleError, match="resample probabilities in a way of their own"):
        predict(read_model(folder), *a_patient((20, 24, 28)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not a checkpoint", "is damaged"),
        (b"", "is damaged"),
    ],
)
def test_a_damaged_checkpoint_is_refused(content, message, a_model_folder):
    path = a_model_folder() / "fold_0" / "checkpoint_final.pth"
    path.write_bytes(content)
    with pytest.raises(EnsembleError, match=message):
        read_checkpoint(path)


def test_a_checkpoint_that_is_not_there_is_refused(a_model_folder):
    with pytest.raises(EnsembleError, match="there is no such checkpoint"):
        read_checkpoint(a_model_folder() / "fold_7" / "checkpoint_final.pth")


def test_a_checkpoint_of_something_else_is_refused(a_model_folder):
    path = a_model_folder() / "fold_0" / "checkpoint_final.pth"
    torch.save({"state_dict": {}}, path)
    with pytest.raises(EnsembleError, match="no checkpoint of nnU-Net version 2"):
        read_checkpoint(path)
