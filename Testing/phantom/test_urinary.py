from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from NENSegmentationLib.phantom.anatomy import Anatomy
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import codes_of


@pytest.fixture(scope="module", params=[1, 2, 8])
def abdomen(request):
    """Tissues from kidneys to bladder at 2.5 mm."""
    seeds = Seeds(request.param)
    grid = Grid.centred((140, 72, 90), (2.5,) * 3, (0.0, -10.0, -205.0))
    return Anatomy(seeds, Build.drawn(seeds)).tissues(grid)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_ureter_connects_its_kidney_with_the_bladder(abdomen, side):
    tract = codes_of(f"renal_pelvis_{side}", f"ureter_{side}", "urinary_bladder")[abdomen]
    numbers, _ = ndimage.label(tract, np.ones((3, 3, 3)))
    pelvis = set(numbers[codes_of(f"renal_pelvis_{side}")[abdomen]])
    bladder = set(numbers[codes_of("urinary_bladder")[abdomen]])
    assert len(bladder) == 1
    assert bladder <= pelvis


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_renal_pelvis_touches_its_kidney(abdomen, side):
    around = ndimage.binary_dilation(codes_of(f"renal_pelvis_{side}")[abdomen])
    assert (around & codes_of(f"kidney_{side}")[abdomen]).sum() > 20


def test_fat_parts_kidneys_from_liver_and_spleen(abdomen):
    kidneys = ndimage.binary_dilation(codes_of("kidney_left", "kidney_right")[abdomen])
    assert (kidneys & codes_of("liver", "spleen")[abdomen]).sum() < 0.01 * kidneys.sum()
