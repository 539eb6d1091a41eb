from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.attenuation import (
    Projector,
    attenuation_map,
    coarse_grid,
    linear_attenuation,
    survival,
)
from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.tissues import CODES

GRID = Grid.centred((2, 64, 64), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))


def a_disc(radius):
    r, a, _ = GRID.axes
    inside = np.hypot(a[:, None], r[None, :]) < radius
    return np.broadcast_to(inside, GRID.shape).astype(np.float32)


@pytest.mark.parametrize(("hounsfield", "per_mm"), [(-1000, 0.0), (-500, 0.0048), (0, 0.0096), (1000, 0.0149)])
def test_attenuation_follows_the_bilinear_scale(hounsfield, per_mm):
    assert linear_attenuation(np.array([hounsfield]))[0] == pytest.approx(per_mm, rel=0.01)


def test_the_line_through_the_middle_of_a_disc_is_its_diameter():
    lines = Projector(GRID, 8).forward(a_disc(80)).reshape(8, -1, 2)
    np.testing.assert_allclose(lines.max(axis=1), 160, rtol=0.07)


def test_every_direction_sees_the_whole_disc():
    lines = Projector(GRID, 8).forward(a_disc(80)).reshape(8, -1, 2)
    np.testing.assert_allclose(lines.sum(axis=1) * 4.0, a_disc(80)[0].sum() * 16.0, rtol=1e-4)


def test_filtered_back_projection_gives_a_disc_back():
    projector = Projector(GRID, 48)
    image = projector.filtered_back(projector.forward(a_disc(80)))
    assert image[0, 24:40, 24:40].mean() == pytest.approx(1.0, rel=0.03)
    assert image[0, :4].mean() < 0.03


def test_survival_is_an_exponential():
    x = np.linspace(-11.9, 11.9, 500).astype(np.float32)
    np.testing.assert_allclose(survival(x), np.exp(-x.astype(float)), rtol=2e-4)


def test_the_map_has_water_where_the_liver_is_and_nothing_outside_the_ct():
    fine = Grid.centred((4, 60, 60), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    drawing = Drawing(fine, np.full(fine.shape, CODES["liver"], np.uint8), [])
    coarse = coarse_grid(Grid.centred((2, 60, 60), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0)), 8.0)
    found = attenuation_map(drawing, coarse)
    assert found[0, 15, 15] == pytest.approx(0.0101, rel=0.01)
    assert not found[:, :6].any()


def test_a_coarse_grid_covers_the_same_field():
    coarse = coarse_grid(GRID, 8.4)
    assert coarse.shape[1:] == (30, 30)
    assert coarse.shape[1] * coarse.spacing[1] == pytest.approx(256.0)
