"""Which PET and which CT of a folder make the case."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import EnhancedPETImageStorage

from NENSegmentationLib.dicom.choice import choose_ct, choose_pet, completeness_warning
from NENSegmentationLib.dicom.errors import DicomError, Remedy
from NENSegmentationLib.dicom.series import Scan

NOT_CORRECTED = {
    "SeriesInstanceUID": "1.2.3.4",
    "SeriesDescription": "PET NAC",
    "CorrectedImage": ["DECY", "SCAT"],
}


def scan_of(*series, files=10, others=()):
    return Scan(Path("/case"), series, files, others)


@pytest.fixture
def a_pet(a_series, pet_header):
    def pet(folder="/case/PET", slices=5, **changes):
        return a_series((pet_header(k, **changes) for k in range(slices)), folder)

    return pet


@pytest.fixture
def a_ct(a_series, ct_header):
    """CT of slices 2 mm apart; the PET has five slices, 4 mm apart, from the same height on."""

    def ct(first=0, slices=9, **changes):
        return a_series((ct_header(first + k, **changes) for k in range(slices)), "/case/CT")

    return ct


def test_only_pet_series_is_chosen(a_pet, a_ct):
    pet = a_pet()
    assert choose_pet(scan_of(a_ct(), pet)) is pet


@pytest.mark.parametrize("order", [1, -1])
def test_series_without_attenuation_correction_is_not_chosen(a_pet, order):
    pet = a_pet()
    assert choose_pet(scan_of(*[a_pet(**NOT_CORRECTED), pet][::order])) is pet


def test_only_series_without_attenuation_correction_is_refused(a_pet):
    message = r'no PET series is corrected for attenuation, CorrectedImage \(0028,0051\) holds no ATTN: "PET NAC"'
    with pytest.raises(DicomError, match=message):
        choose_pet(scan_of(a_pet(**NOT_CORRECTED)))


def test_no_pet_says_what_is_there_instead(a_ct):
    with pytest.raises(
        DicomError, match=r"^case: there is no PET series in the folder; it holds DICOM of CT, RTSTRUCT"
    ):
        choose_pet(scan_of(a_ct(), others=("RTSTRUCT",)))


def test_no_dicom_at_all_says_how_many_files_there_are():
    with pytest.raises(DicomError, match="there is no PET series in the folder; it holds 10 files and no DICOM image"):
        choose_pet(scan_of())


def test_two_studies_are_refused_and_named(a_pet):
    other = {"StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1", "SeriesDescription": "PET follow-up"}
    first, second = a_pet("/case/before"), a_pet("/case/after", **other)
    with pytest.raises(DicomError) as refusal:
        choose_pet(scan_of(first, second))
    assert str(refusal.value) == (
        'case: there are PET series of several studies: "PET AC" (5 images) in the folder before, UID '
        '1.2.826.0.1.3680043.10.3; "PET follow-up" (5 images) in the folder after, UID 1.2.9.1. Give the folder of one '
        "study, or name a series."
    )
    assert refusal.value.remedy is Remedy.SERIES


def test_several_corrected_series_are_refused_and_named(a_pet):
    first, second = a_pet("/case"), a_pet("/case", SeriesInstanceUID="1.2.9.1", SeriesDescription="PET TOF")
    with pytest.raises(DicomError) as refusal:
        choose_pet(scan_of(first, second))
    assert str(refusal.value) == (
        'case: there are 2 attenuation-corrected PET series: "PET AC" (5 images) in the folder case, UID '
        '1.2.826.0.1.3680043.10.3; "PET TOF" (5 images) in the folder case, UID 1.2.9.1. Name one of them.'
    )
    assert refusal.value.remedy is Remedy.SERIES


def test_named_series_is_chosen(a_pet):
    other = a_pet(SeriesInstanceUID="1.2.9.1", StudyInstanceUID="1.2.9")
    assert choose_pet(scan_of(a_pet(), other), "1.2.9.1") is other


def test_named_series_that_is_not_there_is_refused(a_pet):
    with pytest.raises(DicomError, match=r'There is no PET series 1\.2\.7; there are "PET AC" .* Name one of them'):
        choose_pet(scan_of(a_pet()), "1.2.7")


@pytest.mark.parametrize("uid", [None, "1.2.826.0.1.3680043.10.3"])
def test_enhanced_pet_is_refused(a_pet, uid):
    pet = a_pet(SOPClassUID=EnhancedPETImageStorage)
    with pytest.raises(DicomError, match=r"enhanced multi-frame PET is not read\. Export it as single-frame PET"):
        choose_pet(scan_of(pet), uid)


def test_enhanced_pet_beside_a_plain_one_is_passed_over(a_pet):
    plain = a_pet()
    assert choose_pet(scan_of(a_pet(SOPClassUID=EnhancedPETImageStorage, SeriesInstanceUID="1.2"), plain)) is plain


def test_refusals_tell_no_patient_identity(a_pet):
    with pytest.raises(DicomError) as refusal:
        choose_pet(scan_of(a_pet(), a_pet(SeriesInstanceUID="1.2.9.1")))
    assert "secret" not in str(refusal.value).lower()


def test_ct_of_the_pet_is_chosen_without_a_word(a_pet, a_ct):
    ct = a_ct()
    assert choose_ct(scan_of(ct), a_pet()) == (ct, ())


def test_no_ct_is_fine(a_pet):
    assert choose_ct(scan_of(), a_pet()) == (None, ())


def test_ct_that_covers_most_of_the_pet_is_chosen_and_named(a_pet, a_ct):
    whole = a_ct(SeriesDescription="CT AC")
    # Thin slices of the chest are many, but cover two slices of the PET.
    chest = a_ct(SeriesInstanceUID="1.2.5", SeriesDescription="CT chest", slices=4)
    chosen, warnings = choose_ct(scan_of(chest, whole), a_pet())
    assert chosen is whole
    assert warnings == ('Of 2 CT series the one that covers most of the PET was taken: "CT AC" (9 images).',)


def test_of_two_ct_that_cover_the_same_the_one_with_more_slices_is_chosen(a_pet, a_ct, a_series, ct_header):
    thin = a_ct()
    thick = a_series(
        ct_header(k, SeriesInstanceUID="1.2.5", ImagePositionPatient=[-3, -2.5, -10 + 4 * k]) for k in range(5)
    )
    assert choose_ct(scan_of(thick, thin), a_pet())[0] is thin


def test_of_two_equal_ct_the_one_with_the_wider_field_is_chosen(a_pet, a_ct):
    wide = a_ct(PixelSpacing=[1.5, 1.5], SeriesInstanceUID="1.2.5")
    assert choose_ct(scan_of(a_ct(), wide), a_pet())[0] is wide


def test_ct_that_covers_a_part_of_the_pet_warns(a_pet, a_ct):
    _, warnings = choose_ct(scan_of(a_ct(slices=4)), a_pet())
    assert warnings == ('The CT "CT" (4 images) covers only 2 of the 5 slices of the PET.',)


def test_ct_of_the_same_frame_of_reference_goes_first(a_pet, a_ct):
    registered = a_ct(slices=4, SeriesInstanceUID="1.2.5")
    other = a_ct(FrameOfReferenceUID="1.2.6")
    assert choose_ct(scan_of(other, registered), a_pet())[0] is registered


def test_ct_of_another_frame_of_reference_in_the_study_warns(a_pet, a_ct):
    ct = a_ct(FrameOfReferenceUID="1.2.6")
    chosen, (warning,) = choose_ct(scan_of(ct), a_pet())
    assert chosen is ct
    assert "different frames of reference (FrameOfReferenceUID (0020,0052)), so they may not be aligned" in warning


@pytest.mark.parametrize(
    "change",
    [
        {"StudyInstanceUID": "1.2.9", "FrameOfReferenceUID": "1.2.6"},
        {"first": 100},
        {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]},
    ],
)
def test_ct_of_another_study_place_or_orientation_is_not_used(a_pet, a_ct, change):
    chosen, (warning,) = choose_ct(scan_of(a_ct(**change)), a_pet())
    assert chosen is None
    assert warning.startswith('No CT was used: none of "CT" (9 images)')


def test_single_ct_slice_is_no_ct(a_pet, a_ct):
    assert choose_ct(scan_of(a_ct(slices=1)), a_pet()) == (None, ())


def test_fewer_slices_than_stated_warn(a_pet):
    (warning,) = completeness_warning(a_pet(NumberOfSlices=7))
    assert warning == "The PET series has 5 slices, but NumberOfSlices (0054,0081) is 7: its ends may be missing."


@pytest.mark.parametrize("stated", [None, 5])
def test_all_slices_are_no_warning(a_pet, stated):
    assert completeness_warning(a_pet(NumberOfSlices=stated)) == ()
