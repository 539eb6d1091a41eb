"""Images prepared against nnU-Net's own preprocessing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnunetv2.inference.sliding_window_prediction import compute_gaussian, compute_steps_for_sliding_window
from nnunetv2.preprocessing.preprocessors.default_preprocessor import DefaultPreprocessor
from nnunetv2.utilities.plans_handling.plans_handler import PlansManager
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.ensemble import preprocessing
from NENSegmentationLib.ensemble.model import NORMALIZATIONS, read_model
from NENSegmentationLib.ensemble.plans import read_plan
from NENSegmentationLib.ensemble.preprocessing import nonzero_box, prepared, resampled
from NENSegmentationLib.ensemble.windows import window_weights, windows


def volumes(shape, seed=0):
    """Two channels with a rim of zeros and a hole of zeros in them."""
    generator = np.random.default_rng(seed)
    made = generator.uniform(0, 255, (2, *shape)).astype(np.float32)
    made[:, :2], made[:, :, -3:] = 0, 0
    made[:, shape[0] // 2, shape[1] // 2, shape[2] // 2] = 0
    return made


def both_ways(folder, data, step):
    """Return what nnU-Net makes of the data, and what we do."""
    model = read_model(folder)
    manager = PlansManager(json.loads((folder / "plans.json").read_text()))
    theirs, _, _ = DefaultPreprocessor(verbose=False).run_case_npy(
        data, None, {"spacing": list(step)}, manager, manager.get_configuration("3d_fullres"), model.dataset
    )
    plan = read_plan(model)
    channels = [channel.transpose(plan.forward) for channel in data]
    crop = nonzero_box(channels)
    ours = prepared([channel[crop] for channel in channels], plan, tuple(step[axis] for axis in plan.forward))
    return theirs, ours


def change(folder, **settings):
    path = folder / "plans.json"
    plans = json.loads(path.read_text())
    plans["configurations"]["3d_fullres"].update(settings)
    path.write_text(json.dumps(plans))


GRIDS = {
    "the grid is the same": ((4.0, 4.0, 4.0), (16, 16, 16), (4.0, 4.0, 4.0)),
    "finer": ((4.0, 4.0, 4.0), (16, 16, 16), (3.0, 2.5, 2.0)),
    "coarser": ((3.0, 2.0, 2.0), (16, 16, 16), (4.0, 3.0, 3.5)),
    "thick slices, resampled apart": ((12.0, 2.0, 2.0), (8, 24, 24), (8.0, 3.0, 3.0)),
    "thick slices of the network": ((9.0, 2.0, 2.0), (8, 24, 24), (3.0, 3.0, 3.0)),
    "single slices": ((3.0, 3.0), (32, 32), (4.0, 2.0, 2.0)),
}


@pytest.mark.parametrize("transpose", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_the_image_is_nnunets(grid, transpose, a_model_folder):
    spacing, patch, step = grid
    folder = a_model_folder(spacing=spacing, patch=patch, transpose=transpose)
    theirs, ours = both_ways(folder, volumes((20, 24, 28)), step)
    assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("within_mask", [False, True])
@pytest.mark.parametrize("scheme", NORMALIZATIONS)
def test_every_scheme_scales_as_nnunets_does(scheme, within_mask, a_model_folder):
    folder = a_model_folder()
    change(folder, normalization_schemes=[scheme, "CTNormalization"], use_mask_for_norm=[within_mask, False])
    theirs, ours = both_ways(folder, volumes((20, 24, 28)), (3.0, 3.0, 3.0))
    assert_allclose(ours, theirs, atol=2e-5)


@pytest.mark.parametrize("size", [(37, 20, 30), (150, 9, 11), (100, 12, 10)])
def test_slabs_are_the_whole(size, monkeypatch):
    volume = volumes((100, 12, 10))[0]
    whole = resampled(volume, size)
    monkeypatch.setattr(preprocessing, "_SLAB_VOXELS", 700)
    assert_allclose(resampled(volume, size), whole, rtol=1e-6, atol=1e-4)


def test_what_is_given_is_not_changed(a_model_folder):
    plan = read_plan(read_model(a_model_folder()))
    channels = [channel.copy() for channel in volumes((20, 24, 28))]
    before = [channel.copy() for channel in channels]
    prepared(channels, plan, (4.0, 4.0, 4.0))
    assert_array_equal(channels, before)


@pytest.mark.parametrize("patch", [(16, 16, 16), (8, 24, 24), (5, 7, 64), (32, 32)])
def test_the_weights_of_a_window_are_nnunets(patch):
    theirs = compute_gaussian(patch, sigma_scale=1 / 8, value_scaling_factor=10, device=torch.device("cpu"))
    assert_array_equal(window_weights(patch), theirs.float().numpy())


@settings(max_examples=60, deadline=None)
@given(st.integers(16, 400), st.integers(2, 16))
def test_windows_start_where_nnunets_do(length, size):
    shape, patch = (length, 24, 16), (size, 16, 16)
    starts = compute_steps_for_sliding_window(shape, patch, 0.5)
    found = windows(shape, patch)
    assert [sorted({window[axis].start for window in found}) for axis in range(3)] == starts
