"""The ensemble's prediction against nnU-Net's own predictor, run fold by fold."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from nnunetv2.inference import predict_from_raw_data
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core.body import body_mask
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import predict
from NENSegmentationLib.ensemble.lesions import predicted_lesions
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.network import has_bfloat16
from NENSegmentationLib.ensemble.windows import Mode


class _SinglePrecision:
    """PyTorch, in which half precision is single: nnU-Net adds its windows up in half precision."""

    half = torch.float32

    def __getattr__(self, name):
        return getattr(torch, name)


@pytest.fixture
def nnunet_in_single_precision(monkeypatch):
    monkeypatch.setattr(predict_from_raw_data, "torch", _SinglePrecision())


def nnunet_probabilities(folder, pet, ct, *, mirroring=False, folds=(0, 1)):
    """Return nnU-Net's own probability of tumour of each fold, shape (fold, k, j, i)."""
    image = np.stack([sitk.GetArrayFromImage(pet), sitk.GetArrayFromImage(ct)])
    found = []
    for fold in folds:
        predictor = predict_from_raw_data.nnUNetPredictor(
            use_mirroring=mirroring,
            device=torch.device("cpu"),
            perform_everything_on_device=False,
            allow_tqdm=False,
        )
        predictor.initialize_from_trained_model_folder(str(folder), (fold,))
        spacing = list(pet.GetSpacing())[::-1]
        _, probabilities = predictor.predict_single_npy_array(image, {"spacing": spacing}, None, None, True)
        found.append(probabilities[1])
    return np.array(found)


GRIDS = {
    "the network's grid is the PET's": ((4.0, 4.0, 4.0), (16, 16, 16), (40, 36, 44), (4.0, 4.0, 4.0)),
    "the PET is finer": ((4.0, 4.0, 4.0), (16, 16, 16), (60, 50, 44), (3.0, 2.0, 2.0)),
    "the PET is coarser": ((5.0, 2.0, 2.0), (8, 24, 24), (30, 40, 44), (4.0, 3.0, 3.0)),
    "thick slices are resampled apart": ((12.0, 2.0, 2.0), (8, 24, 24), (30, 40, 44), (8.0, 3.0, 3.0)),
    "the network sees single slices": ((3.0, 3.0), (32, 32), (20, 40, 44), (4.0, 2.0, 2.0)),
    "the window is larger than the image": ((4.0, 4.0, 4.0), (48, 48, 48), (40, 36, 44), (4.0, 4.0, 4.0)),
}


@pytest.mark.usefixtures("nnunet_in_single_precision")
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_exact_probabilities_inside_the_body_are_the_mean_of_nnunets(grid, a_patient, a_model_folder):
    spacing, patch, shape, step = grid
    pet, ct = a_patient(shape, step)
    folder = a_model_folder(spacing=spacing, patch=patch)
    prediction = predict(read_model(folder), pet, ct, mode=Mode.EXACT)
    expected = nnunet_probabilities(folder, pet, ct)[(slice(None), *prediction.box)]
    inside = body_mask(pet)[prediction.box]
    assert_allclose(prediction.probability[inside], expected.mean(axis=0)[inside], atol=1e-5)
    assert_allclose(prediction.disagreement[inside], expected.std(axis=0)[inside], atol=1e-5)


def test_exact_probabilities_agree_with_nnunets_half_precision(a_patient, a_model_folder):
    pet, ct = a_patient()
    folder = a_model_folder()
    prediction = predict(read_model(folder), pet, ct, mode=Mode.EXACT)
    expected = nnunet_probabilities(folder, pet, ct).mean(axis=0)[prediction.box]
    inside = body_mask(pet)[prediction.box]
    assert_allclose(prediction.probability[inside], expected[inside], atol=2e-3)


@pytest.mark.usefixtures("nnunet_in_single_precision")
def test_mirroring_is_nnunets(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    folder = a_model_folder(folds=1)
    prediction = predict(read_model(folder), pet, ct, mode=Mode.EXACT, mirroring=True)
    expected = nnunet_probabilities(folder, pet, ct, mirroring=True, folds=(0,))[0][prediction.box]
    inside = body_mask(pet)[prediction.box]
    assert_allclose(prediction.probability[inside], expected[inside], atol=1e-5)


@pytest.mark.usefixtures("nnunet_in_single_precision")
def test_axes_that_the_plans_transpose_come_back(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    folder = a_model_folder(transpose=(2, 0, 1))
    prediction = predict(read_model(folder), pet, ct, mode=Mode.EXACT)
    expected = nnunet_probabilities(folder, pet, ct).mean(axis=0)[prediction.box]
    inside = body_mask(pet)[prediction.box]
    assert_allclose(prediction.probability[inside], expected[inside], atol=1e-5)


@pytest.mark.usefixtures("nnunet_in_single_precision")
def test_channels_are_matched_by_their_names(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    folder = a_model_folder(channels=("CT", "PET"))
    swapped = predict(read_model(folder), pet, ct, mode=Mode.EXACT)
    expected = nnunet_probabilities(folder, ct, pet).mean(axis=0)[swapped.box]
    inside = body_mask(pet)[swapped.box]
    assert_allclose(swapped.probability[inside], expected[inside], atol=1e-5)


def test_a_ct_on_another_grid_is_resampled_to_the_pet(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    model = read_model(a_model_folder())
    finer = sitk.Resample(
        ct, [56, 48, 40], sitk.Transform(), sitk.sitkLinear, (-1, -1, -1), (2, 2, 2), ct.GetDirection()
    )
    back = sitk.Resample(finer, pet, sitk.Transform(), sitk.sitkLinear, -1024.0)
    assert_array_equal(predict(model, pet, finer).probability, predict(model, pet, back).probability)


def test_outside_the_body_nothing_is_tumour(a_patient, a_model_folder):
    pet, ct = a_patient()
    prediction = predict(read_model(a_model_folder()), pet, ct)
    outside = ~body_mask(pet)[prediction.box]
    assert outside.any()
    assert not prediction.tumour[outside].any()
    assert prediction.probability[outside].max() == 0


class EndedError(Exception):
    """What a progress function raises ends the prediction."""


@pytest.mark.parametrize(("mode", "count"), [(Mode.EXACT, 2 * 73), (Mode.FAST, 2 * 60)])
def test_fast_lays_its_windows_over_the_body_only(mode, count, a_patient, a_model_folder):
    def end(_done, total):
        raise EndedError(total)

    with pytest.raises(EndedError) as ended:
        predict(read_model(a_model_folder()), *a_patient((16, 64, 96)), mode=mode, progress=end)
    assert ended.value.args == (count,)


def test_progress_counts_the_windows_of_all_folds(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    seen = []
    predict(read_model(a_model_folder()), pet, ct, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, seen[-1][1] + 1))
    assert seen[-1][1] % 2 == 0


@pytest.mark.skipif(not has_bfloat16(), reason="the processor has no bfloat16")
def test_fast_on_a_window_that_holds_the_whole_body_differs_by_rounding_only(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    model = read_model(a_model_folder(patch=(32, 32, 32)))
    fast, exact = (predict(model, pet, ct, mode=mode) for mode in (Mode.FAST, Mode.EXACT))
    assert np.abs(fast.probability - exact.probability).mean() < 0.05


def test_one_fold_does_not_disagree_with_itself(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    prediction = predict(read_model(a_model_folder(folds=1)), pet, ct)
    assert prediction.disagreement.max() == 0


def test_each_predicted_lesion_has_the_mean_probability_of_its_voxels(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    prediction = predict(read_model(a_model_folder()), pet, ct)
    lesion_map = predicted_lesions(prediction, pet)
    lesion = lesion_map.lesions[1]
    voxels = lesion_map.labels[prediction.box] == 1
    assert lesion.probability == pytest.approx(prediction.probability[voxels].mean())
    assert lesion.disagreement == pytest.approx(prediction.disagreement[voxels].mean())
    assert lesion.origin.value == "ensemble"


def test_a_model_of_pet_and_ct_refuses_a_pet_alone(a_patient, a_model_folder):
    pet, _ = a_patient((20, 24, 28))
    with pytest.raises(EnsembleError, match="but there is no CT"):
        predict(read_model(a_model_folder()), pet)


def test_a_pet_without_uptake_is_refused(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    with pytest.raises(MethodError, match="the PET: no voxel is above zero"):
        predict(read_model(a_model_folder()), pet * 0, ct)


def test_weights_of_another_network_are_refused(a_patient, a_model_folder):
    pet, ct = a_patient((20, 24, 28))
    folder = a_model_folder()
    other = a_model_folder("other", labels=("background", "tumour", "physiological"))
    (folder / "fold_1" / "checkpoint_final.pth").write_bytes((other / "fold_1" / "checkpoint_final.pth").read_bytes())
    with pytest.raises(EnsembleError, match="the weights of fold 1 do not fit the network"):
        predict(read_model(folder), pet, ct)
