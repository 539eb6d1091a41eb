"""The radionuclide of a header, and whether its half-life is right."""

from __future__ import annotations

import pytest
from pydicom import Dataset

from NENSegmentationLib.dicom.nuclide import half_life_warning, nuclide_of
from NENSegmentationLib.dicom.suv import suv_conversion


def radiopharmaceutical(code, scheme, meaning):
    nuclide, item = Dataset(), Dataset()
    nuclide.CodeValue, nuclide.CodingSchemeDesignator, nuclide.CodeMeaning = code, scheme, meaning
    item.RadionuclideCodeSequence = [nuclide]
    return item


@pytest.mark.parametrize(
    ("code", "scheme", "meaning", "nuclide"),
    [
        ("C-111A1", "SRT", "^18^Fluorine", "18F"),
        ("C-111A1", "SNM3", "F^18^[^18^Fluorine]", "18F"),
        ("C-111A1", "99SDM", "18F", "18F"),
        ("77004003", "SCT", "^18^Fluorine", "18F"),
        ("C-131A3", "SRT", "^68^Gallium", "68Ga"),
        ("35337001", "SCT", "^68^Gallium", "68Ga"),
        ("C-127A2", "SRT", "^64^Copper", "64Cu"),
        ("3932008", "SCT", "^64^Copper", "64Cu"),
        ("LOCAL1", "99LOCAL", "Cu-64", "64Cu"),
        ("LOCAL1", "99LOCAL", "64Cu", "64Cu"),
        ("LOCAL1", "99LOCAL", "Copper 64", "64Cu"),
        ("LOCAL1", "99LOCAL", "Ga68", "68Ga"),
        ("LOCAL1", "99LOCAL", "68GA", "68Ga"),
        ("LOCAL1", "99LOCAL", "F^18^", "18F"),
        ("447553000", "SCT", "^177^Lutetium", "^177^Lutetium"),
        ("LOCAL1", "99LOCAL", "Cu-61", "Cu-61"),
        ("LOCAL1", "99LOCAL", "", "LOCAL1"),
    ],
)
def test_nuclide_by_code_or_meaning(code, scheme, meaning, nuclide):
    assert nuclide_of(radiopharmaceutical(code, scheme, meaning)) == nuclide


def test_no_nuclide():
    assert nuclide_of(Dataset()) == ""


@pytest.mark.parametrize(
    ("nuclide", "half_life"), [("64Cu", 45723.6), ("68Ga", 4062.6), ("18F", 6586.2), ("18F", 6588)]
)
def test_right_half_life_has_no_warning(nuclide, half_life):
    assert half_life_warning(nuclide, half_life) is None


@pytest.mark.parametrize("nuclide", ["64Cu", "68Ga", "18F"])
def test_half_life_may_deviate_by_one_percent(nuclide):
    expected = {"64Cu": 45723.6, "68Ga": 4062.6, "18F": 6586.2}[nuclide]
    assert half_life_warning(nuclide, 1.0099 * expected) is None
    assert half_life_warning(nuclide, 0.9899 * expected) is not None
    assert half_life_warning(nuclide, 1.0101 * expected) is not None


def test_half_life_of_another_nuclide_warns_and_is_used(pet_header):
    conversion = suv_conversion([pet_header(RadionuclideHalfLife=6586.2)])
    assert conversion.half_life_s == 6586.2
    assert conversion.warnings == (
        "RadionuclideHalfLife (0018,1075) is 6586.2 s, but the half-life of 68Ga is 4062.6 s. The SUV follows the "
        "header: check which one is right.",
    )


def test_nuclide_that_is_not_listed_warns(pet_header):
    lutetium = radiopharmaceutical("447553000", "SCT", "^177^Lutetium").RadionuclideCodeSequence
    header = pet_header(RadionuclideCodeSequence=lutetium, RadionuclideHalfLife=574300)
    header.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime = "20240304090000"
    conversion = suv_conversion([header])
    assert conversion.dt_s == 25 * 3600
    assert conversion.warnings == (
        "The nuclide ^177^Lutetium is not one of 64Cu, 68Ga, 18F, so RadionuclideHalfLife (0018,1075) of 574300 s was "
        "used unchecked.",
    )


def test_header_without_a_nuclide_warns(pet_header):
    (warning,) = suv_conversion([pet_header(RadionuclideCodeSequence=None)]).warnings
    assert "names no nuclide (RadionuclideCodeSequence (0054,0300))" in warning
