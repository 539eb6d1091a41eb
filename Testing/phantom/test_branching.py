from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from NENSegmentationLib.phantom.branching import Tree, grown_tree
from NENSegmentationLib.phantom.grid import Block
from NENSegmentationLib.phantom.ribs import rib_parts
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.shapes import Ellipsoid
from NENSegmentationLib.phantom.trunk import CHEST

BALL = Ellipsoid((0, 0, 0), (40, 40, 40))


@pytest.fixture(scope="module")
def a_tree() -> Tree:
    return grown_tree(Seeds(1).stream("tree"), (0.0, 0.0, -36.0), BALL, 60, 5.0, 1.5, 4.0)


def test_a_tree_begins_at_its_root_with_the_thickest_stem(a_tree):
    assert a_tree.points[0].tolist() == [0.0, 0.0, -36.0]
    assert a_tree.radii[0] == 5.0
    assert a_tree.radii.min() == 1.5


def test_branches_are_no_thicker_than_their_stem(a_tree):
    assert (a_tree.radii <= a_tree.radii[a_tree.parents]).all()


def test_tips_lie_inside_the_solid(a_tree):
    tips = np.setdiff1d(np.arange(len(a_tree.points)), a_tree.parents)
    assert len(tips) > 10
    assert (np.linalg.norm(a_tree.points[tips], axis=1) < 45).all()


def test_a_tree_is_one_piece(a_tree):
    steps = np.arange(-44, 45, dtype=np.float32)
    _, pieces = ndimage.label(a_tree.distance(Block.of((steps, steps, steps))) < 0.5, np.ones((3, 3, 3)))
    assert pieces == 1


def test_stems_above_a_radius_are_a_tree_of_their_own(a_tree):
    stems = a_tree.thicker_than(2.0, 0.5)
    assert (stems.radii >= 1.0).all()
    assert (stems.parents < len(stems.points)).all()
    assert a_tree.thicker_than(9.0, 0.5) is None


def test_there_are_twelve_ribs_on_each_side():
    ribs = next(part for part in rib_parts(Seeds(1), CHEST) if part.name == "ribs")
    steps = [np.arange(low, high, 2).astype(np.float32) for low, high in ribs.shape.bounds]
    numbers, _ = ndimage.label(ribs.shape.distance(Block.of(tuple(steps))) < 0)
    large = np.flatnonzero(np.bincount(numbers.ravel())[1:] > 200) + 1
    right = [np.argwhere(numbers == n)[:, 2].mean() > len(steps[0]) / 2 for n in large]
    assert (right.count(True), right.count(False)) == (12, 12)
