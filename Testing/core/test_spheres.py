from __future__ import annotations

import numpy as np

from NENSegmentationLib.core.spheres import Candidates, spread_spheres


def test_the_level_is_the_most_usual_one():
    candidates = Candidates(np.zeros((6, 3)), np.array([5.0, 5.1, 5.2, 20.0, 20.5, 1.0]), np.zeros(6))
    assert candidates.level == 5.1


def test_the_most_even_points_are_chosen_as_far_apart_as_they_can_be():
    along = np.array([[0.0, 0, 0], [35.0, 0, 0], [60.0, 0, 0], [120.0, 0, 0], [150.0, 0, 0]])
    candidates = Candidates(along, np.full(5, 5.0), np.array([0.01, 0.02, 0.03, 0.09, 0.09]))
    assert spread_spheres(candidates, 30.0, 2) == [(0.0, 0.0, 0.0), (60.0, 0.0, 0.0)]


def test_points_of_another_level_are_left_out():
    candidates = Candidates(np.eye(3) * 100, np.array([5.0, 5.0, 9.0]), np.array([0.05, 0.05, 0.01]))
    assert spread_spheres(candidates, 30.0, 3) == [(100.0, 0.0, 0.0), (0.0, 100.0, 0.0)]


def test_a_sphere_in_the_middle_does_not_keep_others_out():
    along = np.array([[-16.0, 0, 0], [0.0, 0, 0], [16.0, 0, 0]])
    candidates = Candidates(along, np.full(3, 5.0), np.array([0.05, 0.01, 0.05]))
    assert spread_spheres(candidates, 30.0, 3) == [(-16.0, 0.0, 0.0), (16.0, 0.0, 0.0)]


def test_nothing_to_choose_from_gives_no_sphere():
    assert spread_spheres(Candidates(np.zeros((0, 3)), np.zeros(0), np.zeros(0)), 30.0, 3) == []
