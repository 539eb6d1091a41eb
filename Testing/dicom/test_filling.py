from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from NENSegmentationLib.dicom.contours import pixel_edge_polygons
from NENSegmentationLib.dicom.filling import filled_pixels


def square(low: float, high: float) -> np.ndarray:
    return np.array([(low, low), (low, high), (high, high), (high, low)])


def mask_of(polygons, shape=(5, 5)) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask.reshape(-1)[filled_pixels(polygons, shape)] = True
    return mask


def test_a_polygon_holds_the_pixels_whose_centres_are_inside():
    triangle = np.array([(0.4, 0.5), (3.6, 0.5), (3.6, 3.7)])
    assert_array_equal(np.argwhere(mask_of([triangle])), [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)])


def test_a_polygon_inside_another_is_a_hole():
    mask = mask_of([square(-0.5, 4.5), square(0.5, 3.5)])
    assert mask.sum() == 25 - 9
    assert not mask[2, 2]


def test_polygons_side_by_side_add_up():
    assert mask_of([square(-0.5, 0.5), square(2.5, 4.5)]).sum() == 1 + 4


def test_the_direction_of_the_walk_does_not_matter():
    assert_array_equal(mask_of([square(0.2, 3.3)[::-1]]), mask_of([square(0.2, 3.3)]))


def test_a_slanting_keyhole_leaves_no_trace():
    hole = square(1.5, 2.5)[::-1]
    outer = square(-0.5, 4.5)
    keyhole = np.concatenate([outer, outer[:1], hole, hole[:1]])
    assert_array_equal(mask_of([keyhole]), mask_of([outer, hole]))


def test_centres_on_the_rim_belong_to_the_left_and_the_upper_side_only():
    assert_array_equal(np.argwhere(mask_of([square(1, 3)])), [(1, 1), (1, 2), (2, 1), (2, 2)])


def test_neighbours_that_share_an_edge_share_no_pixel():
    left = np.array([(0, 0), (0, 2), (4, 3), (4, 0)], float)
    right = np.array([(0, 2), (0, 5), (4, 5), (4, 3)], float)
    assert not np.any(mask_of([left]) & mask_of([right]))
    assert_array_equal(mask_of([left]) | mask_of([right]), mask_of([np.array([(0, 0), (0, 5), (4, 5), (4, 0)], float)]))


def test_what_reaches_outside_is_cut_off():
    assert mask_of([square(-1e6, 1e6)]).all()


@pytest.mark.parametrize("far", [square(7, 9), square(-9, -7), np.add(square(1, 2), (0, 50))])
def test_a_polygon_outside_holds_nothing(far):
    assert not mask_of([far]).any()


@pytest.mark.parametrize("points", [[], [(2, 2)], [(1, 1), (3, 3)]])
def test_fewer_than_three_points_hold_nothing(points):
    assert not mask_of([np.reshape(points, (-1, 2)).astype(float)]).any()


def test_no_polygon_holds_nothing():
    assert not mask_of([]).any()


@pytest.mark.parametrize("seed", range(5))
def test_the_outline_of_a_mask_gives_the_mask_back(seed):
    mask = np.random.default_rng(seed).random((17, 23)) < 0.6
    assert_array_equal(mask_of(pixel_edge_polygons(mask), mask.shape), mask)


def test_a_contour_of_many_edges_is_filled_in_pieces(monkeypatch):
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    circle = 2.3 + 1.8 * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    expected = mask_of([circle])
    monkeypatch.setattr("NENSegmentationLib.dicom.filling._CROSSINGS_AT_ONCE", 7)
    assert_array_equal(mask_of([circle]), expected)
