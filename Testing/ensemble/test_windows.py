from __future__ import annotations

import numpy as np

from NENSegmentationLib.ensemble.windows import windows, windows_with


def test_windows_overlap_by_half_and_end_at_the_edge():
    assert [window[2].start for window in windows((4, 4, 10), (4, 4, 4))] == [0, 2, 4, 6]


def test_a_network_of_slices_gets_windows_one_slice_thick():
    assert windows((2, 4, 4), (4, 4)) == [
        (slice(0, 1), slice(0, 4), slice(0, 4)),
        (slice(1, 2), slice(0, 4), slice(0, 4)),
    ]


def test_a_window_without_a_voxel_that_is_needed_is_left_out():
    needed = np.zeros((4, 4, 10), bool)
    needed[0, 0, 9] = True
    assert windows_with(needed, windows(needed.shape, (4, 4, 4))) == [(slice(0, 4), slice(0, 4), slice(6, 10))]
