from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.dicom.regions import Region, lesions_of, one_line, origin_named, remark


@pytest.fixture
def pet() -> sitk.Image:
    """One row of ten voxels."""
    return sitk.GetImageFromArray(np.ones((1, 1, 10), np.float32))


def region(name: str, *voxels: int, **more: object) -> Region:
    return Region(name, np.array(voxels, np.intp), **more)


def names_of(lesion_map) -> list[str]:
    return [lesion.name for lesion in lesion_map.lesions.values()]


def test_a_connected_region_is_one_lesion_with_its_name_and_colour(pet):
    lesion_map, warnings = lesions_of(pet, [region("liver", 2, 3, colour=(1.0, 0.0, 0.5))])
    assert_array_equal(lesion_map.labels, [[[0, 0, 1, 1, 0, 0, 0, 0, 0, 0]]])
    assert lesion_map.lesions[1].name == "liver"
    assert lesion_map.lesions[1].colour == (1.0, 0.0, 0.5)
    assert warnings == ()


def test_further_parts_are_numbered_by_size_and_have_colours_of_their_own(pet):
    lesion_map, _ = lesions_of(pet, [region("bone", 0, 2, 3, 4, 6, 7, colour=(1.0, 0.0, 0.5))])
    assert_array_equal(lesion_map.labels, [[[3, 0, 1, 1, 1, 0, 2, 2, 0, 0]]])
    assert names_of(lesion_map) == ["bone", "bone (2)", "bone (3)"]
    assert len({lesion.colour for lesion in lesion_map.lesions.values()}) == 3


def test_the_name_of_a_part_is_no_other_regions_name(pet):
    lesion_map, _ = lesions_of(pet, [region("bone", 0, 2), region("bone (2)", 5)])
    assert names_of(lesion_map) == ["bone", "bone (3)", "bone (2)"]


def test_a_region_without_a_voxel_is_no_lesion(pet):
    assert not lesions_of(pet, [region("nothing")])[0].lesions


def test_voxels_of_two_regions_go_to_the_smaller_and_it_is_said(pet):
    lesion_map, warnings = lesions_of(pet, [region("focus", 3, 4), region("organ", 2, 3, 4, 5)])
    assert_array_equal(lesion_map.labels, [[[0, 0, 2, 1, 1, 3, 0, 0, 0, 0]]])
    assert warnings == ("Regions overlap, organ and focus for one. Voxels that went to the smaller of two: 2.",)


def test_a_region_that_others_cover_is_left_out_and_it_is_said(pet):
    lesion_map, warnings = lesions_of(pet, [region("all", 1, 2), region("one", 1), region("other", 2)])
    assert names_of(lesion_map) == ["one", "other"]
    assert warnings[1] == "Left out, because smaller regions cover them: all."


def test_lesions_of_this_program_come_back_whole_with_their_ids_and_origin(pet):
    regions = [
        region("a", 0, 5, lesion_id=7, origin=Origin.ENSEMBLE),
        region("b", 2, lesion_id=3, origin=Origin.THRESHOLD),
    ]
    lesion_map, _ = lesions_of(pet, regions)
    assert_array_equal(lesion_map.labels, [[[7, 0, 3, 0, 0, 7, 0, 0, 0, 0]]])
    assert [lesion.origin for lesion in lesion_map.lesions.values()] == [Origin.THRESHOLD, Origin.ENSEMBLE]


@pytest.mark.parametrize("id_", [0, -1, 2**31 - 1])
def test_an_id_that_no_lesion_has_is_not_believed(pet, id_):
    assert list(lesions_of(pet, [region("a", 2, lesion_id=id_)])[0].lesions) == [1]


def test_ids_that_repeat_are_not_believed(pet):
    assert list(lesions_of(pet, [region("a", 2, lesion_id=5), region("b", 4, lesion_id=5)])[0].lesions) == [1, 2]


@pytest.mark.parametrize(
    ("description", "origin"),
    [("NENSegmentation threshold", Origin.THRESHOLD), ("NENSegmentation x", None), ("Brand threshold", None)],
)
def test_only_this_programs_origins_are_recognised(description, origin):
    assert origin_named(description) is origin


def test_a_remark_names_three_regions_and_counts_the_rest():
    assert remark("Cut", list("abcde")) == ("Cut: a, b, c and 2 more.",)


def test_a_name_stands_on_one_line():
    assert one_line("liver\n\t segment\x00 4 ") == "liver segment 4"
