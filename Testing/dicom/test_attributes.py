"""Attributes read strictly."""

from __future__ import annotations

import pytest
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from NENSegmentationLib.dicom.attributes import named, number, required_number, required_numbers, tag_text, text, texts
from NENSegmentationLib.dicom.errors import DicomError


def stored_as(vr, value, keyword="PatientWeight"):
    """Make a header with an element as it comes from a file, not yet looked into."""
    header = Dataset()
    tag = Tag(keyword)
    header[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    header.filename = "/case/pet7.dcm"
    return header


def test_attribute_is_named_with_its_tag():
    assert named("PatientWeight") == "PatientWeight (0010,1030)"


def test_keyword_that_dicom_does_not_have_is_a_mistake_in_the_code():
    with pytest.raises(ValueError, match="PatientWait is no DICOM keyword"):
        tag_text("PatientWait")


def test_text_is_stripped():
    assert text(stored_as("LO", b" AC PET ", "SeriesDescription"), "SeriesDescription") == "AC PET"


def test_several_values_come_apart():
    assert texts(stored_as("CS", b"DECY\\ATTN ", "CorrectedImage"), "CorrectedImage") == ("DECY", "ATTN")


def test_absent_attributes_are_empty():
    assert (text(Dataset(), "Units"), texts(Dataset(), "Units"), number(Dataset(), "PatientWeight")) == ("", (), None)


def test_empty_attribute_is_absent():
    assert number(stored_as("DS", b""), "PatientWeight") is None


def test_number_of_a_file():
    assert number(stored_as("DS", b"71.50 "), "PatientWeight") == 71.5


def test_bytes_of_a_wrong_length_are_refused():
    with pytest.raises(DicomError, match=r"^pet7\.dcm: Rows \(0028,0010\) cannot be read\. Export the series again"):
        number(stored_as("US", b"abc", "Rows"), "Rows")


@pytest.mark.parametrize("value", [b"heavy ", b"71,5", b"NaN ", b"inf "])
def test_text_that_is_no_finite_number_is_refused(value):
    with pytest.raises(DicomError, match=r"^pet7\.dcm: PatientWeight \(0010,1030\) is \".*\", which is not a number"):
        number(stored_as("DS", value), "PatientWeight")


def test_required_number_that_is_missing_is_refused():
    with pytest.raises(DicomError, match=r"^a slice: RescaleSlope \(0028,1053\) is missing"):
        required_number(Dataset(), "RescaleSlope")


def test_required_numbers_are_counted():
    with pytest.raises(DicomError, match=r"^pet7\.dcm: PixelSpacing \(0028,0030\) has 1 values instead of 2"):
        required_numbers(stored_as("DS", b"2.5 ", "PixelSpacing"), "PixelSpacing", 2)
