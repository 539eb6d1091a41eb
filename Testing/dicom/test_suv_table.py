"""SUV factors of every real header at hand against published and independently computed numbers."""

from __future__ import annotations

import json
import warnings

import pysuv
import pytest
from pydicom import Dataset, dcmread

from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.series import scan_folder
from NENSegmentationLib.dicom.suv import suv_conversion

SERIES = {"acrin_nsclc_042_petct/PT_AC": 4.2111007e-4, "fdg_wb_GE_STS001/image": 2.4290298e-4}
SLICES = {
    "siemens_mCT_BQML.dcm": 4.46364e-4,
    "siemens1094_FLT_029_BQML.dcm": 5.942485e-4,
    "ge_dst_BQML.dcm": 3.317637e-4,
}
EXTRACTS = {
    "SIEMENS": 4.2748316e-4,
    "GE_MEDICAL_AND_BQML": 5.3673877e-4,
    "PHILIPS_BQML": 7.4637470e-4,
    "PHILIPS_CNTS_AND_SUV": 7.28e-4,
    "PHILIPS_CNTS_AND_BQML_SUV": 5.51e-4,
    "BQML_AC_DT_lessThan_S_DT_SIEMENS": 4.0691569e-4,
    "CPS_AND_BQML_AC_DT_-_S_DT": 2.6503313e-4,
    "RADIOPHARM_DATETIME_UNDEFINED": 3.7210892e-4,
}
OF_INJECTION = (
    "RadionuclideTotalDose",
    "RadionuclideHalfLife",
    "RadiopharmaceuticalStartTime",
    "RadiopharmaceuticalStartDateTime",
)
PHILIPS = {"SUVScaleFactor": 0x00, "ActivityConcentrationScaleFactor": 0x09}
# The table has seven or eight digits.
DIGITS = 3e-7


def from_extract(extract: dict) -> Dataset:
    """Make a header of an extract that lists sequence items and private elements flat."""
    header, injection = Dataset(), Dataset()
    for name, value in extract.items():
        if name == "PhilipsPETPrivateGroup":
            block = header.private_block(0x7053, "Philips PET Private Group", create=True)
            for factor, stored in value.items():
                block.add_new(PHILIPS[factor], "DS", stored)
        else:
            setattr(injection if name in OF_INJECTION else header, name, value)
    header.RadiopharmaceuticalInformationSequence = [injection]
    return header


def extracts(shared_data, name):
    path = shared_data / "pet_header_variants" / "calculate_suv_json" / f"{name}-instances.json"
    return [from_extract(extract) for extract in json.loads(path.read_text())]


@pytest.mark.parametrize(("folder", "factor"), SERIES.items())
def test_factor_of_a_real_series(shared_data, folder, factor):
    (series,) = (s for s in scan_folder(shared_data / folder).series if s.modality == "PT")
    assert suv_conversion(series.headers).factor == pytest.approx(factor, rel=DIGITS)


@pytest.mark.parametrize(("name", "factor"), SLICES.items())
def test_factor_of_a_real_slice(shared_data, name, factor):
    header = dcmread(shared_data / "pet_header_variants" / name, stop_before_pixels=True)
    assert suv_conversion([header]).factor == pytest.approx(factor, rel=5e-7)


@pytest.mark.parametrize(("name", "factor"), EXTRACTS.items())
def test_factor_of_a_published_extract(shared_data, name, factor):
    assert suv_conversion(extracts(shared_data, name)).factor == pytest.approx(factor, rel=DIGITS)


@pytest.mark.parametrize("name", EXTRACTS)
def test_an_extract_without_a_nuclide_says_that_its_half_life_is_unchecked(shared_data, name):
    conversion = suv_conversion(extracts(shared_data, name))
    expected = 0 if name == "PHILIPS_CNTS_AND_SUV" else 1
    assert len([w for w in conversion.warnings if "names no nuclide" in w]) == expected


def test_philips_slice_without_weight_is_refused(shared_data):
    header = dcmread(shared_data / "pet_header_variants" / "philips_gemini_BQML_noweight.dcm", stop_before_pixels=True)
    with pytest.raises(DicomError, match=r"PatientWeight \(0010,1030\) is missing"):
        suv_conversion([header])


@pytest.mark.parametrize("name", ["STS_002", "STS_003"])
def test_series_that_is_already_in_suv_keeps_its_values(shared_data, name):
    (series,) = scan_folder(shared_data / "ibsi_sts_petct_crops" / name / "PET" / "dicom").series
    conversion = suv_conversion(series.headers)
    assert (conversion.units, conversion.factor, conversion.warnings) == ("GML", 1.0, ())


@pytest.mark.parametrize("name", [*SLICES])
def test_pysuv_agrees_on_a_real_slice(shared_data, name):
    path = shared_data / "pet_header_variants" / name
    ours = suv_conversion([dcmread(path, stop_before_pixels=True)]).factor
    assert ours == pytest.approx(pysuv_factor(path), rel=1e-12)


@pytest.mark.parametrize("folder", SERIES)
def test_pysuv_agrees_on_a_real_series(shared_data, folder):
    (series,) = (s for s in scan_folder(shared_data / folder).series if s.modality == "PT")
    ours = suv_conversion(series.headers).factor
    assert ours == pytest.approx(pysuv_factor(series.headers[0].filename), rel=1e-12)


def test_the_sites_own_mapping_to_suv_agrees(shared_data):
    case = shared_data / "acrin_nsclc_042_petct"
    (path,) = (case / "RWVM").iterdir()
    (series,) = scan_folder(case / "PT_AC").series
    slopes = []
    for item in dcmread(path).ReferencedImageRealWorldValueMappingSequence:
        mapping = item.RealWorldValueMappingSequence[0]
        if mapping.MeasurementUnitsCodeSequence[0].CodeValue == "{SUVbw}g/ml":
            slopes.append(mapping.RealWorldValueSlope)
    assert slopes
    assert suv_conversion(series.headers).factor == pytest.approx(slopes[0], rel=1e-6)


def pysuv_factor(path):
    """Ask pysuv, which reads the vendor for hints and warns about them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pysuv.get_suv_factor(str(path)).suv_factor
