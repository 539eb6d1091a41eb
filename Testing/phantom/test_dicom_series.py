from __future__ import annotations

import subprocess
from datetime import datetime

import numpy as np
import pydicom
import pytest

from NENSegmentationLib.core.volume import voxels
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.phantom.dicom_series import StoredPet
from NENSegmentationLib.phantom.dicom_study import decimal
from NENSegmentationLib.phantom.patient import make_patient
from NENSegmentationLib.phantom.request import Request

CU64_HALF_LIFE_S = 45723.6
EXPECTED_WARNINGS = {
    # A private scheme, since DICOM's context group 4021 has no code for 64Cu-DOTATATE.
    "Warning - Unrecognized defined term <99NENSEG> for value 1 of attribute <Coding Scheme Designator>",
}


@pytest.fixture(scope="module")
def pet(a_patient):
    return sorted((pydicom.dcmread(p) for p in (a_patient / "PET").iterdir()), key=lambda x: float(x.SliceLocation))


@pytest.fixture(scope="module")
def ct(a_patient):
    return sorted((pydicom.dcmread(p) for p in (a_patient / "CT").iterdir()), key=lambda x: float(x.SliceLocation))


@pytest.fixture(scope="module")
def in_memory():
    return make_patient(Request(seed=3, lesions=12, voxel=(8, 8, 8)))


@pytest.mark.parametrize("series", ["PET", "CT"])
@pytest.mark.parametrize("patient", ["a_patient", "a_healthy_patient"])
def test_dciodvfy_finds_no_error(request, tool, series, patient):
    folder = request.getfixturevalue(patient) / series
    files = sorted(folder.iterdir())
    for path in (files[0], files[len(files) // 2], files[-1]):
        said = subprocess.run([tool("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
        lines = (said.stdout + said.stderr).splitlines()
        assert [line for line in lines if "Error" in line] == []
        assert {line for line in lines if "Warning" in line} <= EXPECTED_WARNINGS
        assert said.returncode == 0


def test_suv_from_the_files_is_the_suv_of_the_phantom(pet, in_memory):
    phantom = in_memory.pet.suv
    for k, header in enumerate(pet):
        isotope = header.RadiopharmaceuticalInformationSequence[0]
        injected = datetime.strptime(isotope.RadiopharmaceuticalStartDateTime, "%Y%m%d%H%M%S.%f")
        scanned = datetime.strptime(header.SeriesDate + header.SeriesTime, "%Y%m%d%H%M%S.%f")
        dose = float(isotope.RadionuclideTotalDose) * 2 ** (-(scanned - injected).total_seconds() / CU64_HALF_LIFE_S)
        suv = header.pixel_array * float(header.RescaleSlope) * float(header.PatientWeight) * 1000 / dose
        np.testing.assert_allclose(suv, phantom[k], rtol=2e-6, atol=1e-9)


def test_the_images_in_memory_are_those_of_the_files(a_patient, in_memory):
    case = read_case(a_patient)
    for ours, read in ((in_memory.pet_image, case.pet), (in_memory.ct_image, case.ct)):
        assert ours.GetSize() == read.GetSize()
        np.testing.assert_allclose(ours.GetOrigin(), read.GetOrigin(), atol=1e-3)
        np.testing.assert_allclose(ours.GetSpacing(), read.GetSpacing(), rtol=1e-5)
        np.testing.assert_allclose(voxels(ours), voxels(read), rtol=5e-7)


def test_storing_rounds_by_at_most_half_a_step_of_the_slice():
    suv = np.array([[[0.0, 1.0, 30.0]], [[0.0, 0.001, 0.5]], [[0.0, 0.0, 0.0]]], np.float32)
    stored = StoredPet.of(suv, factor=3.5e-4, top_of_range=65535)
    steps = np.array([30.0, 0.5, 0.0])[:, None, None] / 65535
    assert (np.abs(stored.suv - suv) <= 0.5 * steps * 1.0001 + 1e-9).all()
    assert stored.stored.max(axis=(1, 2)).tolist() == [65535, 65535, 0]


def test_a_decimal_string_has_at_most_sixteen_characters():
    assert all(len(decimal(x)) <= 16 for x in (1 / 3, 1e-12 / 7, 123456789.123))


def test_the_pet_is_attenuation_corrected_becquerel_decay_corrected_to_its_start(pet):
    header = pet[0]
    assert header.SOPClassUID == "1.2.840.10008.5.1.4.1.1.128"
    assert header.Units == "BQML"
    assert header.DecayCorrection == "START"
    assert list(header.CorrectedImage) == ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
    assert list(header.SeriesType) == ["WHOLE BODY", "IMAGE"]


def test_the_nuclide_is_coded(pet, a_healthy_patient):
    isotope = pet[0].RadiopharmaceuticalInformationSequence[0]
    code = isotope.RadionuclideCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning) == ("3932008", "SCT", "^64^Copper")
    assert float(isotope.RadionuclideHalfLife) == CU64_HALF_LIFE_S
    other = pydicom.dcmread(a_healthy_patient / "PET" / "0001.dcm").RadiopharmaceuticalInformationSequence[0]
    assert other.RadionuclideCodeSequence[0].CodeValue == "35337001"
    assert other.RadiopharmaceuticalCodeSequence[0].CodeValue == "724025002"
    assert float(other.RadionuclideHalfLife) == 4062.6


def test_beds_are_acquired_one_after_another_from_the_thighs_up(pet):
    times = [header.AcquisitionTime for header in pet]
    assert times == sorted(times)
    assert len(set(times)) == 7
    assert times[0] == pet[0].SeriesTime


def test_every_slice_has_a_slope_of_its_own(pet):
    assert len({header.RescaleSlope for header in pet}) > 0.9 * len(pet)


def test_pet_and_ct_share_study_and_frame_of_reference_but_not_the_series(pet, ct):
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "PatientID"):
        assert len({header.get(keyword) for header in [*pet, *ct]}) == 1
    assert len({header.SeriesInstanceUID for header in [*pet, *ct]}) == 2
    assert len({header.SOPInstanceUID for header in [*pet, *ct]}) == len(pet) + len(ct)


def test_slices_lie_evenly_and_instances_count_from_the_head(pet):
    assert {round(float(x)) for x in np.diff([p.ImagePositionPatient[2] for p in pet])} == {8}
    assert [int(header.InstanceNumber) for header in pet] == list(range(len(pet), 0, -1))


def test_the_patient_is_called_a_phantom_everywhere(pet, ct):
    for header in (pet[0], ct[0]):
        assert str(header.PatientName) == "NENSegmentation^Digital Patient"
        assert header.PatientID == "PHANTOM-3"
        assert "synthetic" in header.SeriesDescription
        assert "Research use, not a medical device" in header.ImageComments


def test_the_ct_holds_hounsfield_units(ct):
    middle = ct[len(ct) // 2]
    hounsfield = middle.pixel_array * float(middle.RescaleSlope) + float(middle.RescaleIntercept)
    assert np.median(hounsfield[:5]) == pytest.approx(-1000, abs=15)
    assert 300 < hounsfield.max() < 1200
