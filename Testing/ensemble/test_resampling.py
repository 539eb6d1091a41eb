from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnunetv2.preprocessing.resampling.default_resampling import resample_data_or_seg_to_shape
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.ensemble.resampling import interpolated, linear_axis, read_by


def test_two_voxels_become_four():
    found = interpolated(torch.tensor([[[[0.0, 8.0]]]]), [linear_axis(1, 1), linear_axis(1, 1), linear_axis(2, 4)])
    assert found.flatten().tolist() == [0, 2, 6, 8]


def test_an_axis_that_keeps_its_size_is_left_alone():
    assert linear_axis(3, 3).is_identity


def test_the_nearest_voxel_is_taken_where_slices_are_resampled_apart():
    axis = linear_axis(3, 6, nearest=True)
    assert axis.low.tolist() == [0, 0, 1, 1, 2, 2]


@settings(max_examples=40, deadline=None)
@given(before=st.tuples(*[st.integers(2, 9)] * 3), after=st.tuples(*[st.integers(2, 9)] * 3), seed=st.integers(0, 99))
def test_it_is_nnunets_resampling_of_probabilities(before, after, seed):
    logits = np.random.default_rng(seed).normal(size=(2, *before)).astype(np.float32)
    expected = resample_data_or_seg_to_shape(
        logits, after, (1, 1, 1), (1, 1, 1), is_seg=False, order=1, order_z=0, force_separate_z=False
    )
    axes = [linear_axis(one, other) for one, other in zip(before, after, strict=True)]
    assert_allclose(interpolated(torch.from_numpy(logits), axes), expected, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(before=st.tuples(*[st.integers(2, 7)] * 3), after=st.tuples(*[st.integers(2, 7)] * 3), seed=st.integers(0, 99))
def test_voxels_that_are_not_read_change_nothing(before, after, seed):
    generator = np.random.default_rng(seed)
    wanted = generator.random(after) < 0.1
    axes = [linear_axis(one, other) for one, other in zip(before, after, strict=True)]
    volume = generator.normal(size=(1, *before)).astype(np.float32)
    altered = np.where(read_by(wanted, axes, before), volume, 1000).astype(np.float32)
    found, same = (interpolated(torch.from_numpy(array), axes)[0].numpy() for array in (volume, altered))
    assert_array_equal(found[wanted], same[wanted])


@pytest.mark.parametrize(("part", "expected"), [(slice(0, 2), [0, 2]), (slice(2, 4), [6, 8])])
def test_a_part_of_the_output_is_interpolated_alone(part, expected):
    axes = [linear_axis(1, 1), linear_axis(1, 1), linear_axis(2, 4).part(part)]
    assert interpolated(torch.tensor([[[[0.0, 8.0]]]]), axes).flatten().tolist() == expected
