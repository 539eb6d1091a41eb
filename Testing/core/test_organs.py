from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.organs import OrganMap, physiological_organ, read_organs


def an_image(dtype: type = np.uint8) -> sitk.Image:
    return sitk.GetImageFromArray(np.array([[[0, 1, 5]]], dtype))


def test_names_are_read_from_the_file_beside_the_map(tmp_path):
    sitk.WriteImage(an_image(), str(tmp_path / "organs.nii.gz"))
    (tmp_path / "organs.json").write_text('{"1": "spleen", "5": "liver"}')
    assert read_organs(tmp_path / "organs.nii.gz").names == {1: "spleen", 5: "liver"}


def test_names_are_read_from_the_segments_of_a_seg_nrrd(tmp_path):
    image = an_image()
    for key, value in {"Segment0_Name": "liver", "Segment0_LabelValue": "5", "Segment1_Name": "spleen"}.items():
        image.SetMetaData(key, value)
    sitk.WriteImage(image, str(tmp_path / "organs.seg.nrrd"))
    assert read_organs(tmp_path / "organs.seg.nrrd").names == {5: "liver"}


def test_the_map_of_totalsegmentator_names_its_117_classes(shared_data):
    path = shared_data / "totalsegmentator_torso" / "example_seg_fast_force_split.nii.gz"
    names = read_organs(path).names
    assert (names[1], names[5], names[21], len(names)) == ("spleen", "liver", "urinary_bladder", 117)


def test_a_map_stored_as_whole_floating_point_numbers_is_read(tmp_path):
    sitk.WriteImage(an_image(np.float32), str(tmp_path / "organs.nii"))
    (tmp_path / "organs.json").write_text('{"5": "liver"}')
    assert_array_equal(read_organs(tmp_path / "organs.nii").mask("liver"), [[[False, False, True]]])


def test_several_organs_are_found_together():
    organs = OrganMap(an_image(), {1: "spleen", 5: "liver"})
    assert_array_equal(organs.mask("liver", "spleen", "heart"), [[[False, True, True]]])


def test_a_map_is_put_on_the_grid_of_a_pet():
    pet = sitk.GetImageFromArray(np.zeros((1, 1, 6), np.float32))
    pet.SetSpacing((0.5, 1, 1))
    pet.SetOrigin((-0.25, 0, 0))
    on_pet = OrganMap(an_image(), {1: "spleen", 5: "liver"}).on_grid(pet)
    assert_array_equal(on_pet.mask("liver"), [[[False] * 4 + [True] * 2]])


@pytest.mark.parametrize(
    ("labels", "organ"),
    [([3, 3, 5], "kidney_left"), ([3, 5, 5], None), ([0, 0], None), ([21, 21, 3, 0], "urinary_bladder"), ([5], None)],
)
def test_half_of_a_lesion_in_physiological_organs_suggests_the_main_one(labels, organ):
    names = {3: "kidney_left", 5: "liver", 21: "urinary_bladder"}
    assert physiological_organ(np.array(labels), names) == organ


@pytest.mark.parametrize(
    ("image", "names", "words"),
    [
        (an_image(), None, r'the labels have no names. Put organs.json beside it, such as {"5": "liver"}'),
        (an_image(), "[1, 2]", "organs.json: this is not a list of organ names"),
        (an_image(), '{"liver": 5}', "organs.json: this is not a list of organ names"),
        (sitk.GetImageFromArray(np.array([[[0.5]]], np.float32)), '{"5": "liver"}', "a label map holds whole numbers"),
    ],
)
def test_what_is_no_organ_map_is_refused_in_words(tmp_path, image, names, words):
    sitk.WriteImage(image, str(tmp_path / "organs.nii.gz"))
    if names is not None:
        (tmp_path / "organs.json").write_text(names)
    with pytest.raises(MethodError, match=words):
        read_organs(tmp_path / "organs.nii.gz")


def test_two_labels_of_one_name_are_one_organ():
    assert physiological_organ(np.array([2, 2, 3, 5]), {2: "kidney", 3: "kidney", 5: "liver"}) == "kidney"
