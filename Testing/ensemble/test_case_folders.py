from __future__ import annotations

import json

import pytest
import SimpleITK as sitk
from ensemble.small_cases import small_case, write_case

from NENSegmentationLib.ensemble.case_folders import case_folders
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request


@pytest.fixture(scope="module")
def a_cohort(tmp_path_factory):
    """Two digital patients, one of them a negative control."""
    folder = tmp_path_factory.mktemp("cohort")
    write_patient(folder / "control", Request(seed=3, lesions=0, voxel=(8.0, 8.0, 8.0)))
    write_patient(folder / "ill", Request(seed=3, lesions=12, voxel=(8.0, 8.0, 8.0)))
    return folder


def test_digital_patients_are_cases_with_their_reference_segmentation(a_cohort):
    control, ill = (folder.read() for folder in case_folders(a_cohort))
    assert (control.name, control.is_negative, sitk.GetArrayFromImage(control.lesions).any()) == (
        "control", True, False,
    )  # fmt: skip
    assert not ill.is_negative
    reference = sitk.ReadImage(str(a_cohort / "ill" / "truth" / "reference.nii.gz"))
    assert (sitk.GetArrayFromImage(ill.lesions) == sitk.GetArrayFromImage(reference)).all()


def test_a_digital_patient_has_its_liver_threshold(a_cohort):
    described = json.loads((a_cohort / "ill" / "truth" / "patient.json").read_text())
    assert case_folders(a_cohort)[1].read().threshold == described["liver"]["threshold"]


def test_corrected_results_beside_a_pet_are_a_case(tmp_path):
    place = write_case(tmp_path, small_case("p1"))
    (place / "summary.json").write_text(json.dumps({"threshold": 9.5}))
    (case,) = (folder.read() for folder in case_folders(tmp_path))
    assert (case.name, case.threshold, case.is_negative) == ("p1", 9.5, False)
    assert case.ct is not None


def test_an_empty_file_says_that_a_case_is_a_negative_control(tmp_path):
    case = small_case("p1")
    (write_case(tmp_path, case) / "negative").touch()
    assert case_folders(tmp_path)[0].read().is_negative


def test_hidden_folders_and_files_are_passed_over(tmp_path):
    write_case(tmp_path, small_case("p1"))
    (tmp_path / ".partial").mkdir()
    (tmp_path / "cohort.csv").touch()
    assert [folder.name for folder in case_folders(tmp_path)] == ["p1"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EnsembleError, match="there is no such folder"):
        case_folders(tmp_path / "nothing")


def test_a_folder_without_cases_is_refused(tmp_path):
    with pytest.raises(EnsembleError, match="there is no folder of a case in it"):
        case_folders(tmp_path)


def test_a_case_without_lesions_is_refused(tmp_path):
    (write_case(tmp_path, small_case("p1")) / "lesions.nii.gz").unlink()
    with pytest.raises(EnsembleError, match="p1: there are no lesions"):
        case_folders(tmp_path)


def test_a_case_whose_pet_cannot_be_read_is_named(tmp_path):
    (write_case(tmp_path, small_case("p1")) / "pet.nrrd").write_text("no image")
    with pytest.raises(EnsembleError, match=r"^p1: .*pet.nrrd"):
        case_folders(tmp_path)[0].read()


def test_a_damaged_summary_is_named(tmp_path):
    (write_case(tmp_path, small_case("p1")) / "summary.json").write_text("{")
    with pytest.raises(EnsembleError, match=r"summary.json: the file is damaged"):
        case_folders(tmp_path)[0].read()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", r"summary.json: this is no description of a case"),
        ('{"threshold": "9"}', r"summary.json: the threshold is '9'. Give a number above 0"),
        ('{"threshold": NaN}', r"summary.json: the threshold is nan"),
        ('{"threshold": true}', r"summary.json: the threshold is True"),
    ],
)
def test_a_summary_with_an_impossible_threshold_is_named(text, words, tmp_path):
    (write_case(tmp_path, small_case("p1")) / "summary.json").write_text(text)
    with pytest.raises(EnsembleError, match=words):
        case_folders(tmp_path)[0].read()


@pytest.mark.parametrize("text", ['{"seed": 1}', '{"liver": 3}', '{"liver": {}}'])
def test_a_digital_patient_without_its_threshold_is_named(text, tmp_path):
    truth = write_case(tmp_path, small_case("p1")) / "truth"
    truth.mkdir()
    (truth / "patient.json").write_text(text)
    with pytest.raises(EnsembleError, match=r"patient.json: the threshold is"):
        case_folders(tmp_path)[0].read()


def test_a_case_that_was_made_by_the_ensemble_has_no_threshold(tmp_path):
    (write_case(tmp_path, small_case("p1")) / "summary.json").write_text('{"threshold": null}')
    assert case_folders(tmp_path)[0].read().threshold is None


@pytest.mark.parametrize(("have", "more"), [("lesions.nii.gz", "lesions.nrrd"), ("pet.nrrd", "pet.nii.gz")])
def test_two_files_of_which_either_could_be_meant_are_refused(have, more, tmp_path):
    place = write_case(tmp_path, small_case("p1"))
    sitk.WriteImage(sitk.ReadImage(str(place / have)), str(place / more))
    with pytest.raises(EnsembleError, match=f"p1: {have} and {more} are there. Take all but one away"):
        case_folders(tmp_path)[0].read()
