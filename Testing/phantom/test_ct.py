from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.ct import ct_scan
from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES

GRID = Grid.centred((6, 100, 40), (4.0, 2.0, 4.0), (0.0, -14.0, 0.0))


def line_through(tissue):
    """Scan a block of one tissue; return how its CT number rises to the front (HU a mm), and its mean."""
    tissues = np.full(GRID.shape, CODES[tissue], np.uint8)
    scan = ct_scan(Drawing(GRID, tissues, []), GRID, Seeds(1))
    return np.polyfit(GRID.axes[1] + 14.0, scan.mean(axis=(0, 2)), 1)


@pytest.mark.parametrize("lung", ["lung_left", "lung_right"])
def test_the_lung_is_denser_behind_and_keeps_its_mean(lung):
    rise, mean = line_through(lung)
    assert rise == pytest.approx(-0.4, abs=0.06)
    assert mean == pytest.approx(-852, abs=8)


def test_the_liver_is_as_dense_in_front_as_behind():
    rise, _ = line_through("liver")
    assert rise == pytest.approx(0, abs=0.02)
