from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from NENSegmentationLib.phantom import sites
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.lesions import Necrosis, Tumour, grown_tumours, number_of_lesions
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.shapes import Ellipsoid
from NENSegmentationLib.phantom.sites import SITES, radius_of
from NENSegmentationLib.phantom.tissues import codes_of

LIVER = int(codes_of("liver").argmax())
SMALL = Grid.centred((40, 40, 40), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def tumours(an_anatomy):
    return grown_tumours(Seeds(3), an_anatomy, 60)


def a_ball(necrosis=None, texture=None):
    ball = Ellipsoid((0.0, 0.0, 0.0), (12.0, 12.0, 12.0))
    return Tumour(SITES[0], (0.0, 0.0, 0.0), 7.24, 20.0, ball, texture, necrosis)


def in_liver(grid):
    return np.full(grid.shape, LIVER, np.uint8)


def test_six_tenths_of_the_number_of_lesions_have_median_25_and_interquartile_range_41():
    numbers = [number_of_lesions(Seeds(seed)) for seed in range(2000)]
    low, median, high = 0.6 * np.quantile(numbers, (0.25, 0.5, 0.75))
    assert median == pytest.approx(25, abs=2)
    assert high - low == pytest.approx(41, abs=5)
    assert min(numbers) >= 1


def test_as_many_lesions_grow_as_were_asked_for(tumours, an_anatomy):
    assert len(tumours) == 60
    assert grown_tumours(Seeds(3), an_anatomy, 0) == []


def test_volumes_and_uptake_keep_their_limits(tumours):
    assert all(0.1 <= tumour.volume_ml <= 50 for tumour in tumours)
    assert all(1.5 <= tumour.suv <= 150 for tumour in tumours)


def test_volumes_have_a_heavy_tail(tumours):
    volumes = [tumour.volume_ml for tumour in tumours]
    assert 0.4 < np.median(volumes) < 1.4
    assert max(volumes) > 10 * np.median(volumes)


def test_lesions_grow_at_every_site(tumours):
    assert {tumour.site.name for tumour in tumours} == {site.name for site in SITES}


def test_the_middle_of_a_lesion_lies_at_its_site(tumours, an_anatomy):
    for tumour in tumours:
        around = an_anatomy.tissues(Grid.centred((7, 7, 7), (1.0, 1.0, 1.0), tumour.centre))
        assert codes_of(*tumour.site.home)[around].any()


def test_the_cores_of_lesions_do_not_overlap(tumours):
    for one, other in combinations(tumours, 2):
        apart = np.linalg.norm(np.subtract(one.centre, other.centre))
        assert apart > 0.7 * (radius_of(one.volume_ml) + radius_of(other.volume_ml)) - 4


def test_some_lesions_are_confluent(tumours):
    def gap(one, other):
        apart = np.linalg.norm(np.subtract(one.centre, other.centre))
        return apart / (radius_of(one.volume_ml) + radius_of(other.volume_ml))

    assert any(gap(one, other) < 1.1 for one, other in combinations(tumours, 2))


def test_some_large_lesions_are_necrotic_and_small_ones_are_not(tumours):
    assert any(tumour.necrosis for tumour in tumours)
    assert not any(tumour.necrosis for tumour in tumours if tumour.volume_ml < 3)


def test_a_necrotic_centre_is_colder_than_its_rim_and_of_lower_density():
    drawn = a_ball(Necrosis(depth_mm=5.0, uptake=0.1)).drawn(SMALL, in_liver(SMALL))
    k, j, i = (np.arange(cut.start, cut.stop) - 19.5 for cut in drawn.box)
    away = np.sqrt(k[:, None, None] ** 2 + j[:, None] ** 2 + i**2)
    np.testing.assert_allclose(drawn.uptake[away < 5], 2.0, rtol=1e-5)
    np.testing.assert_allclose(drawn.uptake[(away > 8) & (away < 12)], 20.0)
    np.testing.assert_allclose(drawn.hounsfield[away < 5], 18.0)


def test_a_lesion_without_necrosis_and_texture_is_uniform():
    drawn = a_ball().drawn(SMALL, in_liver(SMALL))
    assert (drawn.uptake == 20.0).all()


def test_a_lesion_fills_its_volume_where_its_tissue_allows(tumours):
    largest = next(tumour for tumour in tumours if tumour.site.name == "liver")
    grid = Grid.centred((110, 110, 110), (1.0, 1.0, 1.0), largest.centre)
    filled = largest.drawn(grid, in_liver(grid)).filled
    assert filled.sum() * grid.voxel_ml == pytest.approx(largest.volume_ml, rel=0.06)


def test_a_lesion_stops_at_the_border_of_its_tissue():
    tissues = np.zeros(SMALL.shape, np.uint8)
    tissues[:, :, :20] = LIVER
    drawn = a_ball().drawn(SMALL, tissues)
    inside = np.zeros(SMALL.shape, np.float32)
    inside[drawn.box] = drawn.filled
    assert inside[:, :, :20].any()
    assert not inside[:, :, 20:].any()


def test_lesions_off_the_grid_fill_nothing(tumours):
    grid = Grid.centred((4, 4, 4), (2.0, 2.0, 2.0), (900.0, 0.0, 0.0))
    assert tumours[0].drawn(grid, np.zeros(grid.shape, np.uint8)).filled.size == 0


def test_more_lesions_than_there_is_room_for_are_refused(an_anatomy, monkeypatch):
    monkeypatch.setattr(sites, "_CLEAR_OF_HOT_ORGANS_MM", 100.0)
    monkeypatch.setattr(sites, "TOUCHING", 0.0)
    with pytest.raises(PhantomError, match="The patient has room for 0 lesions, not for 5"):
        grown_tumours(Seeds(3), an_anatomy, 5)


def test_a_ball_of_liver_stays_healthy(tumours, an_anatomy):
    healthy = sites.Ground(an_anatomy, Seeds(3))._healthy
    for tumour in tumours:
        if tumour.site.name == "liver":
            apart = np.linalg.norm(np.subtract(tumour.centre, healthy))
            assert apart > radius_of(tumour.volume_ml) + 25
