from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

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
        ("heart", 450, 1200),
        ("brain", 900, 1900),
        ("pancreas", 25, 130),
        ("thyroid_gland", 3, 30),
        ("adrenal_gland_left", 1, 8),
        ("pituitary_gland", 0.2, 1.5),
        ("parotid_gland_left", 6, 35),
        ("submandibular_gland_right", 2, 12),
        ("lacrimal_gland_left", 0.2, 2),
        ("ureter_left", 1.5, 15),
        ("esophagus", 15, 60),
    ],
)
def test_organs_have_human_volumes(volumes, organ, least, most):
    assert all(least < volume < most for volume in volumes(organ))


def test_every_organ_is_there(tissues):
    labels = {tissue.organ for tissue in TISSUES if (tissues == CODES[tissue.name]).any()}
    assert set(ORGANS) - labels == {"uterus"}


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
    middle = np.abs(GRID.axes[0]) < 60
    assert (tissues[-1][:80, middle] == CODES["air"]).all()


def test_a_slab_shows_what_the_whole_shows(an_anatomy, tissues):
    np.testing.assert_array_equal(an_anatomy.tissues(GRID.slab(100, 110)), tissues[100:110])


@pytest.fixture(scope="module", params=[1, 2, 7])
def a_body(request):
    """The tissues and the build of a patient at 5 mm."""
    seeds = Seeds(request.param)
    build = Build.drawn(seeds)
    return Anatomy(seeds, build).tissues(Grid.centred((220, 110, 130), (5.0,) * 3, (0.0, -10.0, 0.0))), build


@pytest.mark.parametrize(
    "organ", ["liver", "spleen", "kidney_left", "kidney_right", "heart", "brain", "urinary_bladder"]
)
def test_an_organ_is_one_piece(a_body, organ):
    numbers, _ = ndimage.label(codes_of(organ)[a_body[0]], np.ones((3, 3, 3)))
    sizes = np.bincount(numbers.ravel())[1:]
    assert sizes.max() > 0.98 * sizes.sum()


def test_inner_organs_lie_under_the_skin(a_body):
    inner = codes_of("liver", "spleen", "kidney_left", "kidney_right", "stomach", "small_bowel", "colon", "heart")
    around = ndimage.binary_dilation(inner[a_body[0]], iterations=1)
    assert not (around & codes_of("air", "skin")[a_body[0]]).any()


def test_a_patient_has_a_prostate_or_a_uterus(a_body):
    tissues, build = a_body
    there = {organ for organ in ("prostate", "uterus") if codes_of(organ)[tissues].any()}
    assert there == {"prostate" if build.sex == "M" else "uterus"}


def test_arms_lie_beside_the_head_or_beside_the_trunk(a_body):
    tissues, build = a_body
    heights = np.argwhere(codes_of("forearm_left", "forearm_right")[tissues])[:, 0]
    head = np.argwhere(codes_of("brain")[tissues])[:, 0].mean()
    assert (heights.mean() > head) == build.arms_up


def test_arms_are_up_in_most_patients_and_down_in_some():
    up = [Build.drawn(Seeds(seed)).arms_up for seed in range(100)]
    assert 55 <= sum(up) <= 85


def test_a_tracer_given_to_one_sex_only_sets_the_sex():
    assert {Build.drawn(Seeds(seed), "M").sex for seed in range(6)} == {"M"}


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
