from __future__ import annotations

import json
import shutil
import stat
import zipfile

import pytest
import torch
from ensemble.test_model import _Attack, edit
from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.ensemble import archive, inference
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.importing import import_model
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.model import read_model

RESULTS = "Dataset001_Tiny/nnUNetTrainer__nnUNetPlans__"


@pytest.fixture
def a_zip(a_model_folder, tmp_path):
    """Return a function that packs models as nnU-Net exports them: configuration -> its folder."""

    def pack(name="model.zip", **folders):
        folders = folders or {"3d_fullres": a_model_folder("packed")}
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive_:
            for configuration, folder in folders.items():
                for path in folder.rglob("*.*"):
                    archive_.write(path, f"{RESULTS}{configuration.strip('_')}/{path.relative_to(folder)}")
        return tmp_path / name

    return pack


def change_checkpoint(path, change):
    content = torch.load(path, weights_only=False)
    change(content)
    torch.save(content, path)


def test_an_exported_zip_becomes_a_model_that_predicts_the_same(a_zip, a_patient, tmp_path):
    model = import_model(a_zip(), tmp_path / "out")
    pet, ct = a_patient((20, 24, 28))
    expected = predict(read_model(tmp_path / "packed"), pet, ct)
    assert (predict(model, pet, ct).probability == expected.probability).all()


def test_nnunets_own_predictor_loads_an_imported_model(a_zip, tmp_path):
    import_model(a_zip(), tmp_path / "out")
    predictor = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
    predictor.initialize_from_trained_model_folder(str(tmp_path / "out"), None)
    assert len(predictor.list_of_parameters) == 2


def test_only_weights_and_plain_values_are_kept(a_model_folder, tmp_path):
    folder = a_model_folder()
    path = folder / "fold_0" / "checkpoint_final.pth"
    change_checkpoint(path, lambda it: it.update(optimizer_state={"exp": torch.zeros(1 << 20)}, _best_ema=0.5))
    import_model(folder, tmp_path / "out")
    kept = torch.load(tmp_path / "out" / "fold_0" / "checkpoint_final.pth", weights_only=True)
    assert sorted(kept) == ["inference_allowed_mirroring_axes", "init_args", "network_weights", "trainer_name"]


def test_a_model_of_single_slices_and_one_of_all_cases_are_taken_over(a_model_folder, tmp_path):
    folder = a_model_folder(spacing=(3.0, 3.0), patch=(32, 32), folds=1)
    (folder / "fold_0").rename(folder / "fold_all")
    model = import_model(folder, tmp_path / "out")
    assert [fold.name for fold in model.folds] == ["all"]


def test_where_several_configurations_are_packed_one_is_chosen(a_zip, a_model_folder, tmp_path):
    path = a_zip(**{"3d_fullres": a_model_folder("a"), "2d": a_model_folder("b", folds=1)})
    with pytest.raises(EnsembleError, match=r"several models in it .*__2d.*Give the folder of one, or in"):
        import_model(path, tmp_path / "out")
    with pytest.raises(EnsembleError, match="no model of the configuration 3d_lowres in it"):
        import_model(path, tmp_path / "out", "3d_lowres")
    assert len(import_model(path, tmp_path / "out", "2d").folds) == 1


def test_a_single_model_of_another_configuration_than_was_asked_for_is_refused(a_model_folder, tmp_path):
    with pytest.raises(EnsembleError, match="this model is 3d_fullres, not 2d"):
        import_model(a_model_folder(), tmp_path / "out", "2d")
    assert not (tmp_path / "out").exists()
    assert import_model(a_model_folder("b"), tmp_path / "out", "3d_fullres").first.configuration == "3d_fullres"


def test_a_model_without_a_card_gets_one_that_claims_nothing(a_zip, tmp_path):
    card = import_model(a_zip(), tmp_path / "out").card
    assert (card["title"], card["intended_use"]) == ("Dataset001_Tiny", "Not said by its source.")
    assert sorted(card["sha256"]) == [
        "dataset.json", "fold_0/checkpoint_final.pth", "fold_1/checkpoint_final.pth", "plans.json",
    ]  # fmt: skip


def test_a_card_is_taken_over(a_model_folder, tmp_path):
    folder = a_model_folder()
    (folder / "model.json").write_text(json.dumps({"title": "Mine", "figures": {"dice": 1}}))
    card = import_model(folder, tmp_path / "out").card
    assert (card["title"], card["figures"]) == ("Mine", {"dice": 1})


def test_what_a_configuration_inherits_is_filled_in(a_model_folder, tmp_path):
    folder = a_model_folder()

    def split(plans):
        whole = plans["configurations"].pop("3d_fullres")
        plans["configurations"] = {
            "base": whole, "3d_fullres": {"inherits_from": "base", "batch_size": 7},
        }  # fmt: skip

    edit(folder / "plans.json", split)
    model = import_model(folder, tmp_path / "out")
    assert list(model.plans["configurations"]) == ["3d_fullres"]
    assert model.plans["configurations"]["3d_fullres"]["patch_size"] == [16, 16, 16]
    assert model.plans["configurations"]["3d_fullres"]["batch_size"] == 7


def test_plans_from_before_networks_were_described_in_them_are_understood(a_model_folder, a_patient, tmp_path):
    folder = a_model_folder()

    def age(plans):
        configuration = plans["configurations"]["3d_fullres"]
        del configuration["architecture"]
        configuration.update(
            UNet_class_name="PlainConvUNet",
            UNet_base_num_features=8,
            unet_max_num_features=320,
            n_conv_per_stage_encoder=[1, 1],
            n_conv_per_stage_decoder=[1],
            num_pool_per_axis=[1, 1, 1],
            pool_op_kernel_sizes=[[1, 1, 1], [2, 2, 2]],
            conv_kernel_sizes=[[3, 3, 3], [3, 3, 3]],
        )

    expected = predict(read_model(folder), *a_patient((20, 24, 28)))
    edit(folder / "plans.json", age)
    model = import_model(folder, tmp_path / "out")
    assert (predict(model, *a_patient((20, 24, 28))).probability == expected.probability).all()


def test_a_trainer_of_nnunet_that_trains_otherwise_is_known(a_model_folder, tmp_path):
    folder = a_model_folder(folds=1)
    path = folder / "fold_0" / "checkpoint_final.pth"
    change_checkpoint(path, lambda it: it.update(trainer_name="nnUNetTrainer_250epochs"))
    assert import_model(folder, tmp_path / "out").first.trainer == "nnUNetTrainer"


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        ("MyTrainer", "trained by MyTrainer, which is no trainer of nnU-Net"),
        ("nnUNetTrainerBN", "the trainer nnUNetTrainerBN builds a network of its own"),
    ],
)
def test_a_trainer_whose_network_is_not_in_the_plans_is_refused(trainer, message, a_model_folder, a_patient, tmp_path):
    folder = a_model_folder(folds=1)
    path = folder / "fold_0" / "checkpoint_final.pth"
    change_checkpoint(path, lambda it: it.update(trainer_name=trainer))
    with pytest.raises(EnsembleError, match=message):
        import_model(folder, tmp_path / "out")
    with pytest.raises(EnsembleError, match=message):
        predict(read_model(folder), *a_patient((20, 24, 28)))
    assert not (tmp_path / "out").exists()


def test_folds_of_different_configurations_are_refused(a_model_folder, tmp_path):
    folder = a_model_folder()
    path = folder / "fold_1" / "checkpoint_final.pth"
    change_checkpoint(path, lambda it: it["init_args"].update(configuration="2d"))
    with pytest.raises(EnsembleError, match="the folds are of different configurations"):
        import_model(folder, tmp_path / "out")


def test_configurations_that_inherit_from_each_other_are_refused(a_model_folder, tmp_path):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda plans: plans["configurations"].update({"3d_fullres": {"inherits_from": "3d_fullres"}}),
    )
    with pytest.raises(EnsembleError, match="does not describe the configuration 3d_fullres"):
        import_model(folder, tmp_path / "out")


def test_the_second_stage_of_a_cascade_is_refused(a_model_folder, tmp_path):
    folder = a_model_folder()
    edit(folder / "plans.json", lambda it: it["configurations"]["3d_fullres"].update(previous_stage="3d_lowres"))
    with pytest.raises(EnsembleError, match="second stage of a cascade"):
        import_model(folder, tmp_path / "out")


def test_a_preprocessing_that_is_not_nnunets_is_refused(a_model_folder):
    folder = a_model_folder()
    edit(folder / "plans.json", lambda it: it["configurations"]["3d_fullres"].update(preprocessor_name="os"))
    with pytest.raises(EnsembleError, match=r"plans.json prepares images by os"):
        read_model(folder)


@pytest.mark.parametrize("name", ["torch.nn.functional.torch.os.system", "torch.nn.init.math", "torch.nn.os.Popen.x"])
def test_a_path_through_a_network_package_to_something_else_is_refused(name, a_model_folder):
    folder = a_model_folder()
    edit(
        folder / "plans.json",
        lambda it: it["configurations"]["3d_fullres"]["architecture"]["arch_kwargs"].update(nonlin=name),
    )
    with pytest.raises(EnsembleError, match="which is no part of a network"):
        read_model(folder)


def test_a_malicious_checkpoint_in_a_zip_runs_nothing_and_leaves_nothing(a_zip, a_model_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = a_model_folder()
    torch.save({"network_weights": {}, "trainer_name": _Attack()}, folder / "fold_1" / "checkpoint_final.pth")
    with pytest.raises(EnsembleError, match=r"fold_1/checkpoint_final.pth: the checkpoint asks to run posix.system"):
        import_model(a_zip(**{"3d_fullres": folder}), tmp_path / "out")
    assert not (tmp_path / "attacked").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name", ["../outside.pth", "/tmp/outside.pth", "a/../../outside.pth", "..\\outside.pth", "C:x.pth"]
)
def test_a_zip_with_a_path_outside_is_refused_whole(name, a_zip, tmp_path):
    path = a_zip()
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(EnsembleError, match="the zip would write outside its folder"):
        import_model(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_in_a_zip_is_refused(a_zip, tmp_path):
    path = a_zip()
    link = zipfile.ZipInfo(f"{RESULTS}3d_fullres/fold_2")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr(link, "/etc")
    with pytest.raises(EnsembleError, match="the zip would write outside its folder"):
        import_model(path, tmp_path / "out")


def test_a_zip_that_unpacks_to_more_than_any_model_is_refused(a_zip, tmp_path, monkeypatch):
    path = a_zip()
    monkeypatch.setattr(archive, "_LARGEST_BYTES", 1000)
    with pytest.raises(EnsembleError, match="which no model does"):
        import_model(path, tmp_path / "out")


def test_a_zip_that_shrank_a_thousand_times_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("x.pth", bytes(1 << 26))
    with pytest.raises(EnsembleError, match="which no model does"):
        import_model(tmp_path / "bomb.zip", tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"no zip", "the zip is damaged"), (None, "there is no such zip or folder")],
)
def test_what_is_no_zip_is_refused(content, message, tmp_path):
    if content is not None:
        (tmp_path / "model.zip").write_bytes(content)
    with pytest.raises(EnsembleError, match=message):
        import_model(tmp_path / "model.zip", tmp_path / "out")


def test_a_damaged_zip_is_refused(a_zip, tmp_path):
    path = a_zip()
    content = bytearray(path.read_bytes())
    content[2000:3000] = bytes(1000)
    path.write_bytes(content)
    with pytest.raises(EnsembleError, match="damaged"):
        import_model(path, tmp_path / "out")


def test_a_folder_without_a_model_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EnsembleError, match="there is no model of nnU-Net in it"):
        import_model(tmp_path / "empty", tmp_path / "out")


def test_a_model_of_version_1_is_refused(a_model_folder, tmp_path):
    folder = a_model_folder()
    (folder / "plans.json").rename(folder / "plans.pkl")
    with pytest.raises(EnsembleError, match=r"this is a model of nnU-Net version 1"):
        import_model(folder, tmp_path / "out")


def test_a_checksum_that_is_wrong_is_refused(a_model_folder, tmp_path):
    model = import_model(a_model_folder(), tmp_path / "out")
    edit(model.folder / "plans.json", lambda plans: plans.update(plans_name="other"))
    with pytest.raises(EnsembleError, match=r"plans.json is not the file that the model card was written for"):
        import_model(model.folder, tmp_path / "again")


def test_a_damaged_card_is_refused(a_model_folder):
    folder = a_model_folder()
    (folder / "model.json").write_text("[")
    with pytest.raises(EnsembleError, match="the model card is damaged"):
        read_model(folder)


def test_a_place_that_is_taken_is_not_overwritten(a_model_folder, tmp_path):
    shutil.copytree(a_model_folder(), tmp_path / "out")
    with pytest.raises(OutputError, match="nothing is overwritten"):
        import_model(tmp_path / "model", tmp_path / "out")


def test_the_third_class_counts_where_it_is_most_probable(a_model_folder, a_patient, monkeypatch):
    """Tumour at 0.4 beside background at 0.35 is tumour; beside physiological uptake at 0.5 it is not."""
    pet, ct = a_patient((20, 24, 28))
    model = read_model(a_model_folder(labels=("background", "tumour", "physiological"), folds=1))

    def rows(patient, *_arguments):
        size = [part.stop - part.start for part in patient.needed]
        found = torch.tensor([0.35, 0.4, 0.25]).log().reshape(3, 1, 1, 1).repeat(1, *size)
        found[:, : found.shape[1] // 2] = torch.tensor([0.1, 0.4, 0.5]).log().reshape(3, 1, 1, 1)
        yield 0, found

    monkeypatch.setattr(inference, "_rows", rows)
    prediction = predict(model, pet, ct)
    inside = prediction.probability > 0
    assert prediction.probability[inside] == pytest.approx(0.4)
    assert not prediction.tumour[:8].any()
    assert (prediction.tumour[-8:] == inside[-8:]).all()
