"""What may be given to an ensemble, and what is said of a CT that is too short."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.volume import voxels
from NENSegmentationLib.ensemble import worker
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.images import checked_body, covered_part
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.model import read_model


def changed(image, change):
    array = voxels(image).copy()
    change(array)
    made = sitk.GetImageFromArray(array)
    made.CopyInformation(image)
    return made


def test_the_body_of_a_pet_in_suv_is_found(a_patient):
    assert checked_body(a_patient((20, 24, 28))[0]).any()


@pytest.mark.parametrize("shape", [(1, 40, 40), (3, 40, 40), (40, 40, 5)])
def test_a_pet_that_is_too_small_is_refused(shape, a_patient):
    pet, _ = a_patient((40, 40, 40))
    k, j, i = shape
    with pytest.raises(EnsembleError, match=r"too little to see a body in\. Give the whole PET"):
        checked_body(pet[:i, :j, :k])


def test_a_pet_in_becquerel_is_refused(a_patient):
    with pytest.raises(EnsembleError, match=r"which is no SUV\. Give a PET in SUV, not in Bq/mL"):
        checked_body(a_patient((20, 24, 28))[0] * 3000)


def test_a_pet_with_hardly_any_uptake_is_refused(a_patient):
    with pytest.raises(EnsembleError, match=r"hardly a voxel reaches SUV 0\.1"):
        checked_body(a_patient((20, 24, 28))[0] * 0.001)


def test_a_pet_with_a_voxel_that_is_no_number_is_refused(a_patient):
    pet = changed(a_patient((20, 24, 28))[0], lambda array: array.__setitem__((3, 4, 5), np.nan))
    with pytest.raises(MethodError, match="the PET: 1 voxels are not finite numbers"):
        checked_body(pet)


def test_a_ct_with_a_voxel_that_is_no_number_is_refused(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    ct = changed(ct, lambda array: array.__setitem__((3, 4, 5), np.inf))
    with pytest.raises(EnsembleError, match="1 voxels of the CT are not finite numbers"):
        predict(read_model(a_model_folder()), pet, ct)


def test_a_ct_that_covers_the_pet_covers_all_of_the_body(a_patient):
    pet, ct = a_patient((20, 24, 28))
    assert covered_part(checked_body(pet), pet, ct) == 1


def test_half_a_ct_covers_half_of_the_body(a_patient):
    pet, ct = a_patient((20, 24, 28))
    assert covered_part(checked_body(pet), pet, ct[:, :, :10]) == pytest.approx(0.5, abs=0.01)


def test_a_ct_beside_the_body_is_refused(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    ct.SetOrigin((0, 0, 1000))
    with pytest.raises(EnsembleError, match="the CT lies nowhere where the body in the PET is"):
        predict(read_model(a_model_folder()), pet, ct)


def test_a_model_of_pet_alone_looks_at_no_ct(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    ct.SetOrigin((0, 0, 1000))
    model = read_model(a_model_folder(channels=("PET",)))
    assert predict(model, pet, ct).ct_part == 1


def test_how_much_of_the_body_has_no_ct_is_said():
    assert worker._coverage(0.995) == []
    assert worker._coverage(0.75)[0].startswith("There is no CT for 25 % of the body in the PET")
