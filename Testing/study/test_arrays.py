from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.testing import assert_array_equal

from NENSegmentationLib.study.arrays import pack, unpack
from NENSegmentationLib.study.errors import JournalError

BOX = (slice(3, 4), slice(5, 7), slice(9, 11))
SHAPES = array_shapes(min_dims=3, max_dims=3, max_side=9)


@given(st.sampled_from([np.bool_, np.int32]).flatmap(lambda dtype: arrays(dtype, SHAPES)), st.integers(0, 500))
def test_an_array_comes_back_bit_for_bit(array, start):
    box = tuple(slice(start, start + n) for n in array.shape)
    place, back = unpack(pack(box, array))
    assert place == box
    assert back.dtype == array.dtype
    assert_array_equal(back, array)


def test_what_comes_back_may_be_written_to():
    _, back = unpack(pack(BOX, np.ones((1, 2, 2), bool)))
    back[0, 0, 0] = False
    assert not back[0, 0, 0]


def test_a_sphere_of_a_thousand_voxels_takes_a_quarter_of_a_kilobyte_at_most():
    k, j, i = np.ogrid[-6:7, -6:7, -6:7]
    assert len(pack((slice(0, 13),) * 3, k * k + j * j + i * i <= 36)) < 250


def test_an_array_that_does_not_fit_its_box_is_refused():
    with pytest.raises(ValueError, match=r"the array has \(1, 2, 3\) voxels \(k, j, i\), its box \(1, 2, 2\)"):
        pack(BOX, np.ones((1, 2, 3), bool))


def test_an_array_of_another_type_is_refused():
    with pytest.raises(TypeError, match="float64 is neither a mask"):
        pack(BOX, np.ones((1, 2, 2)))


@pytest.mark.parametrize("blob", [b"", b"{}\n", b'{"box":[[0,1],[0,1],[0,1]],"voxels":"mask"}\nnothing'])
def test_other_bytes_are_refused_in_words(blob):
    with pytest.raises(JournalError, match="the array of an edit in the journal cannot be unpacked"):
        unpack(blob)
