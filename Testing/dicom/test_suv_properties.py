"""What holds for SUV whatever the numbers are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from NENSegmentationLib.dicom.suv import suv_conversion

HALF_LIFE_S = {"68Ga": 4062.6, "18F": 6586.2, "64Cu": 45723.6}
weights = st.floats(2, 300)
doses = st.floats(1e6, 1e9)
factors = st.floats(0.5, 2)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 12, 31)).map(lambda t: t.replace(microsecond=0))
minutes_after = st.integers(0, 600)


def factor_of(*headers):
    return suv_conversion(headers).factor


def stamped(moment):
    return f"{moment:%Y%m%d}", f"{moment:%H%M%S}"


def scanned(pet_header, injected, minutes, k=0, **changes):
    day, clock = stamped(injected + timedelta(minutes=minutes))
    times = {"SeriesDate": day, "SeriesTime": clock, "AcquisitionDate": day, "AcquisitionTime": clock}
    return pet_header(k, RadiopharmaceuticalStartTime=stamped(injected)[1], **times, **changes)


@given(weights, factors)
def test_suv_is_proportional_to_weight(pet_header, weight, times):
    weight, heavier = round(weight, 3), round(weight * times, 3)
    expected = factor_of(pet_header(PatientWeight=weight)) * heavier / weight
    assert factor_of(pet_header(PatientWeight=heavier)) == pytest.approx(expected, rel=1e-12)


@given(doses, factors)
def test_suv_is_inverse_to_dose(pet_header, dose, times):
    dose, larger = round(dose), round(dose * times)
    expected = factor_of(pet_header(RadionuclideTotalDose=dose)) * dose / larger
    assert factor_of(pet_header(RadionuclideTotalDose=larger)) == pytest.approx(expected, rel=1e-12)


@given(moments, st.integers(1, 60))
def test_suv_doubles_with_a_scan_one_half_life_later(pet_header, injected, minutes):
    half_life = {"RadionuclideHalfLife": 3600.0}
    early, late = (scanned(pet_header, injected, m, **half_life) for m in (minutes, minutes + 60))
    assert factor_of(late) == pytest.approx(2 * factor_of(early), rel=1e-12)


@given(st.permutations(range(5)))
def test_suv_does_not_depend_on_the_order_of_slices(pet_header, order):
    headers = [pet_header(k, AcquisitionTime=f"10{k:02}00") for k in range(5)]
    assert suv_conversion([headers[k] for k in order]) == suv_conversion(headers)


@given(moments, minutes_after)
def test_activity_corrected_to_the_administration_gives_the_same_suv(pet_header, injected, minutes):
    at_scan = scanned(pet_header, injected, minutes)
    at_administration = scanned(pet_header, injected, minutes, DecayCorrection="ADMIN")
    # Corrected to an earlier time, the same activity is stored as a larger number.
    stored_larger = 2 ** (minutes * 60 / HALF_LIFE_S["68Ga"])
    assert factor_of(at_administration) * stored_larger == pytest.approx(factor_of(at_scan), rel=1e-12)


@given(moments, minutes_after)
def test_a_full_day_in_the_injection_says_the_same_as_its_time_of_day(pet_header, injected, minutes):
    short = scanned(pet_header, injected, minutes)
    full = scanned(pet_header, injected, minutes, RadiopharmaceuticalStartDateTime="".join(stamped(injected)))
    assert factor_of(full) == factor_of(short)


@given(moments, minutes_after)
def test_midnight_between_injection_and_scan_changes_nothing(pet_header, injected, minutes):
    at_noon = datetime(2024, 3, 5, 12)
    expected = factor_of(scanned(pet_header, at_noon, minutes))
    assert factor_of(scanned(pet_header, injected, minutes)) == pytest.approx(expected, rel=1e-12)
