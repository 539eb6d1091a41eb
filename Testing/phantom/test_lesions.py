from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from NENSegmentationLib.phantom import sites
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.lesions import grown_tumours
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.sites import radius_of
from NENSegmentationLib.phantom.tissues import codes_of


@pytest.fixture(scope="module")
def tumours(an_anatomy):
    return grown_tumours(Seeds(3), an_anatomy, 40, 5.0)


def test_as_many_lesions_grow_as_were_asked_for(tumours, an_anatomy):
    assert len(tumours) == 40
    assert grown_tumours(Seeds(3), an_anatomy, 0, 5.0) == []


def test_volumes_and_uptake_keep_their_limits(tumours):
    assert all(0.1 <= tumour.volume_ml <= 30 for tumour in tumours)
    assert all(4 <= tumour.suv <= 90 for tumour in tumours)
    assert any(tumour.suv < 9 for tumour in tumours)
    assert sum(tumour.suv > 9 for tumour in tumours) > 30


def test_lesions_grow_in_liver_nodes_and_bone(tumours):
    assert {tumour.site.name for tumour in tumours} == {"liver", "node", "bone"}


def test_the_middle_of_a_lesion_lies_in_its_tissue(tumours, an_anatomy):
    for tumour in tumours:
        r, a, s = tumour.centre
        around = an_anatomy.tissues(Grid.centred((5, 5, 5), (1.0, 1.0, 1.0), (r, a, s)))
        assert codes_of(*tumour.site.tissues)[around].any()


def test_the_cores_of_lesions_do_not_overlap(tumours):
    for one, other in combinations(tumours, 2):
        apart = np.linalg.norm(np.subtract(one.centre, other.centre))
        assert apart > 0.7 * (radius_of(one.volume_ml) + radius_of(other.volume_ml)) - 4


def test_some_lesions_are_confluent(tumours):
    def gap(one, other):
        apart = np.linalg.norm(np.subtract(one.centre, other.centre))
        return apart / (radius_of(one.volume_ml) + radius_of(other.volume_ml))

    assert any(gap(one, other) < 1.1 for one, other in combinations(tumours, 2))


def test_a_lesion_fills_its_volume_where_its_tissue_allows(tumours):
    largest = next(tumour for tumour in tumours if tumour.site.name == "liver")
    grid = Grid.centred((60, 60, 60), (1.0, 1.0, 1.0), largest.centre)
    _, filled = largest.occupancy(grid, np.full(grid.shape, codes_of("liver").argmax(), np.uint8))
    assert filled.sum() * grid.voxel_ml == pytest.approx(largest.volume_ml, rel=0.05)


def test_a_lesion_stops_at_the_border_of_its_tissue(tumours):
    liver = next(tumour for tumour in tumours if tumour.site.name == "liver")
    grid = Grid.centred((30, 30, 30), (2.0, 2.0, 2.0), liver.centre)
    tissues = np.zeros(grid.shape, np.uint8)
    tissues[:, :, :15] = codes_of("liver").argmax()
    where, filled = liver.occupancy(grid, tissues)
    inside = np.zeros(grid.shape, np.float32)
    inside[where] = filled
    assert inside[:, :, :15].any()
    assert not inside[:, :, 15:].any()


def test_lesions_off_the_grid_fill_nothing(tumours):
    grid = Grid.centred((4, 4, 4), (2.0, 2.0, 2.0), (900.0, 0.0, 0.0))
    assert tumours[0].occupancy(grid, np.zeros(grid.shape, np.uint8))[1].size == 0


def test_more_lesions_than_there_is_room_for_are_refused(an_anatomy, monkeypatch):
    monkeypatch.setattr(sites, "_CLEAR_OF_HOT_ORGANS_MM", 100.0)
    with pytest.raises(PhantomError, match="The patient has room for 0 lesions, not for 5"):
        grown_tumours(Seeds(3), an_anatomy, 5, 5.0)
