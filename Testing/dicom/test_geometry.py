"""The grid of a stack of slices, and stacks that are none."""

from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.geometry import in_order, stacked


def at(pet_header, *heights, **changes):
    """Make slices at these heights in mm, each with a file name."""
    headers = [pet_header(k, ImagePositionPatient=[-3.0, -2.5, z], **changes) for k, z in enumerate(heights)]
    for k, header in enumerate(headers):
        header.filename = f"/case/slice{k}.dcm"
    return headers


def refused(headers, message):
    with pytest.raises(DicomError, match=message):
        stacked(headers, "PET series")


def test_grid_of_regular_slices(pet_header):
    grid = stacked(at(pet_header, -10, -6, -2), "PET series")
    assert grid.shape == (3, 3, 4)
    assert grid.origin == (-3.0, -2.5, -10.0)
    assert grid.spacing == (2.0, 2.5, 4.0)
    assert grid.direction == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    assert grid.warnings == ()


def test_third_direction_is_the_normal_of_the_slices(pet_header):
    coronal = {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}
    headers = [pet_header(k, ImagePositionPatient=[0, 4 * k, 0], **coronal) for k in range(3)]
    grid = stacked(in_order(headers), "CT series")
    assert grid.direction == (1, 0, 0, 0, 0, 1, 0, -1, 0)
    assert grid.origin == (0, 0, 0)


def test_direction_is_orthonormal_for_rounded_cosines(pet_header):
    oblique = {"ImageOrientationPatient": [0.9998, 0.0, 0.0175, 0.0, 1.0, 0.0]}
    normal = np.array([-0.0175, 0, 0.9998])
    headers = [pet_header(k, ImagePositionPatient=(4 * k * normal).tolist(), **oblique) for k in range(3)]
    direction = np.array(stacked(headers, "PET series").direction).reshape(3, 3)
    np.testing.assert_allclose(direction.T @ direction, np.eye(3), atol=1e-15)


def test_first_and_last_slice_of_uneven_steps_stay_where_they_are(pet_header):
    grid = stacked(at(pet_header, 0, 3.27, 6.54, 9.83, 13.10), "PET series")
    assert grid.spacing[2] == pytest.approx(13.10 / 4)
    assert grid.warnings == ()


def test_steps_within_five_percent_of_the_median_are_regular(pet_header):
    assert stacked(at(pet_header, 0, 4, 8.19, 12.19, 16.19), "PET series").warnings == ()


def test_steps_off_by_more_than_five_percent_warn(pet_header):
    (warning,) = stacked(at(pet_header, 0, 4, 8.21, 12.21, 16.21), "PET series").warnings
    assert warning == (
        "PET series: the slices are 4.00 to 4.21 mm apart. They were placed 4.05 mm apart, which moves none by more "
        "than 0.11 mm."
    )


def test_missing_slice_is_refused(pet_header):
    refused(
        at(pet_header, 0, 4, 12, 16),
        r"slices are missing between slice1\.dcm and slice2\.dcm, which are 8\.00 mm apart where 4\.00 mm is usual",
    )


def test_step_of_one_and_a_half_times_the_median_is_no_gap(pet_header):
    (warning,) = stacked(at(pet_header, 0, 4, 8, 14), "PET series").warnings
    assert "4.00 to 6.00 mm apart" in warning


def test_step_above_one_and_a_half_times_the_median_is_a_gap(pet_header):
    refused(at(pet_header, 0, 4, 8, 14.01), "slices are missing between")


def test_duplicate_slices_are_refused(pet_header):
    refused(
        at(pet_header, 0, 4, 4, 8),
        r"slice1\.dcm and slice2\.dcm are duplicates at one position \(1 such pairs\)",
    )


def test_single_slice_is_refused(pet_header):
    refused(at(pet_header, 0), r"there is only one slice \(slice0\.dcm\)")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ImageOrientationPatient": [0, 1, 0, -1, 0, 0]}, r"ImageOrientationPatient \(0020,0037\)"),
        ({"PixelSpacing": [2.5, 2.01]}, r"PixelSpacing \(0028,0030\)"),
        ({"Rows": 4}, r"Rows \(0028,0010\)"),
        ({"Columns": 5}, r"Columns \(0028,0011\)"),
        ({"FrameOfReferenceUID": "1.2.3"}, r"FrameOfReferenceUID \(0020,0052\)"),
        ({"Rows": 4, "Columns": 5}, r"Rows \(0028,0010\) and Columns \(0028,0011\)"),
    ],
)
def test_mixed_slices_are_refused(pet_header, change, named):
    headers = at(pet_header, 0, 4, 8)
    for keyword, value in change.items():
        setattr(headers[2], keyword, value)
    refused(headers, rf"slices are mixed; slice0\.dcm and slice2\.dcm differ in {named}\. Give a folder with one")


@pytest.mark.parametrize(
    "keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns"]
)
def test_missing_place_is_named_with_its_file(pet_header, keyword):
    headers = at(pet_header, 0, 4, 8)
    delattr(headers[1], keyword)
    refused(headers, rf"^slice1\.dcm: {keyword} \(.*\) is missing")


def test_place_with_too_few_values_is_refused(pet_header):
    headers = at(pet_header, 0, 4, 8)
    headers[1].ImagePositionPatient = [0, 0]
    refused(headers, r"^slice1\.dcm: ImagePositionPatient \(0020,0032\) has 2 values instead of 3")


@pytest.mark.parametrize("axes", [[1, 0, 0, 0, 2, 0], [1, 0, 0, 0.1, 0.995, 0], [0, 0, 0, 0, 0, 0]])
def test_orientation_that_is_no_pair_of_directions_is_refused(pet_header, axes):
    refused(
        at(pet_header, 0, 4, 8, ImageOrientationPatient=axes),
        r"^slice0\.dcm: ImageOrientationPatient \(0020,0037\) is no pair of directions at right angles",
    )


def test_pixels_without_size_are_refused(pet_header):
    refused(at(pet_header, 0, 4, 8, PixelSpacing=[2, 0]), r"^slice0\.dcm: PixelSpacing \(0028,0030\) is not above zero")


def test_tilted_gantry_is_refused(pet_header):
    headers = at(pet_header, 0, 4, 8)
    for k, header in enumerate(headers):
        header.ImagePositionPatient = [-3, -2.5 + k, 4 * k]
    refused(headers, r"the slices are shifted against each other by 2\.0 mm \(a tilted gantry\)")


def test_slices_without_a_place_keep_their_order(pet_header):
    headers = at(pet_header, 8, 4, 0)
    del headers[1].ImagePositionPatient
    assert in_order(headers) == tuple(headers)
