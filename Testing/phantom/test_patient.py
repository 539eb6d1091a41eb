from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_request_gives_the_same_bytes(a_patient, tmp_path):
    write_patient(tmp_path / "again", Request(seed=3, lesions=12, voxel=(8, 8, 8)))
    assert digests(tmp_path / "again") == digests(a_patient)


def test_another_seed_gives_another_patient(a_patient, tmp_path):
    write_patient(tmp_path / "other", Request(seed=4, voxel=(8, 8, 8)))
    other, first = digests(tmp_path / "other"), digests(a_patient)
    same = {name for name in first if other.get(name) == first[name]}
    assert same == {"truth/organs.json"}


def test_a_patient_is_a_folder_of_pet_ct_and_truth(a_patient):
    assert sorted(path.name for path in a_patient.iterdir()) == ["CT", "PET", "truth"]
    assert sorted(path.name for path in (a_patient / "truth").iterdir()) == [
        "lesions.nii.gz",
        "mip-reference.png",
        "mip.png",
        "organs.json",
        "organs.nii.gz",
        "patient.json",
        "reference.nii.gz",
    ]


def test_the_voxel_size_does_not_change_the_lesions(a_patient, parameters_of, tmp_path):
    write_patient(tmp_path / "coarser", Request(seed=3, lesions=12, voxel=(10, 10, 10)))
    first, second = parameters_of(a_patient)["lesions"], parameters_of(tmp_path / "coarser")["lesions"]
    assert [(x["centre_ras"], x["suv"]) for x in first] == [(x["centre_ras"], x["suv"]) for x in second]


def test_a_negative_patient_has_no_lesion_and_an_empty_reference(a_healthy_patient, truth_of, parameters_of):
    assert not truth_of(a_healthy_patient, "lesions").any()
    assert not truth_of(a_healthy_patient, "reference").any()
    assert parameters_of(a_healthy_patient)["lesions"] == []


def test_lesions_leave_the_anatomy_as_it_is(a_patient, a_healthy_patient, truth_of):
    np.testing.assert_array_equal(truth_of(a_patient, "organs"), truth_of(a_healthy_patient, "organs"))


def test_every_lesion_has_its_label(a_patient, truth_of):
    assert set(np.unique(truth_of(a_patient, "lesions"))) == set(range(13))


def test_the_organ_map_names_its_labels_as_totalsegmentator_does(a_patient, truth_of):
    names = json.loads((a_patient / "truth" / "organs.json").read_text())
    assert set(np.unique(truth_of(a_patient, "organs"))) - {0} <= set(map(int, names))
    assert {"liver", "spleen", "kidney_left", "adrenal_gland_right", "urinary_bladder", "vertebrae_L3"} <= set(
        names.values()
    )


def test_the_parameters_say_that_it_is_a_phantom(a_patient, parameters_of):
    assert "Research use, not a medical device" in parameters_of(a_patient)["note"]


def test_the_truth_lies_on_the_grid_of_the_pet(a_patient):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(a_patient / "PET")))
    pet = reader.Execute()
    for name in ("organs", "lesions", "reference"):
        truth = sitk.ReadImage(str(a_patient / "truth" / f"{name}.nii.gz"))
        assert truth.GetSize() == pet.GetSize()
        np.testing.assert_allclose(truth.GetOrigin(), pet.GetOrigin(), atol=1e-3)
        np.testing.assert_allclose(truth.GetSpacing(), pet.GetSpacing(), atol=1e-6)
        np.testing.assert_allclose(truth.GetDirection(), pet.GetDirection(), atol=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"seed": -1}, "The seed is -1. Give a whole number of 0 or more."),
        ({"lesions": -1}, "The number of lesions is -1. Give a whole number from 0 to 500."),
        ({"lesions": 501}, "The number of lesions is 501."),
        ({"voxel": (0.0, 4.0, 4.0)}, "The voxel is 0,4,4 mm. Give three lengths X,Y,Z from 1.5 to 10 mm"),
        ({"voxel": (4.0, 4.0, 50.0)}, "The voxel is 4,4,50 mm."),
        ({"dose": 0.0}, "The dose is 0. Give a part of the full one, from 0.01 to 1."),
        ({"dose": 2.0}, "The dose is 2."),
        ({"voxel": (4.0, 4.0)}, "The voxel is 4,4 mm."),
        ({"voxel": (4.0, 4.0, float("nan"))}, "The voxel is 4,4,nan mm."),
        (
            {"tracer": "f18-fet"},
            "There is no tracer 'f18-fet'. Choose one of: cu64-dotatate, ga68-dotatate, ga68-psma, f18-fdg.",
        ),
    ],
)
def test_a_request_that_makes_no_patient_is_refused(values, words):
    with pytest.raises(PhantomError) as error:
        Request(**values)
    assert str(error.value).startswith(words)


def test_an_existing_folder_is_refused_before_anything_is_made(a_patient):
    before = digests(a_patient)
    with pytest.raises(OutputError, match="exists already"):
        write_patient(a_patient, Request())
    assert digests(a_patient) == before
