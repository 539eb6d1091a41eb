"""The reference region while it is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scene.reading import small_patient

from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
from NENSegmentationLib.scene.region_choice import RegionChoice, is_same_region

# In the body of the small patient, between its lesions; RAS mm.
PLACE = (-10.0, 0.0, -440.0)


@pytest.fixture
def region():
    return region_from_spheres(small_patient(), Organ.LIVER, [PLACE], 20.0)


@pytest.fixture
def proposed(region):
    choice = RegionChoice()
    choice.take(replace(region, warnings=("The spleen is small.",)))
    return choice


def test_nothing_is_chosen_at_first():
    assert RegionChoice().spheres == []


def test_a_point_is_the_centre_of_a_sphere():
    choice = RegionChoice(diameter_mm=20.0)
    choice.place(PLACE)
    (sphere,) = choice.spheres
    assert (sphere.centre_ras, sphere.diameters_mm) == (PLACE, (20.0,) * 3)


def test_the_first_point_of_the_reader_takes_the_place_of_a_proposal(proposed):
    proposed.place((1.0, 2.0, 3.0))
    assert proposed.centres == [(1.0, 2.0, 3.0)]


def test_further_points_are_added():
    choice = RegionChoice()
    choice.place(PLACE)
    choice.place((1.0, 2.0, 3.0))
    assert choice.centres == [PLACE, (1.0, 2.0, 3.0)]


def test_a_proposal_that_is_moved_is_the_readers_own(proposed):
    proposed.move(0, (1.0, 2.0, 3.0))
    assert proposed.proposed_warnings is None


def test_the_sphere_under_a_point_is_found_and_beside_it_none(proposed):
    right, anterior, superior = PLACE
    assert proposed.hit((right + 9.0, anterior, superior)) == 0
    assert proposed.hit((right + 11.0, anterior, superior)) is None


def test_nothing_is_hit_where_nothing_is_placed():
    assert RegionChoice().hit(PLACE) is None


def test_a_region_is_the_same_in_the_same_place_of_the_same_organ(region):
    pet = small_patient()
    assert is_same_region(region, region_from_spheres(pet, Organ.LIVER, [PLACE], 20.0))
    assert not is_same_region(region, region_from_spheres(pet, Organ.SPLEEN, [PLACE], 20.0))
    assert not is_same_region(region, region_from_spheres(pet, Organ.LIVER, [(-10.0, 0.0, -438.0)], 20.0))
