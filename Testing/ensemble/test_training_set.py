from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from ensemble.small_cases import image, small_case
from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
from numpy.testing import assert_array_equal

from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.training_set import TrainingSet


def test_nnunets_own_check_finds_no_fault(tmp_path):
    training_set = TrainingSet(tmp_path / "Dataset001_NEN")
    for number in range(2):
        training_set.add(small_case(f"case-{number}", number))
    verify_dataset_integrity(str(training_set.folder), num_processes=1)


def test_it_grows_by_a_case(tmp_path):
    training_set = TrainingSet(tmp_path / "set")
    training_set.add(small_case("b"))
    training_set.add(small_case("a"))
    assert training_set.names == ["a", "b"]
    assert json.loads((tmp_path / "set" / "dataset.json").read_text()) == {
        "channel_names": {"0": "PET", "1": "CT"},
        "labels": {"background": 0, "tumour": 1},
        "numTraining": 2,
        "file_ending": ".nii.gz",
    }


def test_lesions_become_one_label_and_the_ct_lies_on_the_pet(tmp_path):
    case = small_case()
    ct = sitk.Resample(case.ct, [14, 13, 12], sitk.Transform(), sitk.sitkLinear, (2, 2, 2), (8, 8, 8))
    numbered = image(sitk.GetArrayFromImage(case.lesions) * 3)
    TrainingSet(tmp_path / "set").add(replace(case, lesions=numbered, ct=ct))
    label = sitk.ReadImage(str(tmp_path / "set" / "labelsTr" / "case.nii.gz"))
    assert_array_equal(sitk.GetArrayFromImage(label), sitk.GetArrayFromImage(case.lesions))
    assert sitk.ReadImage(str(tmp_path / "set" / "imagesTr" / "case_0001.nii.gz")).GetSize() == case.pet.GetSize()


def test_a_case_that_was_half_written_is_not_in_the_set_and_can_be_added(tmp_path, monkeypatch):
    training_set = TrainingSet(tmp_path / "set")
    written = []

    def killed(_self, path, _image):
        written.append(path)
        if path.parent.name == "labelsTr":
            raise KeyboardInterrupt
        path.write_bytes(b"")

    with monkeypatch.context() as patched:
        patched.setattr(TrainingSet, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            training_set.add(small_case())
    assert [path.name for path in written] == ["case_0000.nii.gz", "case_0001.nii.gz", "case.nii.gz"]
    assert training_set.names == []
    training_set.add(small_case("another"))
    verify_dataset_integrity(str(training_set.folder), num_processes=1)
    training_set.add(small_case())
    assert training_set.names == ["another", "case"]


def test_uptake_above_the_threshold_that_is_no_lesion_is_a_class_of_its_own(tmp_path):
    case = small_case(threshold=10.0)
    TrainingSet(tmp_path / "set", physiological=True).add(case)
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "set" / "labelsTr" / "case.nii.gz")))
    pet = sitk.GetArrayFromImage(case.pet)
    assert {label: set(pet[labels == label]) for label in (1, 2)} == {1: {20.0}, 2: {30.0}}


def test_a_negative_control_has_no_lesion(tmp_path):
    case = small_case(is_negative=True)
    TrainingSet(tmp_path / "set").add(replace(case, lesions=case.lesions * 0))
    label = sitk.ReadImage(str(tmp_path / "set" / "labelsTr" / "case.nii.gz"))
    assert not sitk.GetArrayFromImage(label).any()


def shifted(lesions):
    moved = sitk.Image(lesions)
    moved.SetOrigin((5, 0, 0))
    return moved


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda case: replace(case, name="Jane Doe"), "'Jane Doe' is no code name"),
        (lambda case: replace(case, name="../x"), "is no code name"),
        (lambda case: replace(case, ct=None), "there is no CT, and this training set has one"),
        (lambda case: replace(case, lesions=shifted(case.lesions)), "not on the grid of the PET"),
        (lambda case: replace(case, lesions=case.lesions * 0), "there is no lesion. .*an empty file named negative"),
        (lambda case: replace(case, is_negative=True), "there are lesions in a negative control"),
        (
            lambda case: replace(case, lesions=sitk.Cast(case.lesions, sitk.sitkFloat32) * 0.5),
            "values that are no labels",
        ),
        (lambda case: replace(case, lesions=sitk.Cast(case.lesions, sitk.sitkInt16) * -1), "values that are no labels"),
    ],
)
def test_a_case_that_does_not_fit_is_refused_and_leaves_nothing(change, message, tmp_path):
    training_set = TrainingSet(tmp_path / "set")
    with pytest.raises(EnsembleError, match=message):
        training_set.add(change(small_case()))
    assert not training_set.folder.exists()


def test_a_name_that_is_taken_is_refused(tmp_path):
    training_set = TrainingSet(tmp_path / "set")
    training_set.add(small_case())
    with pytest.raises(EnsembleError, match="holds a case case already"):
        training_set.add(small_case(seed=1))


def test_without_a_threshold_physiological_uptake_is_not_known(tmp_path):
    with pytest.raises(EnsembleError, match=r"the patient's threshold is not known.* Put the summary\.json"):
        TrainingSet(tmp_path / "set", physiological=True).add(small_case())


def test_a_set_of_pet_alone_needs_no_ct(tmp_path):
    TrainingSet(tmp_path / "set", ("PET",)).add(replace(small_case(), ct=None))
    assert [path.name for path in (tmp_path / "set" / "imagesTr").iterdir()] == ["case_0000.nii.gz"]
    assert np.isfinite(
        sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "set" / "imagesTr" / "case_0000.nii.gz")))
    ).all()


def test_cut_to_the_body_a_case_keeps_every_lesion_in_its_place(tmp_path):
    case = small_case()
    TrainingSet(tmp_path / "set", to_body=True).add(case)
    label = sitk.ReadImage(str(tmp_path / "set" / "labelsTr" / "case.nii.gz"))
    pet = sitk.ReadImage(str(tmp_path / "set" / "imagesTr" / "case_0000.nii.gz"))
    assert pet.GetSize() == label.GetSize()
    back = sitk.Resample(label, case.lesions, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(case.lesions))
    cut = sitk.Resample(case.pet, pet)
    assert_array_equal(sitk.GetArrayFromImage(cut), sitk.GetArrayFromImage(pet))


def test_a_pet_without_a_body_is_refused_where_the_body_is_cut_out(tmp_path):
    case = small_case()
    air = replace(case, pet=case.pet * 0, lesions=case.lesions * 0, is_negative=True)
    with pytest.raises(EnsembleError, match=r"case: the PET shows no body: nothing reaches SUV 0\.1"):
        TrainingSet(tmp_path / "set", to_body=True).add(air)
