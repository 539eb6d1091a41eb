"""The decay interval: the scan's reference time, the time of injection, and the days they fall on."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from NENSegmentationLib.dicom.errors import DicomError, Remedy
from NENSegmentationLib.dicom.suv import suv_conversion

COPPER = {"RadionuclideHalfLife": 45723.6}


def with_ge_scan_time(header, value, creator="GEMS_PETD_01"):
    header.private_block(0x0009, "Somebody Else", create=True).add_new(0x0D, "DT", "20200101000000")
    header.private_block(0x0009, creator, create=True).add_new(0x0D, "DT", value)
    return header


def seconds(*headers, **options):
    return suv_conversion(headers, **options).dt_s


def reference(*headers):
    return suv_conversion(headers).scan_reference


def injection(*headers, **options):
    return suv_conversion(headers, **options).injection


def about_the_date(conversion):
    return [warning for warning in conversion.warnings if "give the day of the injection" in warning]


# --- the scan's reference time


def test_time_of_the_series_is_the_reference_if_it_is_before_the_acquisitions(pet_header):
    found = reference(pet_header(SeriesTime="095500"))
    assert (found.time, found.source) == (
        datetime(2024, 3, 5, 9, 55),
        "SeriesDate (0008,0021) and SeriesTime (0008,0031)",
    )


def test_time_of_the_series_is_the_reference_if_it_is_that_of_the_first_acquisition(pet_header):
    assert seconds(pet_header(0, AcquisitionTime="100300"), pet_header(1, AcquisitionTime="100000")) == 3600


def test_earliest_acquisition_is_the_reference_of_a_series_stamped_later(pet_header):
    headers = [pet_header(k, SeriesTime="120000", AcquisitionTime=clock) for k, clock in enumerate(("1005", "1002"))]
    found = reference(*headers)
    assert found.time == datetime(2024, 3, 5, 10, 2)
    assert found.source == "earliest AcquisitionDate (0008,0022) and AcquisitionTime (0008,0032)"


def test_acquisitions_are_compared_with_their_dates(pet_header):
    later = {"SeriesTime": "120000", "SeriesDate": "20240306", "RadiopharmaceuticalStartTime": "230000"}
    before = pet_header(0, AcquisitionTime="235500", **later)
    after = pet_header(1, AcquisitionDate="20240306", AcquisitionTime="000100", **later)
    assert reference(after, before).time == datetime(2024, 3, 5, 23, 55)


def test_a_microsecond_decides(pet_header):
    assert reference(pet_header(SeriesTime="100000.000001")).source.startswith("earliest")


def test_start_of_scan_of_ge_is_the_reference_of_a_series_stamped_later(pet_header):
    found = reference(with_ge_scan_time(pet_header(SeriesTime="120000"), "20240305095900.00"))
    assert found.time == datetime(2024, 3, 5, 9, 59)
    # The second block of the group, found by its creator.
    assert found.source == "GEMS_PETD_01 (0009,110D)"


def test_start_of_scan_of_ge_does_not_go_before_the_time_of_the_series(pet_header):
    assert reference(with_ge_scan_time(pet_header(), "20240305095900.00")).time == datetime(2024, 3, 5, 10)


def test_start_of_scan_of_another_creator_is_not_used(pet_header):
    header = with_ge_scan_time(pet_header(SeriesTime="120000"), "20240305095900.00", creator="GEMS_OTHER_01")
    assert reference(header).time == datetime(2024, 3, 5, 10)


def test_date_of_ge_that_de_identification_forgot_is_replaced(pet_header):
    conversion = suv_conversion([with_ge_scan_time(pet_header(SeriesTime="120000"), "20240211095900.00")])
    assert conversion.scan_reference.time == datetime(2024, 3, 5, 9, 59)
    assert "(0009,110D)) is 23 days off the acquisition's, so only its time of day was used" in conversion.warnings[0]


def test_date_of_ge_that_is_replaced_may_be_the_day_before(pet_header):
    header = pet_header(
        SeriesTime="120000", AcquisitionTime="000500", RadiopharmaceuticalStartDateTime="20240304230000"
    )
    assert reference(with_ge_scan_time(header, "20240210235900")).time == datetime(2024, 3, 4, 23, 59)


# --- the time of injection


def test_injection_has_the_date_of_the_series(pet_header):
    found = injection(pet_header())
    assert found.time == datetime(2024, 3, 5, 9)
    assert found.source == "RadiopharmaceuticalStartTime (0018,1072) on SeriesDate (0008,0021)"


def test_injection_before_midnight_has_the_day_before(pet_header):
    header = pet_header(SeriesTime="003000", AcquisitionTime="003000", RadiopharmaceuticalStartTime="233000")
    conversion = suv_conversion([header])
    assert conversion.injection.time == datetime(2024, 3, 4, 23, 30)
    assert conversion.injection.source.endswith("a day earlier because that would be after the scan")
    assert (conversion.dt_s, conversion.warnings) == (3600.0, ())


def test_full_date_of_the_injection_goes_first(pet_header):
    found = injection(pet_header(RadiopharmaceuticalStartDateTime="20240305091500.25"))
    assert found.time == datetime(2024, 3, 5, 9, 15, 0, 250000)
    assert found.source == "RadiopharmaceuticalStartDateTime (0018,1078)"


def test_copper_scan_a_day_later_with_a_full_date_has_no_warning(pet_header):
    conversion = suv_conversion([pet_header(RadiopharmaceuticalStartDateTime="20240304090000", **COPPER)])
    assert conversion.dt_s == 25 * 3600
    assert about_the_date(conversion) == []


def test_copper_without_a_date_of_injection_is_taken_for_the_same_day_and_warns(pet_header):
    conversion = suv_conversion([pet_header(**COPPER)])
    assert conversion.dt_s == 3600
    (warning,) = about_the_date(conversion)
    assert "the half-life is 12.7 h: 2024-03-05 was assumed" in warning


def test_given_date_settles_a_copper_scan_a_day_later(pet_header):
    conversion = suv_conversion([pet_header(**COPPER)], injection_date=date(2024, 3, 4))
    assert conversion.dt_s == 25 * 3600
    assert conversion.injection.source == "given date, RadiopharmaceuticalStartTime (0018,1072)"
    assert about_the_date(conversion) == []


def test_half_life_of_six_hours_needs_no_date(pet_header):
    assert about_the_date(suv_conversion([pet_header(RadionuclideHalfLife=6 * 3600)])) == []


def test_given_date_that_the_header_has_too_changes_nothing(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240305090000")
    assert suv_conversion([header], injection_date=date(2024, 3, 5)) == suv_conversion([header])


def test_given_date_goes_before_another_one_in_the_header_and_warns(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240211090000")
    conversion = suv_conversion([header], injection_date=date(2024, 3, 5))
    assert conversion.dt_s == 3600
    assert conversion.warnings == (
        "The header dates the injection 2024-02-11; the given date, 2024-03-05, was used instead.",
    )


def test_missing_time_of_injection_is_refused(pet_header):
    message = (
        r"the time of injection is missing, both RadiopharmaceuticalStartDateTime \(0018,1078\) and "
        r"RadiopharmaceuticalStartTime \(0018,1072\)"
    )
    with pytest.raises(DicomError, match=message):
        suv_conversion([pet_header(RadiopharmaceuticalStartTime="")])


def test_missing_time_of_injection_is_refused_with_a_given_date_too(pet_header):
    with pytest.raises(DicomError, match="the time of injection is missing"):
        suv_conversion([pet_header(RadiopharmaceuticalStartTime=None)], injection_date=date(2024, 3, 5))


# --- the interval


def test_injection_after_the_scan_is_refused(pet_header):
    message = (
        r"the injection \(2024-03-05 10:00:01, from RadiopharmaceuticalStartDateTime \(0018,1078\)\) is after the scan "
        r"\(2024-03-05 10:00:00, .*give the day of the injection"
    )
    with pytest.raises(DicomError, match=message) as refusal:
        suv_conversion([pet_header(RadiopharmaceuticalStartDateTime="20240305100001")])
    assert refusal.value.remedy is Remedy.INJECTION_DATE


def test_injection_at_the_time_of_the_scan_is_no_decay(pet_header):
    assert seconds(pet_header(RadiopharmaceuticalStartTime="100000")) == 0


def test_more_than_ten_half_lives_are_refused(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240305095000", RadionuclideHalfLife=59)
    with pytest.raises(DicomError, match=r"is 10\.2 half-lives before the scan"):
        suv_conversion([header])


def test_ten_half_lives_are_not_refused(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240305095000", RadionuclideHalfLife=60)
    assert suv_conversion([header]).decay_factor == pytest.approx(2**-10)


def test_given_date_after_the_scan_is_refused(pet_header):
    with pytest.raises(DicomError, match="is after the scan"):
        suv_conversion([pet_header()], injection_date=date(2024, 3, 6))


# --- the clock


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("090000", 3600),
        ("0900", 3600),
        ("090000.5", 3599.5),
        ("085959.999999", 3600.000001),
        ("09:00:00", 3600),
    ],
)
def test_times_of_day_are_understood(pet_header, stored, expected):
    header = pet_header()
    header.RadiopharmaceuticalInformationSequence[0].add_new("RadiopharmaceuticalStartTime", "LO", stored)
    assert seconds(header) == pytest.approx(expected, abs=1e-9)


def test_dates_of_old_files_are_understood(pet_header):
    header = pet_header()
    header.add_new("SeriesDate", "LO", "2024.03.05")
    assert seconds(header) == 3600


@pytest.mark.parametrize(
    ("stored", "zone"),
    [
        ("20240305090000+0100", "+0100"),
        ("20240305080000+0000", "+0100"),
        ("20240305033000-0430", "+0100"),
        ("20240304230000-0900", "+0100"),
        ("20240305090000", "+0100"),
    ],
)
def test_injection_of_another_time_zone_is_put_on_the_scanners_clock(pet_header, stored, zone):
    header = pet_header(RadiopharmaceuticalStartDateTime=stored, TimezoneOffsetFromUTC=zone)
    conversion = suv_conversion([header])
    assert (conversion.dt_s, conversion.warnings) == (3600.0, ())


def test_time_zone_that_the_series_lacks_warns(pet_header):
    conversion = suv_conversion([pet_header(RadiopharmaceuticalStartDateTime="20240305090000+0100")])
    assert conversion.dt_s == 3600
    (warning,) = conversion.warnings
    assert "(0018,1078) has a time zone, but the series has none (TimezoneOffsetFromUTC (0008,0201))" in warning


@pytest.mark.parametrize(
    ("keyword", "stored", "kind"),
    [
        ("SeriesDate", "20241305", "date"),
        ("SeriesDate", "5 March", "date"),
        ("SeriesTime", "250000", "time"),
        ("AcquisitionDate", "2024", "date"),
        ("AcquisitionTime", "noon", "time"),
        ("RadiopharmaceuticalStartTime", "09", "time"),
        ("RadiopharmaceuticalStartDateTime", "2024030509", "date and time"),
    ],
)
def test_unreadable_times_are_refused(pet_header, keyword, stored, kind):
    header = pet_header()
    injected = header.RadiopharmaceuticalInformationSequence[0]
    (injected if keyword.startswith("Radio") else header).add_new(keyword, "LO", stored)
    with pytest.raises(DicomError, match=rf'{keyword} \(.*\) is "{stored}", which is no {kind}\.'):
        suv_conversion([header])


def test_impossible_part_of_a_date_and_time_is_refused(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240230090000")
    with pytest.raises(DicomError, match=r'StartDateTime \(0018,1078\) is "20240230", which is no date'):
        suv_conversion([header])


def test_unreadable_time_zone_is_refused(pet_header):
    header = pet_header(RadiopharmaceuticalStartDateTime="20240305090000+0100", TimezoneOffsetFromUTC="CET")
    with pytest.raises(DicomError, match=r'TimezoneOffsetFromUTC \(0008,0201\) is "CET", which is no time zone'):
        suv_conversion([header])
