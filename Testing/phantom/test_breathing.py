from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.breathing import Breathing
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES

GRID = Grid.centred((300, 1, 1), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
LIVER, LUNG, BONE = (CODES[name] for name in ("liver", "lung_right", "vertebrae_T12_marrow"))


def column(below, above):
    tissues = np.full(GRID.shape, above, np.uint8)
    tissues[:170] = below
    return Drawing(GRID, tissues, [])


def top_of(drawing, tissue):
    return int(np.flatnonzero(drawing.tissues.ravel() == tissue).max())


def test_ranges_are_human():
    drawn = [Breathing.drawn(Seeds(seed), Build.drawn(Seeds(seed))) for seed in range(40)]
    assert all(4 <= x.range_mm <= 18 and -4 <= x.ct_below_mm <= 9 for x in drawn)
    assert np.mean([x.range_mm for x in drawn]) == pytest.approx(10, abs=1.5)


def test_a_cycle_keeps_all_uptake_and_its_mean_place():
    spread = Breathing(12.0, 0.0, 1.0).average(GRID).toarray()
    np.testing.assert_allclose(spread.sum(axis=0), 1.0, atol=1e-5)
    dome = 190
    assert (spread[:, dome] * np.arange(300)).sum() == pytest.approx(dome, abs=0.05)


def test_the_diaphragm_moves_and_the_pelvis_does_not():
    spread = Breathing(12.0, 0.0, 1.0).average(GRID).toarray()
    assert spread[190, 190] < 0.6
    assert spread[10, 10] == 1.0


def test_the_liver_stands_lower_in_a_ct_in_inspiration():
    body = column(LIVER, LUNG)
    assert top_of(Breathing(10.0, 6.0, 1.0).seen_by_ct(body), LIVER) == top_of(body, LIVER) - 3


def test_bone_stands_still_in_the_ct():
    body = column(LIVER, BONE)
    np.testing.assert_array_equal(Breathing(10.0, 6.0, 1.0).seen_by_ct(body).tissues, body.tissues)


def test_a_ct_at_the_mean_place_is_the_patient_itself():
    body = column(LIVER, LUNG)
    assert Breathing(10.0, 0.0, 1.0).seen_by_ct(body) is body
