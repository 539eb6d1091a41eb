"""Every way in which a digital patient's PET can be written, read back."""

from __future__ import annotations

import json
import subprocess
import warnings
from datetime import datetime

import numpy as np
import pydicom
import pysuv
import pytest
import SimpleITK as sitk

from NENSegmentationLib.cli.main import main
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.dicom_series import StoredPet, write_pet, write_uncorrected_pet
from NENSegmentationLib.phantom.dicom_study import Study
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.uptake import tracer_named

PLAIN = [{"header": name} for name in ("siemens", "ge", "philips", "philips-activity")]
VARIANTS = [
    *PLAIN,
    *(variant | {"decay_correction": "admin"} for variant in PLAIN),
    *(variant | {"next_day": True} for variant in PLAIN),
    {"header": "ge", "undated_injection": True},
    {"header": "philips-activity", "undated_injection": True},
    {"header": "siemens", "next_day": True, "decay_correction": "admin", "undated_injection": True},
    {"header": "siemens", "tracer": "ga68-dotatate"},
    {"header": "ge", "tracer": "ga68-dotatate"},
    {"header": "philips-activity", "tracer": "ga68-dotatate"},
]
EXPECTED_WARNINGS = ("<99NENSEG>", "No explicit VR for", "Unrecognized")


def named(variant):
    return " ".join(str(value) if value is not True else key for key, value in variant.items())


@pytest.fixture(scope="module")
def scanned():
    """Give some uptake with the headers of a variant: study, grid and stored PET."""
    grid = Grid.centred((35, 20, 24), (30.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    uptake = np.random.default_rng(1).gamma(0.7, 3.0, grid.shape).astype(np.float32)

    def with_headers(**variant):
        request = Request(seed=3, **variant)
        study = Study.drawn(request, Build("F", 61, 1.65, 60.4, 14.0), tracer_named(request.tracer), Seeds(3))
        return study, grid, StoredPet.of(uptake, study.stored_factor, study.vendor.top_of_range)

    return with_headers


@pytest.fixture
def written(scanned, tmp_path):
    """Write a variant's PET; return the folder and the SUV that it should give."""

    def write(**variant):
        study, grid, pet = scanned(**variant)
        write_pet(tmp_path / "PET", study, grid, pet)
        return tmp_path / "PET", pet.suv

    return write


def converted(folder, *options):
    """Convert as a user does, and return the voxels and the conversion."""
    image = folder.parent / "pet.nrrd"
    assert main(["suv", str(folder), "--out", str(image), *options]) == 0
    return sitk.GetArrayFromImage(sitk.ReadImage(str(image))), json.loads(image.with_suffix(".json").read_text())


def first_header(folder):
    return pydicom.dcmread(folder / "0001.dcm")


def factor_by_hand(header):
    """Compute what one rescaled stored value is in SUV, with pydicom alone and the vendor known."""
    isotope = header.RadiopharmaceuticalInformationSequence[0]
    stamp = f"{header.SeriesDate}{header.SeriesTime}"
    per_unit = 1.0
    if header.Manufacturer.startswith("GE"):
        stamp = header[0x0009, 0x100D].value
    if header.Manufacturer.startswith("Philips"):
        if (0x7053, 0x1000) in header:
            return float(header[0x7053, 0x1000].value)
        per_unit = float(header[0x7053, 0x1009].value)
    left = 1.0
    if header.DecayCorrection == "START":
        scanned = datetime.strptime(stamp, "%Y%m%d%H%M%S.%f")
        injected = datetime.strptime(f"{20240115}{isotope.RadiopharmaceuticalStartTime}", "%Y%m%d%H%M%S.%f")
        left = 0.5 ** ((scanned - injected).total_seconds() / float(isotope.RadionuclideHalfLife))
    return per_unit * 1000 * float(header.PatientWeight) / (float(isotope.RadionuclideTotalDose) * left)


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_suv_comes_back(written, variant):
    folder, suv = written(**variant)
    read, conversion = converted(folder)
    np.testing.assert_allclose(read, suv, rtol=1e-3)
    # It does so to the last bit but a few, in truth.
    np.testing.assert_allclose(read, suv, rtol=5e-7)
    assert conversion["suv_factor"] == pytest.approx(factor_by_hand(first_header(folder)), rel=1e-9)


@pytest.mark.parametrize("variant", VARIANTS, ids=named)
def test_dciodvfy_finds_no_error(written, tool, variant):
    folder, _ = written(**variant)
    files = sorted(folder.iterdir())
    for path in (files[0], files[-1]):
        said = subprocess.run([tool("dciodvfy"), str(path)], capture_output=True, text=True, check=False)
        assert [line for line in (said.stdout + said.stderr).splitlines() if "Error" in line] == []


# pysuv 0.1.0 takes GE's series time as it stands, and reads no counts without Philips' factor to SUV.
@pytest.mark.parametrize("header", ["siemens", "philips"])
def test_pysuv_finds_the_same_factor(written, header):
    folder, _ = written(header=header)
    path = folder / "0035.dcm"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = pysuv.get_suv_factor(str(path)).suv_factor
    assert found == pytest.approx(factor_by_hand(pydicom.dcmread(path)), rel=1e-6)


@pytest.mark.parametrize("variant", PLAIN, ids=named)
def test_the_same_variant_gives_the_same_bytes(scanned, tmp_path, variant):
    for name in ("first", "second"):
        write_pet(tmp_path / name, *scanned(**variant))
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()


def test_the_ge_scan_starts_where_the_private_element_says(written):
    folder, _ = written(header="ge")
    header = first_header(folder)
    acquired = min(pydicom.dcmread(path).AcquisitionTime for path in folder.iterdir())
    assert header.SeriesTime > acquired
    assert header[0x0009, 0x0010].value == "GEMS_PETD_01"
    _, conversion = converted(folder)
    assert "GEMS_PETD_01 (0009,100D)" in conversion["scan_reference"]["source"]


@pytest.mark.parametrize(("header", "there"), [("philips", (True, True)), ("philips-activity", (False, True))])
def test_philips_counts_have_private_factors(written, header, there):
    folder, _ = written(header=header)
    first = first_header(folder)
    assert (first.Units, first[0x7053, 0x0010].value) == ("CNTS", "Philips PET Private Group")
    assert ((0x7053, 0x1000) in first, (0x7053, 0x1009) in first) == there


def test_the_two_factors_of_philips_agree(written):
    folder, _ = written(header="philips")
    _, conversion = converted(folder)
    assert conversion["philips_suv_factor_g_per_ml"] > 0
    assert conversion["philips_activity_factor_bq_per_ml"] == 1.25
    assert conversion["warnings"] == []


def test_activity_as_of_the_injection_does_not_decay(written):
    folder, _ = written(decay_correction="admin")
    assert first_header(folder).DecayCorrection == "ADMIN"
    _, conversion = converted(folder)
    assert (conversion["dt_s"], conversion["decay_factor"]) == (0.0, 1.0)


def test_a_scan_of_the_next_day_has_the_dates_of_two_days(written):
    folder, _ = written(next_day=True)
    header = first_header(folder)
    isotope = header.RadiopharmaceuticalInformationSequence[0]
    assert isotope.RadiopharmaceuticalStartDateTime.startswith("20240115")
    assert {header.StudyDate, header.SeriesDate, header.AcquisitionDate} == {"20240116"}


def test_a_scan_of_the_next_day_without_the_day_of_injection_needs_that_day(written):
    folder, suv = written(next_day=True, undated_injection=True)
    guessed, conversion = converted(folder)
    assert any("the half-life is 12.7 h" in warning for warning in conversion["warnings"])
    assert guessed.max() < 0.3 * suv.max()
    (folder.parent / "pet.nrrd").unlink()
    (folder.parent / "pet.json").unlink()
    settled, _ = converted(folder, "--injection-date", "2024-01-15")
    np.testing.assert_allclose(settled, suv, rtol=5e-7)


@pytest.mark.parametrize("variant", PLAIN, ids=named)
def test_every_bed_has_its_time_and_its_decay(written, variant):
    folder, _ = written(**variant)
    headers = sorted((pydicom.dcmread(p) for p in folder.iterdir()), key=lambda x: float(x.SliceLocation))
    beds = {x.AcquisitionTime: (float(x.FrameReferenceTime) / 1000, float(x.DecayFactor)) for x in headers}
    assert [seconds for seconds, _ in beds.values()] == [90, 270, 450, 630, 810, 990, 1170]
    for seconds, factor in beds.values():
        assert factor == pytest.approx(2 ** (seconds / 45723.6), rel=1e-6)


def test_the_uncorrected_series_is_passed_over(scanned, tmp_path):
    for variant in PLAIN:
        study, grid, pet = scanned(**variant)
        folder = tmp_path / variant["header"]
        folder.mkdir()
        write_pet(folder / "PET", study, grid, pet)
        write_uncorrected_pet(folder / "PET-NAC", study, grid, pet.suv / 3)
        header = first_header(folder / "PET-NAC")
        assert not {"ATTN", "SCAT"} & set(header.CorrectedImage)
        assert header.SeriesInstanceUID != first_header(folder / "PET").SeriesInstanceUID
        read, _ = converted(folder)
        np.testing.assert_allclose(read, pet.suv, rtol=5e-7)
        (tmp_path / "pet.nrrd").unlink()
        (tmp_path / "pet.json").unlink()


def test_dciodvfy_finds_no_error_in_the_uncorrected_series(scanned, tool, tmp_path):
    study, grid, pet = scanned()
    write_uncorrected_pet(tmp_path / "PET", study, grid, pet.suv / 3)
    said = subprocess.run(
        [tool("dciodvfy"), str(tmp_path / "PET" / "0020.dcm")], capture_output=True, text=True, check=False
    )
    assert "Error" not in said.stdout + said.stderr


def test_an_uncorrected_series_alone_is_refused(scanned, tmp_path, capsys):
    study, grid, pet = scanned()
    write_uncorrected_pet(tmp_path / "PET", study, grid, pet.suv / 3)
    assert main(["suv", str(tmp_path / "PET"), "--out", str(tmp_path / "pet.nrrd")]) == 2
    assert "no PET series is corrected for attenuation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"header": "acme"}, "There is no header 'acme'. Choose one of: siemens, ge, philips, philips-activity."),
        ({"decay_correction": "none"}, "There is no decay correction 'none'. Choose start or admin."),
        ({"next_day": True, "tracer": "ga68-dotatate"}, "A day after the injection nothing is left of 68Ga-DOTATATE."),
    ],
)
def test_a_variant_that_cannot_be_is_refused(values, words):
    with pytest.raises(PhantomError) as error:
        Request(**values)
    assert str(error.value).startswith(words)
