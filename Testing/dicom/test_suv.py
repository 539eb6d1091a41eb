"""The conversion to SUVbw: units, corrections, and what is refused."""

from __future__ import annotations

import json

import pytest

from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.suv import suv_conversion

SUV_FACTOR, ACTIVITY_FACTOR = 0x00, 0x09


def with_philips_factors(header, *, block_start=0x10, **factors):
    """Add the private block of Philips, at another place in the group if wanted."""
    if block_start != 0x10:
        header.private_block(0x7053, "Somebody Else", create=True).add_new(0x00, "DS", "999")
    block = header.private_block(0x7053, "Philips PET Private Group", create=True)
    for name, value in factors.items():
        block.add_new({"suv": SUV_FACTOR, "activity": ACTIVITY_FACTOR}[name], "DS", value)
    return header


def test_suv_is_activity_times_weight_over_decayed_dose(pet_header):
    conversion = suv_conversion([pet_header()])
    assert conversion.factor == pytest.approx(80_000 / (200e6 * 2 ** (-3600 / 4062.6)), rel=1e-12)


def test_conversion_holds_every_step(pet_header):
    conversion = suv_conversion([pet_header()])
    assert (conversion.weight_kg, conversion.dose_bq, conversion.half_life_s) == (80.0, 200e6, 4062.6)
    assert (conversion.dt_s, conversion.nuclide, conversion.units) == (3600.0, "68Ga", "BQML")
    assert conversion.decay_factor == pytest.approx(2 ** (-3600 / 4062.6))


def test_conversion_names_every_attribute_with_its_tag_once(pet_header):
    used = [(a.name, a.tag, a.value) for a in suv_conversion([pet_header()]).attributes]
    assert used == [
        ("CorrectedImage", "(0028,0051)", "DECY\\ATTN\\SCAT"),
        ("Units", "(0054,1001)", "BQML"),
        ("DecayCorrection", "(0054,1102)", "START"),
        ("PatientWeight", "(0010,1030)", "80.0"),
        ("RadionuclideTotalDose", "(0018,1074)", "200000000.0"),
        ("RadionuclideHalfLife", "(0018,1075)", "4062.6"),
        ("RadionuclideCodeSequence", "(0054,0300)", "68Ga"),
        ("SeriesDate", "(0008,0021)", "20240305"),
        ("SeriesTime", "(0008,0031)", "100000"),
        ("AcquisitionDate", "(0008,0022)", "20240305"),
        ("AcquisitionTime", "(0008,0032)", "100000"),
        ("RadiopharmaceuticalStartTime", "(0018,1072)", "090000"),
    ]


def test_written_out_conversion_gives_the_factor_by_hand(pet_header):
    written = json.loads(json.dumps(suv_conversion([pet_header()]).to_dict()))
    assert written["suv_factor"] == pytest.approx(written["weight_g"] / written["dose_at_scan_reference_bq"])
    assert written["dose_at_scan_reference_bq"] == pytest.approx(200e6 * 2 ** (-written["dt_s"] / 4062.6))
    assert written["injection"]["time"] == "2024-03-05T09:00:00"
    assert written["scan_reference"]["source"] == "SeriesDate (0008,0021) and SeriesTime (0008,0031)"
    assert "weight [g] / (injected dose [Bq] * 2^(-dt / half-life))" in written["formula"]


def test_conversion_tells_no_patient_identity(pet_header):
    conversion = suv_conversion([pet_header()])
    assert "secret" not in (repr(conversion) + json.dumps(conversion.to_dict())).lower()


def test_decay_correction_to_the_administration_needs_no_times(pet_header):
    header = pet_header(
        DecayCorrection="ADMIN", SeriesTime=None, AcquisitionTime=None, RadiopharmaceuticalStartTime=None
    )
    conversion = suv_conversion([header])
    assert (conversion.factor, conversion.dt_s, conversion.decay_factor) == (80_000 / 200e6, 0.0, 1.0)


@pytest.mark.parametrize("kind", [None, "BW"])
def test_values_that_are_suv_by_body_weight_stay(pet_header, kind):
    conversion = suv_conversion([pet_header(Units="GML", SUVType=kind, PatientWeight=None)])
    assert (conversion.factor, conversion.formula) == (1.0, "The stored values are SUVbw [g/mL] already")


@pytest.mark.parametrize("kind", ["LBM", "BSA", "IBW"])
def test_suv_by_another_measure_is_refused(pet_header, kind):
    with pytest.raises(DicomError, match=rf"SUVType \(0054,1006\) is {kind}; only SUV by body weight"):
        suv_conversion([pet_header(Units="GML", SUVType=kind)])


def test_counts_become_suv_by_the_suv_factor_of_philips(pet_header):
    header = with_philips_factors(pet_header(Units="CNTS", PatientWeight=None), suv="0.00055")
    conversion = suv_conversion([header])
    assert (conversion.factor, conversion.philips_suv_factor, conversion.warnings) == (0.00055, 0.00055, ())


@pytest.mark.parametrize("factors", [{"activity": "1.5"}, {"activity": "1.5", "suv": "0"}])
def test_counts_become_suv_by_the_activity_factor_where_there_is_no_suv_factor(pet_header, factors):
    conversion = suv_conversion([with_philips_factors(pet_header(Units="CNTS"), **factors)])
    assert conversion.factor == pytest.approx(1.5 * suv_conversion([pet_header()]).factor)
    assert conversion.philips_activity_factor == 1.5


def test_factors_of_philips_that_agree_give_no_warning(pet_header):
    by_activity = 1.5 * suv_conversion([pet_header()]).factor
    header = with_philips_factors(pet_header(Units="CNTS"), suv=f"{1.009 * by_activity:.6g}", activity="1.5")
    conversion = suv_conversion([header])
    assert conversion.factor == pytest.approx(1.009 * by_activity, rel=1e-5)
    assert conversion.warnings == ()


def test_factors_of_philips_that_differ_by_more_than_one_percent_warn(pet_header):
    by_activity = 1.5 * suv_conversion([pet_header()]).factor
    header = with_philips_factors(pet_header(Units="CNTS"), suv=f"{1.02 * by_activity:.6g}", activity="1.5")
    conversion = suv_conversion([header])
    assert conversion.factor == pytest.approx(1.02 * by_activity, rel=1e-5)
    assert "2.0 % apart. The SUV factor was used" in conversion.warnings[0]


def test_factors_of_philips_that_cannot_be_compared_warn(pet_header):
    header = with_philips_factors(pet_header(Units="CNTS", PatientWeight=None), suv="0.00055", activity="1.5")
    conversion = suv_conversion([header])
    assert conversion.factor == 0.00055
    assert "could not be checked against its activity factor" in conversion.warnings[0]
    assert "PatientWeight (0010,1030) is missing" in conversion.warnings[0]


def test_factor_of_philips_is_found_by_its_creator(pet_header):
    header = with_philips_factors(pet_header(Units="CNTS"), block_start=0x11, suv="0.00055")
    assert header[0x7053, 0x1000].value == 999
    conversion = suv_conversion([header])
    assert conversion.factor == 0.00055
    assert ("Philips PET Private Group", "(7053,1100)") in {(a.name, a.tag) for a in conversion.attributes}


def test_factor_of_philips_stored_as_bytes_is_understood(pet_header):
    header = pet_header(Units="CNTS")
    block = header.private_block(0x7053, "Philips PET Private Group", create=True)
    block.add_new(SUV_FACTOR, "UN", b"0.00055 ")
    assert suv_conversion([header]).factor == 0.00055


def test_private_elements_of_another_creator_are_not_factors(pet_header):
    header = pet_header(Units="CNTS")
    header.private_block(0x7053, "Somebody Else", create=True).add_new(SUV_FACTOR, "DS", "0.00055")
    with pytest.raises(DicomError, match=r"Units \(0054,1001\) is CNTS, but .* are missing or zero"):
        suv_conversion([header])


def test_counts_whose_factors_are_zero_are_refused(pet_header):
    header = with_philips_factors(pet_header(Units="CNTS"), suv="0", activity="0")
    with pytest.raises(DicomError, match=r"Units \(0054,1001\) is CNTS, but .* are missing or zero"):
        suv_conversion([header])


def test_factors_of_philips_that_differ_between_slices_are_refused(pet_header):
    slices = [with_philips_factors(pet_header(k, Units="CNTS"), suv=f"0.0005{k}") for k in range(2)]
    with pytest.raises(DicomError, match="private factors of the Philips PET Private Group differ between slices"):
        suv_conversion(slices)


def test_other_units_are_refused(pet_header):
    with pytest.raises(DicomError, match=r"Units \(0054,1001\) is PROPCPS, from which SUV cannot be computed"):
        suv_conversion([pet_header(Units="PROPCPS")])


def test_missing_attenuation_correction_is_refused(pet_header):
    message = r"CorrectedImage \(0028,0051\) does not hold ATTN \(it is DECY\\SCAT\)"
    with pytest.raises(DicomError, match=message):
        suv_conversion([pet_header(CorrectedImage=["DECY", "SCAT"])])


def test_missing_list_of_corrections_is_refused(pet_header):
    with pytest.raises(DicomError, match=r"CorrectedImage \(0028,0051\) does not hold ATTN \(it is missing\)"):
        suv_conversion([pet_header(CorrectedImage=None)])


def test_a_single_correction_is_understood(pet_header):
    with pytest.raises(
        DicomError, match=r"does not hold DECY \(it is ATTN\), so the series is not corrected for decay"
    ):
        suv_conversion([pet_header(CorrectedImage="ATTN")])


@pytest.mark.parametrize("units", ["BQML", "GML", "CNTS"])
def test_no_decay_correction_is_refused(pet_header, units):
    with pytest.raises(DicomError, match=r"DecayCorrection \(0054,1102\) is NONE, so the activity has no reference"):
        suv_conversion([pet_header(DecayCorrection="NONE", Units=units)])


@pytest.mark.parametrize(("stored", "shown"), [(None, "missing"), ("OTHER", "OTHER")])
def test_unknown_decay_correction_is_refused(pet_header, stored, shown):
    with pytest.raises(DicomError, match=rf"DecayCorrection \(0054,1102\) is {shown}; START or ADMIN is expected"):
        suv_conversion([pet_header(DecayCorrection=stored)])


@pytest.mark.parametrize(
    ("keyword", "tag"),
    [
        ("PatientWeight", "0010,1030"),
        ("RadionuclideTotalDose", "0018,1074"),
        ("RadionuclideHalfLife", "0018,1075"),
        ("Units", "0054,1001"),
        ("SeriesDate", "0008,0021"),
        ("SeriesTime", "0008,0031"),
        ("AcquisitionDate", "0008,0022"),
        ("AcquisitionTime", "0008,0032"),
    ],
)
@pytest.mark.parametrize("empty", [None, ""])
def test_missing_attribute_is_named_with_its_tag(pet_header, keyword, tag, empty):
    with pytest.raises(DicomError, match=rf"{keyword} \({tag}\) is missing, so SUV cannot be computed"):
        suv_conversion([pet_header(**{keyword: empty})])


@pytest.mark.parametrize("keyword", ["PatientWeight", "RadionuclideTotalDose", "RadionuclideHalfLife"])
@pytest.mark.parametrize("value", [0, -5])
def test_a_value_of_zero_or_less_is_refused(pet_header, keyword, value):
    with pytest.raises(DicomError, match=rf"{keyword} \(.*\) is {value}, so SUV cannot be computed"):
        suv_conversion([pet_header(**{keyword: value})])


def test_missing_injection_is_named_with_its_tag(pet_header):
    header = pet_header(RadiopharmaceuticalInformationSequence=[])
    with pytest.raises(DicomError, match=r"RadiopharmaceuticalInformationSequence \(0054,0016\) is missing"):
        suv_conversion([header])


def test_two_injections_are_refused(pet_header):
    header = pet_header()
    header.RadiopharmaceuticalInformationSequence = 2 * list(header.RadiopharmaceuticalInformationSequence)
    with pytest.raises(DicomError, match="has 2 items, and one injection is expected"):
        suv_conversion([header])


def test_a_value_that_is_no_number_is_refused(pet_header):
    header = pet_header()
    header.add_new("PatientWeight", "LO", "eighty")
    with pytest.raises(DicomError, match=r'PatientWeight \(0010,1030\) is "eighty", which is not a number'):
        suv_conversion([header])


def test_an_attribute_that_differs_between_slices_is_refused(pet_header):
    with pytest.raises(DicomError, match=r"PatientWeight \(0010,1030\) differs between slices"):
        suv_conversion([pet_header(0), pet_header(1, PatientWeight=81)])


def test_a_dose_in_megabecquerel_is_refused(pet_header):
    with pytest.raises(DicomError, match=r"\(0018,1074\) is 200 Bq, too little to be seen: .* written in MBq"):
        suv_conversion([pet_header(RadionuclideTotalDose=200)])


def test_a_doubtful_dose_warns(pet_header):
    (warning,) = suv_conversion([pet_header(RadionuclideTotalDose=200e3)]).warnings
    assert "RadionuclideTotalDose (0018,1074) is 200000 Bq, under 1 MBq" in warning


def test_a_doubtful_weight_warns(pet_header):
    (warning,) = suv_conversion([pet_header(PatientWeight=80000)]).warnings
    assert "PatientWeight (0010,1030) is 80000 kg" in warning


def test_the_message_calls_the_series_by_its_description(pet_header):
    with pytest.raises(DicomError, match=r'^PET series "PET AC": '):
        suv_conversion([pet_header(PatientWeight=None)])


def test_the_message_does_without_a_description(pet_header):
    with pytest.raises(DicomError, match=r"^PET series: "):
        suv_conversion([pet_header(PatientWeight=None, SeriesDescription=None)])
