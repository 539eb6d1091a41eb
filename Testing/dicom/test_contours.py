"""Polygons along the edges of pixels."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from matplotlib.path import Path as Polygon
from numpy.testing import assert_array_equal
from scipy import ndimage

from NENSegmentationLib.dicom import contours
from NENSegmentationLib.dicom.contours import pixel_edge_polygons


def drawn(*rows):
    """Turn rows of text into a mask: # is inside."""
    return np.array([[character == "#" for character in row] for row in rows])


def lattice(polygon):
    """Count from the upper left corner of the image, in whole numbers."""
    return (polygon + 0.5).astype(int).tolist()


def filled(polygons, shape):
    """Fill with matplotlib's even-odd rule: the pixels whose centres lie inside of an odd number of polygons."""
    centres = np.argwhere(np.ones(shape, bool))
    inside = np.zeros(len(centres), int)
    for polygon in polygons:
        inside += Polygon(np.vstack([polygon, polygon[:1]]), closed=True).contains_points(centres)
    return (inside % 2 == 1).reshape(shape)


RING = drawn("###", "#.#", "###")
TWO_HOLES = drawn("#####", "#.#.#", "#####")
NESTED = drawn("#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######")
PLUS_HOLE = drawn("#####", "##.##", "#...#", "##.##", "#####")
DIAGONAL_HOLES = drawn("####", "#.##", "##.#", "####")
STAIRS_OF_HOLES = drawn("########", "#.##.###", "##.##.##", "#.#.##.#", "########")
LITERALS = [
    drawn("#"),
    drawn("##.", "#..", "#.."),
    RING,
    TWO_HOLES,
    NESTED,
    PLUS_HOLE,
    DIAGONAL_HOLES,
    STAIRS_OF_HOLES,
    drawn("#.", ".#"),
    drawn(".#", "#."),
    drawn("#.#", ".#.", "#.#"),
    drawn("##", "##"),
]


def test_a_pixel_is_a_square_around_its_centre():
    (polygon,) = pixel_edge_polygons(drawn("#"))
    assert_array_equal(polygon, [[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]])


def test_corners_are_given_as_row_and_column():
    (polygon,) = pixel_edge_polygons(drawn("...", "..#"))
    assert_array_equal(polygon, [[0.5, 1.5], [0.5, 2.5], [1.5, 2.5], [1.5, 1.5]])


def test_points_on_a_straight_line_are_left_out():
    (polygon,) = pixel_edge_polygons(drawn("##.", "#..", "#.."))
    assert lattice(polygon) == [[0, 0], [0, 2], [1, 2], [1, 1], [3, 1], [3, 0]]


def test_a_whole_image_is_one_rectangle():
    (polygon,) = pixel_edge_polygons(np.ones((350, 336), bool))
    assert lattice(polygon) == [[0, 0], [0, 336], [350, 336], [350, 0]]


def test_a_hole_is_reached_by_a_keyhole_from_its_left():
    (polygon,) = pixel_edge_polygons(RING)
    outline = [[0, 0], [0, 3], [3, 3], [3, 0]]
    keyhole = [1, 0]
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    assert lattice(polygon) == [*outline, keyhole, *hole, keyhole]


def test_a_hole_behind_another_is_reached_through_it():
    (polygon,) = pixel_edge_polygons(TWO_HOLES)
    corners = lattice(polygon)
    assert corners.count([1, 2]) == 2
    assert corners.count([1, 3]) == 2


def test_holes_that_touch_at_a_corner_share_a_keyhole():
    (polygon,) = pixel_edge_polygons(DIAGONAL_HOLES)
    ends_of_keyholes = [corner for corner in lattice(polygon) if corner[1] == 0 and corner[0] not in (0, 4)]
    assert ends_of_keyholes == [[1, 0], [1, 0]]


def test_an_island_in_a_hole_is_a_polygon_of_its_own():
    outer, island = pixel_edge_polygons(NESTED)
    assert lattice(outer)[0] == [0, 0]
    assert lattice(island)[0] == [2, 2]


def test_pixels_that_touch_at_a_corner_are_polygons_of_their_own():
    first, second = pixel_edge_polygons(drawn("#.", ".#"))
    assert lattice(first) == [[0, 0], [0, 1], [1, 1], [1, 0]]
    assert lattice(second) == [[1, 1], [1, 2], [2, 2], [2, 1]]


def test_pixels_that_touch_at_the_other_corner_are_polygons_of_their_own():
    first, second = pixel_edge_polygons(drawn(".#", "#."))
    assert lattice(first) == [[0, 1], [0, 2], [1, 2], [1, 1]]
    assert lattice(second) == [[1, 0], [1, 1], [2, 1], [2, 0]]


@pytest.mark.parametrize("shape", [(3, 4), (0, 5), (5, 0), (0, 0)])
def test_nothing_has_no_polygon(shape):
    assert pixel_edge_polygons(np.zeros(shape, bool)) == []


@pytest.mark.parametrize("mask", LITERALS)
def test_filling_gives_back_the_mask(mask):
    assert_array_equal(filled(pixel_edge_polygons(mask), mask.shape), mask)


@settings(deadline=None, derandomize=True)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_filling_gives_back_any_mask(mask):
    assert_array_equal(filled(pixel_edge_polygons(mask), mask.shape), mask)


@settings(deadline=None, derandomize=True)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_there_is_one_polygon_for_each_region_of_pixels_with_a_common_edge(mask):
    assert len(pixel_edge_polygons(mask)) == ndimage.label(mask)[1]


@settings(deadline=None, derandomize=True)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_every_side_runs_along_a_row_or_a_column(mask):
    for polygon in pixel_edge_polygons(mask):
        sides = np.roll(polygon, -1, axis=0) - polygon
        assert np.all(np.count_nonzero(sides, axis=1) == 1)


@settings(deadline=None, derandomize=True)
@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_the_enclosed_area_is_the_number_of_pixels(mask):
    area = 0.0
    for polygon in pixel_edge_polygons(mask):
        (row, column), (next_row, next_column) = polygon.T, np.roll(polygon, -1, axis=0).T
        area += (column * next_row - next_column * row).sum() / 2
    assert area == np.count_nonzero(mask)


@pytest.mark.parametrize("mask", [np.zeros((2, 2, 2), bool), np.zeros(3, bool), np.zeros((2, 2), int)])
def test_anything_but_a_flat_mask_is_refused(mask):
    with pytest.raises(ValueError, match="two-dimensional array of bool"):
        pixel_edge_polygons(mask)


def test_the_example_in_the_documentation_is_true():
    assert doctest.testmod(contours).failed == 0
