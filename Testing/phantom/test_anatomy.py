from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.anatomy import Anatomy
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.grid import Block, Grid
from NENSegmentationLib.phantom.part import Painter, Part
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.shapes import Ellipsoid
from NENSegmentationLib.phantom.tissues import CODES, ORGANS, TISSUES, codes_of

GRID = Grid.centred((263, 130, 150), (4.0, 4.0, 4.0), (0.0, -10.0, 0.0))


@pytest.fixture(scope="module")
def tissues(an_anatomy):
    return an_anatomy.tissues(GRID)


@pytest.fixture(scope="module")
def middle_of(tissues):
    def middle(organ):
        k, j, i = np.argwhere(codes_of(organ)[tissues]).mean(axis=0)
        return GRID.first[0] - 4 * i, GRID.first[1] - 4 * j, GRID.first[2] + 4 * k

    return middle


@pytest.fixture(scope="module")
def volumes(tissues):
    other = Seeds(11)
    drawn = (tissues, Anatomy(other, Build.drawn(other)).tissues(GRID))
    return lambda organ: [codes_of(organ)[each].sum() * GRID.voxel_ml for each in drawn]


@pytest.mark.parametrize(
    ("organ", "least", "most"),
    [
        ("liver", 900, 2300),
        ("spleen", 70, 350),
        ("kidney_left", 80, 260),
        ("kidney_right", 80, 260),
        ("stomach", 100, 600),
        ("urinary_bladder", 20, 400),
        ("lung_left", 1000, 3500),
        ("lung_right", 1000, 4000),
        ("heart", 400, 950),
        ("brain", 900, 1900),
        ("pancreas", 25, 130),
        ("thyroid_gland", 3, 30),
        ("adrenal_gland_left", 1, 8),
        ("pituitary_gland", 0.2, 1.5),
    ],
)
def test_organs_have_human_volumes(volumes, organ, least, most):
    assert all(least < volume < most for volume in volumes(organ))


def test_every_organ_is_there(tissues):
    labels = {tissue.organ for tissue in TISSUES if (tissues == CODES[tissue.name]).any()}
    assert set(ORGANS) - labels <= {"prostate"}


def test_organs_lie_where_they_belong(middle_of):
    assert middle_of("liver")[0] > 40
    assert middle_of("spleen")[0] < -60
    assert middle_of("heart")[0] < 0
    assert middle_of("kidney_right")[0] > 40 > -40 > middle_of("kidney_left")[0]
    assert middle_of("kidney_left")[1] < middle_of("stomach")[1]
    heights = [middle_of(organ)[2] for organ in ("urinary_bladder", "kidney_right", "liver", "lung_right", "brain")]
    assert heights == sorted(heights)


def test_the_liver_lies_under_the_right_lung(tissues):
    liver, lung = codes_of("liver")[tissues], codes_of("lung_right")[tissues]
    columns = liver.any(axis=0) & lung.any(axis=0) & (GRID.axes[0] > 20)
    top_of_liver = liver.shape[0] - np.argmax(liver[::-1], axis=0)
    top_of_lung = lung.shape[0] - np.argmax(lung[::-1], axis=0)
    assert columns.sum() > 100
    assert (top_of_lung >= top_of_liver)[columns].all()


def test_air_surrounds_the_patient(tissues):
    assert (tissues[:, :, [0, -1]] == CODES["air"]).all()
    assert (tissues[-1] == CODES["air"])[:90].all()


def test_a_slab_shows_what_the_whole_shows(an_anatomy, tissues):
    np.testing.assert_array_equal(an_anatomy.tissues(GRID.slab(100, 110)), tissues[100:110])


def test_a_part_displaces_only_the_tissues_that_it_names():
    steps = np.arange(-2, 3, dtype=np.float32)
    first = Part("first", Ellipsoid((0, 0, 0), (1.5, 9, 9)), (("liver", 0.0),), ("air",))
    second = Part("second", Ellipsoid((0, 0, 0), (9, 9, 9)), (("spleen", 0.0),), ("air",))
    painted = Painter(Seeds(1), [first, second]).paint(Block.of((steps, steps[2:3], steps[2:3])))
    assert painted.ravel().tolist() == [CODES[x] for x in ("spleen", "liver", "liver", "liver", "spleen")]


def test_layers_begin_at_their_depth():
    steps = np.arange(-4, 5, 2, dtype=np.float32)
    part = Part("bone", Ellipsoid((0, 0, 0), (5, 5, 5)), (("sternum_cortex", 0.0), ("sternum_marrow", 2.0)), ("air",))
    painted = Painter(Seeds(1), [part]).paint(Block.of((steps, steps[2:3], steps[2:3])))
    cortex, marrow = CODES["sternum_cortex"], CODES["sternum_marrow"]
    assert painted.ravel().tolist() == [cortex, marrow, marrow, marrow, cortex]


def test_an_unknown_tissue_is_an_error():
    with pytest.raises(KeyError, match="livre"):
        codes_of("livre")
